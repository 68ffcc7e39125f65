/**
 * What a collector tells others by Redis. Nobody waits for it: what cannot be sent waits in a queue bounded in bytes, of newest
 * states only the newest; what falls out is counted and told where it is missing.
 */
import type { Clock, Timer } from '../../clock.js'
import type { EventType } from '../../market/event.js'
import { encodeCommand } from './batch.js'
import { ByteQueue } from './byte-queue.js'
import { openRedis, type RedisClient } from './client.js'
import { addCommand, channelName, HEARTBEAT, LATEST_SECONDS } from './names.js'

export interface PublisherOptions {
  readonly url: string
  readonly clock: Clock
  /** 0 ≤ x < 1: tells runs that begin in the same millisecond apart. */
  readonly random: () => number
  /** Entries that a stream keeps, about. */
  readonly streamLength: number
  /** What waits is sent together so often, 10 ms. */
  readonly flushMs?: number
  /** Events and keys that wait may hold so much memory; beyond, the oldest go and are counted. 16 MiB. */
  readonly maxBytes?: number
  /** An event's text. */
  render(event: object): string
  /** The event that stands where `lost` others are missing. */
  lossEvent(lost: number): object
  /** `lost` events or keys will never be in Redis: summed up, at most once a second. */
  onLoss(lost: number): void
  /** The connection is there or gone, and why; or the server refuses what it is sent. */
  onChange(state: 'connected' | 'disconnected' | 'refused', detail: string): void
}

export interface PublisherCounts {
  /** Events and keys with a timestamp. */
  readonly written: number
  readonly lost: number
  /** Sent again, because nobody knew whether they had arrived. */
  readonly repeated: number
  /** Times that a connection was lost. */
  readonly outages: number
  readonly waitingBytes: number
}

export interface Publisher {
  /** To those who listen (pub/sub) and to those who follow (stream). */
  publish(type: EventType, event: object): void
  /** A key that lives for so many seconds. */
  keep(key: string, event: object, seconds: number): void
  /** The newest state under this key; `undefined`: there is none that can be trusted, and the key goes. */
  latest(key: string, event: object | undefined): void
  readonly counts: PublisherCounts
  /** Sends what waits, takes the newest states back and disconnects: within two seconds. Never rejects. */
  close(): Promise<void>
}

const FLUSH_MS = 10
const MAX_BYTES = 16 * 1024 * 1024
const MAX_BATCH = 1_000
const MAX_BATCH_BYTES = 1024 * 1024
const HEARTBEAT_MS = 1_000
const RENEW_MS = 10_000
const HOLD_MS = 1_000
const TELL_MS = 1_000
const CLOSE_MS = 2_000

/** Refusals that pass: the server is loading, full, without its leader or without its disk. */
const PASSING = /^(?:LOADING|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/

type Item =
  | { readonly kind: 'event'; readonly bytes: number; readonly type: EventType; readonly text: string }
  | { readonly kind: 'key'; readonly bytes: number; readonly key: string; readonly text: string; readonly seconds: number }

/** One item's commands as they are sent, numbered: sent again as they are, a follower knows them by their numbers. */
interface Unit {
  readonly isCounted: boolean
  readonly commands: readonly string[]
}

/** Begins to connect; resolves at once whether it can or not. */
export async function openPublisher(options: PublisherOptions): Promise<Publisher> {
  const publisher = new RedisPublisher(options)
  await publisher.start()
  return publisher
}

class RedisPublisher implements Publisher {
  readonly #options: PublisherOptions
  readonly #waiting = new ByteQueue<Item>()
  /** Sent, and not known to have arrived. */
  #unsent: Unit[] = []
  #unsentBytes = 0
  readonly #latest = new Map<string, object | undefined>()
  #changed = new Set<string>()
  #client: RedisClient | undefined
  #run: string | undefined
  #number = 0
  readonly #inStream: Record<string, number> = {}
  #written = 0
  #lost = 0
  #repeated = 0
  #outages = 0
  /** Lost, and not yet told to followers; to the collector itself. */
  #untoldInBand = 0
  #untold = 0
  #toldAt = Number.NEGATIVE_INFINITY
  #refusal = ''
  #flushTimer: Timer | undefined
  #timers: Timer[] = []
  #sending: Promise<void> | undefined
  #heldUntil = 0
  /** `over`: the last one. */
  #dueBeat: 'alive' | 'over' | undefined
  #isClosed = false

  constructor(options: PublisherOptions) {
    this.#options = options
  }

  get counts(): PublisherCounts {
    return {
      written: this.#written,
      lost: this.#lost,
      repeated: this.#repeated,
      outages: this.#outages,
      waitingBytes: this.#waiting.bytes + this.#unsentBytes,
    }
  }

  async start(): Promise<void> {
    const { url, clock } = this.#options
    this.#client = await openRedis({
      url,
      clock,
      name: 'mts-collector',
      onReady: () => this.#onReady(),
      onLost: (reason) => {
        if (this.#isClosed) return
        this.#outages += 1
        this.#options.onChange('disconnected', reason)
      },
    })
    this.#timers = [clock.every(HEARTBEAT_MS, () => this.#beat()), clock.every(RENEW_MS, () => this.#renew())]
  }

  publish(type: EventType, event: object): void {
    const text = flat(this.#options.render(event))
    this.#push({ kind: 'event', type, text, bytes: 200 + text.length })
  }

  keep(key: string, event: object, seconds: number): void {
    const text = flat(this.#options.render(event))
    this.#push({ kind: 'key', key, text, seconds, bytes: 200 + key.length + text.length })
  }

  latest(key: string, event: object | undefined): void {
    this.#latest.set(key, event)
    this.#changed.add(key)
    this.#arm()
  }

  async close(): Promise<void> {
    const { clock } = this.#options
    for (const timer of this.#timers) timer.cancel()
    for (const key of this.#latest.keys()) this.latest(key, undefined)
    this.#heldUntil = 0
    const isLate = new Promise<void>((resolve) => {
      this.#timers = [clock.after(CLOSE_MS, resolve)]
    })
    await Promise.race([this.#sendAll(), isLate])
    this.#isClosed = true
    this.#flushTimer?.cancel()
    for (const timer of this.#timers) timer.cancel()
    this.#client?.close()
    this.#lose(this.#waiting.length + this.#unsent.filter(({ isCounted }) => isCounted).length)
    this.#tellLoss(true)
  }

  #push(item: Item): void {
    this.#waiting.push(item)
    const most = this.#options.maxBytes ?? MAX_BYTES
    while (this.#waiting.bytes + this.#unsentBytes > most && this.#waiting.shift() !== undefined) {
      this.#untoldInBand += 1
      this.#lose(1)
    }
    this.#tellLoss(false)
    this.#arm()
  }

  #lose(count: number): void {
    this.#lost += count
    this.#untold += count
  }

  #tellLoss(isLast: boolean): void {
    if (this.#untold === 0) return
    const now = this.#options.clock.now()
    if (!isLast && now - this.#toldAt < TELL_MS) return
    const lost = this.#untold
    this.#untold = 0
    this.#toldAt = now
    this.#options.onLoss(lost)
  }

  #onReady(): void {
    // Whatever the server had may be gone: it was restarted, or another one took its place.
    for (const key of this.#latest.keys()) this.#changed.add(key)
    this.#options.onChange('connected', '')
    this.#arm()
  }

  #renew(): void {
    for (const [key, event] of this.#latest) if (event !== undefined) this.#changed.add(key)
    this.#tellLoss(true)
    this.#arm()
  }

  #arm(): void {
    if (this.#isClosed || this.#flushTimer !== undefined || this.#sending !== undefined) return
    const { clock, flushMs = FLUSH_MS } = this.#options
    this.#flushTimer = clock.after(Math.max(flushMs, this.#heldUntil - clock.now()), () => {
      this.#flushTimer = undefined
      this.#sending = this.#sendTurn()
    })
  }

  async #sendTurn(): Promise<void> {
    await this.#send()
    this.#sending = undefined
    // What came while it was sent. Without a connection the next one sends it.
    if (this.#client?.isReady === true && this.#hasWork()) this.#arm()
  }

  #hasWork(): boolean {
    return this.#unsent.length > 0 || this.#waiting.length > 0 || this.#changed.size > 0 || this.#dueBeat !== undefined
  }

  async #sendAll(): Promise<void> {
    await this.#sending
    this.#dueBeat = 'over'
    while (this.#hasWork() && (await this.#send()));
  }

  /** What makes a full batch at once, the rest at the next turn. False when it cannot: what failed stays. */
  async #send(): Promise<boolean> {
    const { clock } = this.#options
    do {
      if (this.#client?.isReady !== true || clock.now() < this.#heldUntil) return false
      if (!(await this.#sendBatch(this.#client))) {
        // The connection is lost, which `onLost` tells; the next one sends `#unsent` again.
        this.#repeated += this.#unsent.filter(({ isCounted }) => isCounted).length
        return false
      }
    } while (this.#waiting.length >= MAX_BATCH)
    return true
  }

  async #sendBatch(client: RedisClient): Promise<boolean> {
    this.#run ??= await this.#nameRun(client)
    if (this.#run === undefined) return false
    if (this.#unsent.length === 0) this.#take(this.#run)
    const units = this.#unsent
    const states = this.#takeStates()
    const commands: string[] = []
    for (const unit of units) commands.push(...unit.commands)
    commands.push(...states.commands)
    const refusals = await client.sendEncoded(commands)
    if (refusals === undefined) {
      for (const key of states.keys) this.#changed.add(key)
      return false
    }
    this.#settle(units, refusals)
    return true
  }

  /** The server's time, so that followers compare it with their own start. */
  async #nameRun(client: RedisClient): Promise<string | undefined> {
    const [time] = (await client.send([['TIME']])) ?? []
    if (time === undefined) return undefined
    const [seconds = 0, micros = 0] = Array.isArray(time.value) ? time.value.map(Number) : []
    const own = Math.floor(this.#options.random() * 36 ** 6).toString(36)
    return `${seconds * 1000 + Math.floor(micros / 1000)}-${own}`
  }

  #take(run: string): void {
    if (this.#untoldInBand > 0) {
      const text = this.#options.render(this.#options.lossEvent(this.#untoldInBand))
      this.#untoldInBand = 0
      this.#unsent.push({ isCounted: false, commands: this.#eventCommands(run, 'lag', text) })
    }
    const items = this.#waiting.take(MAX_BATCH, MAX_BATCH_BYTES)
    for (const item of items) {
      this.#unsentBytes += item.bytes
      const commands =
        item.kind === 'event'
          ? this.#eventCommands(run, item.type, item.text)
          : [encodeCommand(['SET', item.key, item.text, 'EX', String(item.seconds)])]
      this.#unsent.push({ isCounted: true, commands })
    }
    // After everything that it counts.
    if (this.#dueBeat === undefined || this.#waiting.length > 0) return
    const body = JSON.stringify({ counts: this.#inStream, isOver: this.#dueBeat === 'over' })
    this.#dueBeat = undefined
    this.#unsent.push({ isCounted: false, commands: [this.#entry(run, HEARTBEAT, body)] })
  }

  #eventCommands(run: string, type: EventType, text: string): string[] {
    return [this.#entry(run, type, text), encodeCommand(['PUBLISH', channelName(type), text])]
  }

  #entry(run: string, type: EventType | typeof HEARTBEAT, body: string): string {
    this.#number += 1
    const inStream = (this.#inStream[type] ?? 0) + 1
    this.#inStream[type] = inStream
    return encodeCommand(addCommand(type, { run, number: this.#number, inStream, body }, this.#options.streamLength))
  }

  #takeStates(): { readonly keys: ReadonlySet<string>; readonly commands: readonly string[] } {
    const keys = this.#changed
    this.#changed = new Set()
    const commands = [...keys].map((key) => {
      const event = this.#latest.get(key)
      if (event === undefined) return encodeCommand(['DEL', key])
      return encodeCommand(['SET', key, this.#options.render(event), 'EX', String(LATEST_SECONDS)])
    })
    return { keys, commands }
  }

  /** What a passing refusal kept out is sent again; another refusal is a loss. */
  #settle(units: readonly Unit[], refusals: ReadonlyMap<number, string>): void {
    let at = 0
    const held: Unit[] = []
    for (const unit of units) {
      const { isCounted, commands } = unit
      // Nearly always nothing is refused: then nothing is looked for.
      const own = refusals.size === 0 ? NOTHING : refusedOf(commands, at, refusals)
      at += commands.length
      if (own.again.length > 0) held.push({ isCounted, commands: own.again })
      else if (own.isLost) this.#lose(isCounted ? 1 : 0)
      else if (isCounted) this.#written += 1
    }
    this.#unsent = held
    if (held.length === 0) this.#unsentBytes = 0
    else this.#heldUntil = this.#options.clock.now() + HOLD_MS
    const [first = ''] = refusals.values()
    this.#tellRefusal(first)
    this.#tellLoss(false)
  }

  #tellRefusal(refusal: string): void {
    if (refusal !== '' && refusal !== this.#refusal) this.#options.onChange('refused', refusal)
    this.#refusal = refusal
  }

  #beat(): void {
    this.#dueBeat = 'alive'
    this.#arm()
  }
}

interface Refused {
  /** Commands of a unit that are to be sent again. */
  readonly again: readonly string[]
  readonly isLost: boolean
}

const NOTHING: Refused = { again: [], isLost: false }

/** `at`: the place of the unit's first command in its batch. */
function refusedOf(commands: readonly string[], at: number, refusals: ReadonlyMap<number, string>): Refused {
  const again = commands.filter((_, i) => PASSING.test(refusals.get(at + i) ?? ''))
  return { again, isLost: commands.some((_, i) => refusals.has(at + i)) }
}

/** A text put together from a hundred pieces keeps them all until somebody reads it: waiting in a queue they burden the garbage collector. */
function flat(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : ''
}
