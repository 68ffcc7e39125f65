/** Reads what collectors write to their streams, from now on, and goes on where it was when the connection comes back. */
import type { Clock } from '../../clock.js'
import { ConnectionError } from '../../errors.js'
import type { EventType } from '../../market/event.js'
import { openRedis, placeOf, type RedisClient } from './client.js'
import { type Followed, type FollowedType, msOf, type ReadEntry, StreamMerge } from './merge.js'
import { HEARTBEAT, streamKey } from './names.js'

export interface FollowerOptions {
  readonly url: string
  readonly clock: Clock
  readonly types: readonly EventType[]
  /** Entries of a stream that are read at once, 500. */
  readonly batch?: number
  readonly signal: AbortSignal
  onFollowed(followed: Followed): void
  /** `silent`: no collector was heard of for five seconds. */
  onChange(state: 'connected' | 'disconnected' | 'silent', detail: string): void
  /** Resolves when more can be taken: what waits meanwhile waits in Redis. */
  ready(): Promise<void>
}

const BATCH = 500
const BLOCK_MS = 500
const SILENT_MS = 5_000

/** Follows until the signal is aborted. Throws `ConnectionError` when Redis cannot be reached at the start, or refuses to be read. */
export async function followStreams(options: FollowerOptions): Promise<void> {
  const follower = new Follower(options)
  await follower.run()
}

class Follower {
  readonly #options: FollowerOptions
  readonly #place: string
  readonly #types: readonly FollowedType[]
  readonly #lastIds = new Map<FollowedType, string>()
  #merge: StreamMerge | undefined
  /** The connection came or went. */
  #turn: () => void = () => undefined
  #lostBecause: string | undefined
  /** After each connection: the streams may have begun anew. */
  #mustLook = true
  #heardAt: number
  #isSilent = false
  /** Resolves at the stop: a reader that takes nothing more must not hold it up. */
  readonly #stopped: Promise<void>

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#place = placeOf(options.url)
    this.#types = [...options.types, HEARTBEAT]
    this.#heardAt = options.clock.now()
    this.#stopped = new Promise((resolve) => options.signal.addEventListener('abort', () => resolve(), { once: true }))
  }

  async run(): Promise<void> {
    const { signal, url, clock, onChange } = this.#options
    const client = await openRedis({
      url,
      clock,
      name: 'mts-follower',
      onReady: () => {
        this.#mustLook = true
        this.#turn()
      },
      onLost: (reason) => {
        this.#lostBecause = reason
        if (this.#merge !== undefined && !signal.aborted) onChange('disconnected', reason)
        this.#turn()
      },
    })
    const stop = () => {
      client.close()
      this.#turn()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      while (!signal.aborted) await this.#step(client)
    } finally {
      signal.removeEventListener('abort', stop)
      client.close()
    }
  }

  async #step(client: RedisClient): Promise<void> {
    const { signal, ready } = this.#options
    if (!client.isReady) {
      if (this.#merge === undefined && this.#lostBecause !== undefined) throw this.#unreachable(this.#lostBecause)
      await new Promise<void>((resolve) => {
        this.#turn = resolve
      })
      return
    }
    try {
      if (this.#mustLook) await this.#look(client)
      await this.#read(client)
      this.#listen()
      await Promise.race([ready(), this.#stopped])
    } catch (error) {
      // Without a connection the next turn waits for one, and reads on where this one was.
      if (error instanceof Error && error.name === 'ReplyError' && !signal.aborted) throw this.#unreachable(error.message, error)
      if (client.isReady && !signal.aborted) throw error
    }
  }

  /** Where to begin; later, whether the streams go on or began anew. */
  async #look(client: RedisClient): Promise<void> {
    const attachedAt = await serverTime(client)
    const isFirst = this.#merge === undefined
    this.#merge ??= new StreamMerge(attachedAt, this.#options.types)
    for (const type of this.#types) {
      const [newest] = toEntries(type, await client.ask(['XREVRANGE', streamKey(type), '+', '-', 'COUNT', '1']))
      if (isFirst && newest !== undefined) this.#merge.begin(newest)
      const known = this.#lastIds.get(type)
      if (known === undefined) this.#lastIds.set(type, newest?.id ?? '0-0')
      else if (newest === undefined || isBefore(newest.id, known)) this.#lastIds.set(type, '0-0')
    }
    this.#mustLook = false
    this.#options.onChange('connected', '')
  }

  async #read(client: RedisClient): Promise<void> {
    const { batch = BATCH, onFollowed } = this.#options
    const ids = this.#types.map((type) => this.#lastIds.get(type) ?? '0-0')
    const from = ['STREAMS', ...this.#types.map(streamKey), ...ids]
    const streams = await client.ask(['XREAD', 'COUNT', String(batch), 'BLOCK', String(BLOCK_MS), ...from])
    if (this.#merge === undefined) return
    const entries: ReadEntry[] = []
    let before = Number.POSITIVE_INFINITY
    for (const [key, rows] of (Array.isArray(streams) ? streams : []) as [string, unknown][]) {
      const type = this.#types.find((each) => streamKey(each) === key)
      if (type === undefined || !Array.isArray(rows)) continue
      const last = String((rows.at(-1) as unknown[] | undefined)?.[0])
      this.#lastIds.set(type, last)
      entries.push(...toEntries(type, rows))
      // There is more of this stream: what the others have after it may come later in its collector's order.
      if (rows.length >= batch) before = Math.min(before, msOf(last))
    }
    if (entries.length > 0) this.#heardAt = this.#options.clock.now()
    for (const followed of this.#merge.add(entries, before)) onFollowed(followed)
  }

  #listen(): void {
    const isSilent = this.#options.clock.now() - this.#heardAt > SILENT_MS
    if (isSilent === this.#isSilent) return
    this.#isSilent = isSilent
    if (isSilent) this.#options.onChange('silent', 'no collector has written for five seconds')
    else this.#options.onChange('connected', 'a collector writes')
  }

  #unreachable(reason: string, cause?: unknown): ConnectionError {
    return new ConnectionError(`Redis at ${this.#place}: ${reason}`, 'redis', {
      cause,
      suggestions: ['Is it running, and is REDIS_URL its address? `mts doctor` looks at it'],
    })
  }
}

async function serverTime(client: RedisClient): Promise<number> {
  const time = await client.ask(['TIME'])
  const [seconds = 0, micros = 0] = Array.isArray(time) ? time.map(Number) : []
  return seconds * 1000 + Math.floor(micros / 1000)
}

/** Rows of XREAD and XREVRANGE: `[id, [field, value, …]]`. One that is not ours is passed over. */
function toEntries(type: FollowedType, rows: unknown): ReadEntry[] {
  if (!Array.isArray(rows)) return []
  return (rows as [string, string[]][]).flatMap(([id, cells]) => {
    const field = (name: string) => cells[cells.indexOf(name) + 1]
    const [run, body, number, inStream] = [field('run'), field('event'), Number(field('n')), Number(field('k'))]
    const isOurs = run !== undefined && body !== undefined && number > 0 && inStream > 0
    return isOurs ? [{ type, id, run, number, inStream, body }] : []
  })
}

function isBefore(a: string, b: string): boolean {
  const [ms, n] = [msOf(a) - msOf(b), Number(a.split('-')[1]) - Number(b.split('-')[1])]
  return ms === 0 ? n < 0 : ms < 0
}
