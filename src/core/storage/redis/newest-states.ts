import { encodeCommand } from './batch.js'
import { LATEST_SECONDS } from './names.js'

/** `keys`: whose states the commands hold. */
export interface TakenStates {
  readonly keys: ReadonlySet<string>
  readonly commands: readonly string[]
}

/** Of each key only the newest state waits to be sent: an older one is nobody's loss. */
export class NewestStates {
  readonly #render: (event: object) => string
  readonly #events = new Map<string, object | undefined>()
  #changed = new Set<string>()

  constructor(render: (event: object) => string) {
    this.#render = render
  }

  get isWaiting(): boolean {
    return this.#changed.size > 0
  }

  /** `undefined`: the key goes. */
  set(key: string, event: object | undefined): void {
    this.#events.set(key, event)
    this.#changed.add(key)
  }

  /** Whatever the server had may be gone: it was restarted, or another one took its place. */
  sendAll(): void {
    for (const key of this.#events.keys()) this.#changed.add(key)
  }

  /** Before they run out. */
  renew(): void {
    for (const [key, event] of this.#events) if (event !== undefined) this.#changed.add(key)
  }

  /** Nobody vouches for them any more. */
  withdraw(): void {
    for (const key of this.#events.keys()) this.set(key, undefined)
  }

  take(): TakenStates {
    const keys = this.#changed
    this.#changed = new Set()
    return { keys, commands: [...keys].map((key) => this.#command(key)) }
  }

  /** What was taken may not have arrived. */
  putBack({ keys }: TakenStates): void {
    for (const key of keys) this.#changed.add(key)
  }

  #command(key: string): string {
    const event = this.#events.get(key)
    if (event === undefined) return encodeCommand(['DEL', key])
    return encodeCommand(['SET', key, this.#render(event), 'EX', String(LATEST_SECONDS)])
  }
}
