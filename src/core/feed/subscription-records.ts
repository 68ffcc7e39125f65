import type { Exchange, Subscription } from '../exchanges/contract.js'
import type { Connection } from './connection.js'
import type { Connections } from './connections.js'
import type { RecordKind } from './journal/record.js'
import { encodeSubscription } from './journal/subscription.js'
import type { Pipeline } from './pipeline.js'

export interface SubscriptionRecordsHost {
  readonly exchange: Exchange
  readonly pipeline: Pipeline
  connections(): Connections
  /** On connection 0; gives its stamp in µs. */
  record(kind: RecordKind, payload: Buffer): number
}

/** Number of a connection. */
const NEVER_TRIED = 1

/** What is asked for, and of whom, is a record: the silence of a channel can only be told of one that was asked for. */
export class SubscriptionRecords {
  readonly #host: SubscriptionRecordsHost

  constructor(host: SubscriptionRecordsHost) {
    this.#host = host
  }

  began(subscription: Subscription): void {
    const carriers = this.#carriersOf(subscription)
    for (const { number } of carriers) this.#carried(subscription, number)
    if (carriers.length === 0) this.#carried(subscription, -1)
  }

  /** A connection that takes over from another carries what was subscribed to before it. */
  takenOver(subscriptions: Iterable<Subscription>, number: number): void {
    const { coverage } = this.#host.pipeline
    for (const subscription of subscriptions) {
      const isKnown = coverage.isCarrier(subscription.channel, subscription.symbol, number)
      if (!isKnown && this.#carriersOf(subscription).some((each) => each.number === number)) this.#carried(subscription, number)
    }
  }

  /** It cannot be had; gives the number of the connection that would have carried it. */
  missed(subscriptions: readonly Subscription[]): number {
    for (const subscription of subscriptions) this.#carried(subscription, NEVER_TRIED)
    return NEVER_TRIED
  }

  ended({ channel, symbol }: Subscription): void {
    const stamp = this.#host.record('close', encodeSubscription({ channel, symbol, connection: -1 }))
    this.#host.pipeline.unsubscribed(stamp, symbol, channel)
  }

  #carried({ channel, symbol }: Subscription, connection: number): void {
    const stamp = this.#host.record('open', encodeSubscription({ channel, symbol, connection }))
    this.#host.pipeline.subscribed(stamp, channel, symbol, connection)
  }

  #carriersOf(subscription: Subscription): readonly Connection[] {
    const topic = this.#host.exchange.stream.topics(subscription)[0]?.name
    return topic === undefined ? [] : this.#host.connections().of(topic)
  }
}
