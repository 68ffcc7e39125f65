import type { Clock, Timer } from '../clock.js'
import type { Exchange } from '../exchanges/contract.js'

export interface HeartbeatHost {
  send(text: string): void
  takeId(): number
  /** Nothing came for longer than the exchange's rule allows. */
  dead(): void
}

const CHECK_MS = 1_000

/** Sends the pings that an exchange asks for, and notices a socket that says nothing any more. */
export class Heartbeat {
  /** A frame came since the last look: to note the time of each would cost the hot path a clock. */
  isHeard = false
  readonly #rule: Exchange['sockets']['heartbeat']
  readonly #clock: Clock
  readonly #host: HeartbeatHost
  #isOpen = false
  #lastFrame = 0
  #lastPing = 0
  #timer: Timer | undefined

  constructor(rule: Exchange['sockets']['heartbeat'], clock: Clock, host: HeartbeatHost) {
    this.#rule = rule
    this.#clock = clock
    this.#host = host
  }

  start(): void {
    this.#timer = this.#clock.every(CHECK_MS, () => this.#check())
  }

  stop(): void {
    this.#timer?.cancel()
  }

  opened(): void {
    this.#isOpen = true
    this.#lastFrame = this.#clock.now()
    this.#lastPing = this.#lastFrame
  }

  closed(): void {
    this.#isOpen = false
  }

  #check(): void {
    if (!this.#isOpen) return
    const now = this.#clock.now()
    const { deadAfterMs, pingEveryMs, ping } = this.#rule
    if (this.isHeard) this.#lastFrame = now
    this.isHeard = false
    if (now - this.#lastFrame > deadAfterMs) {
      this.#host.dead()
      return
    }
    if (pingEveryMs === undefined || now - this.#lastPing < pingEveryMs) return
    this.#lastPing = now
    const text = ping?.(this.#host.takeId())
    if (text !== undefined) this.#host.send(text)
  }
}
