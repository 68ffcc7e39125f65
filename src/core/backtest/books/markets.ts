import type { MarketState } from '../../feed/market-state.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { Account } from '../account.js'
import type { BacktestConfig } from '../config.js'
import { Market, marketName } from './market.js'

interface MarketsParts {
  readonly pipelines: () => Iterable<Pipeline>
  readonly account: Account
  readonly config: BacktestConfig
  readonly maxBookAgeMs: number
  /** Which instruments the strategy may see; all that have a book when left out. */
  isWanted?(state: MarketState): boolean
}

/** The instruments of a run, each from the first time that its book is heard of. */
export class Markets {
  /** By name, in that order. */
  list: readonly Market[] = []
  readonly #parts: MarketsParts
  readonly #known = new Map<MarketState, Market | undefined>()
  readonly #byName = new Map<string, Market>()

  constructor(parts: MarketsParts) {
    this.#parts = parts
  }

  named(name: string): Market | undefined {
    return this.#byName.get(name)
  }

  /** The instrument where it takes part already. */
  known(state: MarketState): Market | undefined {
    return this.#known.get(state)
  }

  /** The instrument from now on; undefined where it takes no part. */
  meet(state: MarketState): Market | undefined {
    if (this.#known.has(state)) return this.#known.get(state)
    const market = this.#open(state)
    this.#known.set(state, market)
    if (market === undefined) return undefined
    this.#byName.set(market.name, market)
    this.list = [...this.list, market].sort((a, b) => (a.name < b.name ? -1 : 1))
    return market
  }

  /** Books that were heard of since the last step, also those that cannot be read. */
  find(): void {
    for (const { states } of this.#parts.pipelines()) {
      for (const state of states) {
        if (!this.#known.has(state) && (state.stats.get('book')?.total.messages ?? 0) > 0) this.meet(state)
      }
    }
  }

  #open(state: MarketState): Market | undefined {
    const { pipelines, account, config, maxBookAgeMs } = this.#parts
    const pipeline = [...pipelines()].find((each) => each.find(state.instrument.symbol) === state)
    const { settle, base } = state.instrument
    // Profit and loss of an inverse contract is in the asset itself: no account in quote currency holds one.
    if (pipeline === undefined || settle === base || this.#parts.isWanted?.(state) === false) return undefined
    const { taker } = config.feesOf?.[pipeline.exchange.id] ?? config.fees
    return new Market({ state, pipeline, position: account.add(marketName(state.instrument)), takerFee: taker, maxBookAgeMs })
  }
}
