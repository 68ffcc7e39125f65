import type { Exchange } from '../exchanges/contract.js'
import type { Instrument } from '../market/instrument.js'
import { MarketState } from './market-state.js'
import type { SyncEvents } from './synchroniser.js'
import { unlisted } from './unlisted.js'
import type { ValidationLimits } from './validation.js'

/** Everything that is known of one exchange's instruments: their declarations, and the state of each that was heard of. */
export class MarketStates {
  readonly instruments = new Map<string, Instrument>()
  /** Hours between payments of funding by symbol, as the exchange lists them. */
  readonly fundingHours = new Map<string, number>()
  readonly #exchange: Exchange
  readonly #limits: ValidationLimits
  readonly #books: () => SyncEvents
  readonly #states = new Map<string, MarketState>()

  /** `books` hears of each book; it is asked for when there is the first one. */
  constructor(exchange: Exchange, limits: ValidationLimits, books: () => SyncEvents) {
    this.#exchange = exchange
    this.#limits = limits
    this.#books = books
  }

  values(): IterableIterator<MarketState> {
    return this.#states.values()
  }

  find(symbol: string): MarketState | undefined {
    return this.#states.get(symbol)
  }

  of(symbol: string): MarketState {
    return this.#states.get(symbol) ?? this.#add(symbol)
  }

  learn(instruments: readonly Instrument[]): void {
    for (const instrument of instruments) {
      this.instruments.set(instrument.symbol, instrument)
      const state = this.#states.get(instrument.symbol)
      if (state !== undefined) state.instrument = instrument
    }
  }

  #add(symbol: string): MarketState {
    const { book, channels } = this.#exchange
    const state = new MarketState(this.#instrument(symbol), book, this.#books(), this.#limits)
    const rules = [
      [state.sync, channels.book],
      [state.ticker, channels.ticker],
      [state.funding, channels.funding],
      [state.openInterest, channels['open-interest']],
    ] as const
    for (const [each, rule] of rules) each.staleAfterMs = rule?.quietMs ?? Number.POSITIVE_INFINITY
    this.#states.set(symbol, state)
    return state
  }

  #instrument(symbol: string): Instrument {
    return this.instruments.get(symbol) ?? this.#exchange.symbols.parse(symbol) ?? unlisted(this.#exchange, symbol)
  }
}
