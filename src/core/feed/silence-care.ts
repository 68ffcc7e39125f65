import type { Exchange, Subscription } from '../exchanges/contract.js'
import type { Coverage } from './coverage.js'

/** An open connection that carries a topic. */
export interface TopicSource {
  readonly number: number
  /** ms. */
  readonly openedAt: number
  resubscribe(): void
  reconnect(): void
}

export interface SilenceWorld {
  subscriptions(): Iterable<Subscription>
  /** `undefined` while its connection is down. */
  source(topic: string): TopicSource | undefined
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
      this.#look(subscription, topic, nowMs)
    }
  }

  #look(subscription: Subscription, topic: string, nowMs: number): void {
    const source = this.#world.source(topic)
    const cadence = this.#coverage.find(subscription.channel, subscription.symbol)?.cadence
    if (source === undefined || cadence === undefined) return
    const known = this.#faults.get(topic)
    const fault = known?.lastMs === cadence.lastMs ? known : { attempts: 0, curedAt: 0, lastMs: cadence.lastMs }
    const since = Math.max(cadence.lastMs, source.openedAt, fault.curedAt)
    const patience = cadence.staleAfterMs * Math.min(LONGEST_PATIENCE, 2 ** fault.attempts)
    if (nowMs - since <= patience) return
    fault.attempts += 1
    fault.curedAt = nowMs
    this.#faults.set(topic, fault)
    const silence = `${Math.round((nowMs - Math.max(cadence.lastMs, source.openedAt)) / 1000)} s without a message`
    const isSocketsTurn = cadence.lastMs > 0 && fault.attempts === RESUBSCRIPTIONS + 1
    this.#world.tell(subscription, source.number, `${silence}: ${isSocketsTurn ? 'new connection' : 'subscribed again'}`)
    if (isSocketsTurn) source.reconnect()
    else source.resubscribe()
  }
}
