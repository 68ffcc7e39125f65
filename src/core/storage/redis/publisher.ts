/**
 * What a collector tells others by Redis. Nobody waits for it: what cannot be sent waits in a queue bounded in bytes, of newest
 * states only the newest; what falls out is counted and told where it is missing.
 */
import type { Timer } from '../../clock.js'
import type { EventType } from '../../market/event.js'
import { Backlog } from './backlog.js'
import { openRedis, type RedisClient } from './client.js'
import { Losses } from './losses.js'
import { NewestStates } from './newest-states.js'
import { NumberedEntries } from './numbered-entries.js'
import type { Publisher, PublisherCounts, PublisherOptions } from './publisher-contract.js'

const FLUSH_MS = 10
const MAX_BYTES = 16 * 1024 * 1024
const HEARTBEAT_MS = 1_000
const RENEW_MS = 10_000
const HOLD_MS = 1_000
const CLOSE_MS = 2_000

/** Begins to connect; resolves at once whether it can or not. */
export async function openPublisher(options: PublisherOptions): Promise<Publisher> {
  const publisher = new RedisPublisher(options)
  await publisher.start()
  return publisher
}

class RedisPublisher implements Publisher {
  readonly #options: PublisherOptions
  readonly #losses: Losses
  readonly #backlog: Backlog
  readonly #newest: NewestStates
  #client: RedisClient | undefined
  #entries: NumberedEntries | undefined
  #repeated = 0
  #outages = 0
  #refusal = ''
  #flushTimer: Timer | undefined
  #timers: Timer[] = []
  #sending: Promise<void> | undefined
  #heldUntil = 0
  #isClosed = false

  constructor(options: PublisherOptions) {
    const { clock, maxBytes = MAX_BYTES } = options
    this.#options = options
    this.#losses = new Losses(clock, (lost) => options.onLoss(lost))
    const lossText = (lost: number) => options.render(options.lossEvent(lost))
    this.#backlog = new Backlog({ maxBytes, losses: this.#losses, lossText })
    this.#newest = new NewestStates((event) => options.render(event))
  }

  get counts(): PublisherCounts {
    return {
      written: this.#backlog.written,
      lost: this.#losses.count,
      repeated: this.#repeated,
      outages: this.#outages,
      waitingBytes: this.#backlog.bytes,
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
    this.#backlog.addEvent(type, this.#options.render(event))
    this.#added()
  }

  keep(key: string, event: object, seconds: number): void {
    this.#backlog.addKey(key, this.#options.render(event), seconds)
    this.#added()
  }

  latest(key: string, event: object | undefined): void {
    this.#newest.set(key, event)
    this.#arm()
  }

  async close(): Promise<void> {
    const { clock } = this.#options
    for (const timer of this.#timers) timer.cancel()
    this.#newest.withdraw()
    this.#heldUntil = 0
    const isLate = new Promise<void>((resolve) => {
      this.#timers = [clock.after(CLOSE_MS, resolve)]
    })
    await Promise.race([this.#sendAll(), isLate])
    this.#isClosed = true
    this.#flushTimer?.cancel()
    for (const timer of this.#timers) timer.cancel()
    this.#client?.close()
    this.#backlog.giveUp()
    this.#losses.tellCollector(true)
  }

  #added(): void {
    this.#losses.tellCollector(false)
    this.#arm()
  }

  #onReady(): void {
    this.#newest.sendAll()
    this.#options.onChange('connected', '')
    this.#arm()
  }

  #renew(): void {
    this.#newest.renew()
    this.#losses.tellCollector(true)
    this.#arm()
  }

  #beat(): void {
    this.#backlog.addHeartbeat('alive')
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
    if (this.#client?.isReady === true && this.#hasWork) this.#arm()
  }

  get #hasWork(): boolean {
    return !this.#backlog.isEmpty || this.#newest.isWaiting
  }

  async #sendAll(): Promise<void> {
    await this.#sending
    this.#backlog.addHeartbeat('over')
    while (this.#hasWork && (await this.#send()));
  }

  /** What makes a full batch at once, the rest at the next turn. False when it cannot: what failed stays. */
  async #send(): Promise<boolean> {
    const { clock } = this.#options
    do {
      if (this.#client?.isReady !== true || clock.now() < this.#heldUntil) return false
      if (!(await this.#sendBatch(this.#client))) {
        // The connection is lost, which `onLost` tells; the next one sends the same again.
        this.#repeated += this.#backlog.unsent
        return false
      }
    } while (this.#backlog.hasFullBatch)
    return true
  }

  async #sendBatch(client: RedisClient): Promise<boolean> {
    this.#entries ??= await this.#beginRun(client)
    if (this.#entries === undefined) return false
    const units = this.#backlog.next(this.#entries)
    const states = this.#newest.take()
    const commands: string[] = []
    for (const unit of units) commands.push(...unit.commands)
    commands.push(...states.commands)
    const refusals = await client.sendEncoded(commands)
    if (refusals === undefined) {
      this.#newest.putBack(states)
      return false
    }
    if (!this.#backlog.settle(refusals)) this.#heldUntil = this.#options.clock.now() + HOLD_MS
    this.#tellRefusal(refusals)
    this.#losses.tellCollector(false)
    return true
  }

  async #beginRun(client: RedisClient): Promise<NumberedEntries | undefined> {
    const [time] = (await client.send([['TIME']])) ?? []
    if (time === undefined) return undefined
    const [seconds = 0, micros = 0] = Array.isArray(time.value) ? time.value.map(Number) : []
    const own = Math.floor(this.#options.random() * 36 ** 6).toString(36)
    return new NumberedEntries(`${seconds * 1000 + Math.floor(micros / 1000)}-${own}`, this.#options.streamLength)
  }

  #tellRefusal(refusals: ReadonlyMap<number, string>): void {
    const [refusal = ''] = refusals.values()
    if (refusal !== '' && refusal !== this.#refusal) this.#options.onChange('refused', refusal)
    this.#refusal = refusal
  }
}
