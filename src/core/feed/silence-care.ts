import type { Exchange, Subscription } from '../exchanges/contract.js'
import type { Coverage } from './coverage.js'

/** An open connection that carries a topic. */
export interface TopicSource {
  readonly number: number
  /** ms. */
  readonly openedAt: number
  /** `isNeeded` is asked again when its turn comes. */
  resubscribe(isNeeded: () => boolean): void
  reconnect(): void
}

export interface SilenceWorld {
  subscriptions(): Iterable<Subscription>
  /** The open connections that carry it. */
  sources(topic: string): readonly TopicSource[]
  tell(subscription: Subscription, connection: number, detail: string): void
}

/** So many subscriptions to a topic that once brought messages, and then a new connection, once for each silence. */
const RESUBSCRIPTIONS = 2
/** An instrument that nobody trades is not asked for more and more often. */
const LONGEST_PATIENCE = 32

interface Fault {
  attempts: number
  /** Of the last cure, ms. */
  curedAt: number
  /** When the newest message before the silence came. */
  readonly lastMs: number
}

/**
 * Cures topics that were acknowledged and bring nothing while their connection lives: first by a new subscription, which
 * disturbs nobody else, then by a new connection. Each attempt is given twice the time of the one before.
 */
export class SilenceCare {
  readonly #exchange: Exchange
  readonly #coverage: Coverage
  readonly #world: SilenceWorld
  readonly #faults = new Map<string, Fault>()

  constructor(exchange: Exchange, coverage: Coverage, world: SilenceWorld) {
    this.#exchange = exchange
    this.#coverage = coverage
    this.#world = world
  }

  /** Call it every second. */
  watch(nowMs: number): void {
    const seen = new Set<string>()
    for (const subscription of this.#world.subscriptions()) {
      if (this.#exchange.channels[subscription.channel]?.quietMs === undefined) continue
      const topic = this.#exchange.stream.topics(subscription)[0]?.name
      if (topic === undefined || seen.has(topic)) continue
      seen.add(topic)
      const sources = this.#world.sources(topic)
      for (const source of sources) this.#look(subscription, topic, source, sources.length > 1, nowMs)
    }
  }

  #look(subscription: Subscription, topic: string, source: TopicSource, isShared: boolean, nowMs: number): void {
    const { channel, symbol } = subscription
    const cadence = this.#coverage.find(channel, symbol)?.cadence
    if (cadence === undefined) return
    // What one of several carriers brings says nothing of the others.
    const heardAt = () => (isShared ? this.#coverage.heardBy(channel, symbol, source.number) : cadence.lastMs)
    const lastMs = heardAt()
    const key = `${source.number} ${topic}`
    const known = this.#faults.get(key)
    const fault = known?.lastMs === lastMs ? known : { attempts: 0, curedAt: 0, lastMs }
    const since = Math.max(lastMs, source.openedAt, fault.curedAt)
    const patience = cadence.staleAfterMs * Math.min(LONGEST_PATIENCE, 2 ** fault.attempts)
    if (nowMs - since <= patience) return
    fault.attempts += 1
    fault.curedAt = nowMs
    this.#faults.set(key, fault)
    const silence = `${Math.round((nowMs - Math.max(lastMs, source.openedAt)) / 1000)} s without a message`
    const isSocketsTurn = lastMs > 0 && fault.attempts === RESUBSCRIPTIONS + 1
    this.#world.tell(subscription, source.number, `${silence}: ${isSocketsTurn ? 'new connection' : 'subscribed again'}`)
    if (isSocketsTurn) source.reconnect()
    else source.resubscribe(() => heardAt() === lastMs)
  }
}
