import type { Exchange, Subscription } from '../exchanges/contract.js'
import { ExchangeFeed, type ExchangeFeedSettings } from './exchange-feed.js'
import type { JournalWriter } from './journal/writer.js'
import type { Outputs } from './outputs.js'
import type { ValidationLimits } from './validation.js'
import type { FeedWorld } from './world.js'

export interface LiveFeedSettings {
  readonly limits: ValidationLimits
  /** Keeps the first samples of frames that nobody understands, also when nothing else is recorded. */
  readonly samples: JournalWriter
  /** Told of the first answers with something that their declaration does not know. */
  onStrange?(exchange: string, reason: string, sample: string): void
  /** Told of the first frames of each kind that nobody understands. */
  onUnknown?(exchange: string, reason: string, frame: Buffer): void
  exchange(exchange: Exchange): ExchangeFeedSettings
}

/** Several exchanges, live. Exchanges, symbols and channels come and go while it runs, without disturbing the others. */
export class LiveFeed {
  readonly #world: FeedWorld
  readonly #settings: LiveFeedSettings
  readonly #outputs: Outputs
  readonly #feeds = new Map<string, ExchangeFeed>()

  constructor(world: FeedWorld, settings: LiveFeedSettings, outputs: Outputs) {
    this.#world = world
    this.#settings = settings
    this.#outputs = outputs
  }

  get exchanges(): Iterable<ExchangeFeed> {
    return this.#feeds.values()
  }

  /** The exchange's feed; made, but without subscriptions, when it is new. */
  exchange(exchange: Exchange): ExchangeFeed {
    const known = this.#feeds.get(exchange.id)
    if (known !== undefined) return known
    const outputs = this.#outputs
    const settings = this.#settings.exchange(exchange)
    const feed = new ExchangeFeed(exchange, this.#world, settings, {
      publish: (event) => outputs.publish(event),
      changed: (state, kind) => outputs.changed(state, kind),
      cover: (span) => outputs.cover(span),
      flush: (id) => outputs.flush(id),
      strange: (id, reason, sample) => this.#settings.onStrange?.(id, reason, sample),
      advance: (nowMs) => outputs.advance(nowMs),
      know: (fact) => outputs.know(fact),
      unknown: (id, reason, frame) => {
        this.#settings.onUnknown?.(id, reason, frame)
        if (settings.journal !== this.#settings.samples)
          this.#settings.samples.append(id, 0, this.#world.clock.stamp(), 'ws', frame)
      },
      limits: this.#settings.limits,
    })
    this.#feeds.set(exchange.id, feed)
    return feed
  }

  add(exchange: Exchange, subscriptions: readonly Subscription[]): void {
    this.exchange(exchange).add(subscriptions)
  }

  remove(exchangeId: string, subscriptions: readonly Subscription[]): void {
    this.#feeds.get(exchangeId)?.remove(subscriptions)
  }

  removeExchange(exchangeId: string): void {
    this.#feeds.get(exchangeId)?.stop()
    this.#feeds.delete(exchangeId)
  }

  stop(): void {
    for (const feed of this.#feeds.values()) feed.stop()
    this.#outputs.flush()
  }
}
