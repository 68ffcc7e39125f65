import { type BookSink, type BookStrategyRun, defineBookStrategy, type SeenOpportunity, type StepView } from './book-contract.js'
import { MAX_SKEW, maxBookAge } from './book-parameters.js'
import { HedgedPairs, type PairNow, pairQuantity } from './hedged-pairs.js'
import type { ValuesOf } from './parameters.js'

const parameters = {
  step_ms: { kind: 'integer', unit: 'ms', min: 100, max: 60_000, default: 200, description: 'how often the books are looked at' },
  min_net_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 5,
    description: 'profit that has to be left after the fees of both ways and the spreads on the way out',
  },
  min_confidence: {
    kind: 'number',
    unit: 'of 1',
    min: 0,
    max: 1,
    default: 0.3,
    description: "least confidence of the detector's finding",
  },
  position_size: {
    kind: 'number',
    unit: 'of equity',
    min: 0.001,
    max: 0.5,
    default: 0.1,
    description: 'most of equity that one leg takes',
  },
  max_notional: { kind: 'number', unit: 'quote', min: 10, max: 1e9, default: 10_000, description: 'largest notional of a leg' },
  max_pairs: { kind: 'integer', unit: 'pairs', min: 1, max: 50, default: 4, description: 'most pairs held at once' },
  exit_gap_bps: {
    kind: 'number',
    unit: 'bps',
    min: -100,
    max: 100,
    default: 1,
    description: 'distance of the mids at which they have converged',
  },
  stop_gap_bps: {
    kind: 'number',
    unit: 'bps',
    min: 1,
    max: 10_000,
    default: 50,
    description: 'further widening at which to give up',
  },
  max_hold_s: { kind: 'number', unit: 's', min: 1, max: 604_800, default: 600, description: 'longest time that a pair is held' },
  max_book_age_ms: maxBookAge(500),
  max_skew_ms: MAX_SKEW,
  cross_kind: { kind: 'boolean', default: false, description: 'also spot against a perpetual or a future' },
} as const

type Settings = ValuesOf<typeof parameters>

/**
 * Convergence of one thing at two prices: buys where the arbitrage detector finds it cheap, sells as much where it is dear, and closes both
 * when the mids have met. Enters when net_bps of the finding (after the fees of both entries, walked through both books) still pays for
 * the way out, fees of both exits + half of both spreads. The size is what the detector says still pays, at most `position_size` of equity,
 * times its confidence. Assumes money on both exchanges and contracts that can be sold short; a pair whose prices never meet again
 * is left after `max_hold_s`, or when it has widened by `stop_gap_bps`.
 */
class SpreadArbitrage implements BookStrategyRun {
  readonly #settings: Settings
  readonly #pairs = new HedgedPairs()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  onStep(view: StepView, sink: BookSink): void {
    this.#pairs.tend(view, sink, (pair) => this.#leave(pair))
    if (view.markets.length < 2) sink.silent('one book alone cannot be held against another')
    for (const market of view.markets) {
      if (market.book === undefined && !this.#pairs.uses(market)) sink.silent(`the book is ${market.unreadable}`, market)
    }
    if (view.opportunities.length === 0) sink.silent('no opportunity after fees passes the gates of the detector')
    for (const found of view.opportunities) this.#enter(found, view, sink)
  }

  analysis() {
    return { pairs: this.#pairs.size }
  }

  #enter(found: SeenOpportunity, view: StepView, sink: BookSink): void {
    const { buy, sell } = found
    const { min_net_bps: least, min_confidence: sure, max_pairs: most } = this.#settings
    if (this.#pairs.uses(buy) || this.#pairs.uses(sell) || buy.book === undefined || sell.book === undefined) return
    if (sell.kind === 'spot') {
      sink.silent('dear here, but spot cannot be sold short', sell)
      return
    }
    const out = (buy.takerFee + sell.takerFee) * 10_000 + (buy.book.spreadBps + sell.book.spreadBps) / 2
    const edge = found.netBps - out
    const units = Math.min(found.quantity, (this.#settings.position_size * view.account.equity) / found.buyPrice) * found.confidence
    const quantity = pairQuantity(buy, sell, units)
    if (edge < least) sink.silent('the edge does not pay for the way out', sell)
    else if (found.confidence < sure) sink.silent('confidence is below min_confidence', sell)
    else if (this.#pairs.size >= most) sink.silent('max_pairs are held', sell)
    else if (quantity === 0) sink.silent('what pays is less than the smallest order', sell)
    else {
      const strength = Math.min(1, edge / (2 * least + 10))
      const reason = `${edge.toFixed(1)} bps are left after all costs, ${found.netBps.toFixed(1)} after those of the entry`
      this.#pairs.open(view, sink, { long: buy, short: sell, quantity, strength, confidence: found.confidence, reason })
    }
  }

  #leave({ gapBps, entryGapBps, heldMs }: PairNow): string | undefined {
    const { exit_gap_bps: met, stop_gap_bps: stop, max_hold_s: longest } = this.#settings
    if (gapBps <= met) return `converged: the mids are ${gapBps.toFixed(1)} bps apart, entered at ${entryGapBps.toFixed(1)}`
    if (gapBps >= entryGapBps + stop) return `widened to ${gapBps.toFixed(1)} bps, entered at ${entryGapBps.toFixed(1)}`
    return heldMs >= longest * 1000 ? `held for ${longest} s, still ${gapBps.toFixed(1)} bps apart` : undefined
  }
}

export const spreadArbitrage = defineBookStrategy({
  name: 'spread-arbitrage',
  description: 'Buys where the same contract is cheap, sells where it is dear, and closes both when the prices have met',
  parameters,
  needs: (settings) => ({
    stepMs: settings.step_ms,
    maxBookAgeMs: settings.max_book_age_ms,
    opportunities: {
      minProfitBps: settings.min_net_bps,
      maxNotional: settings.max_notional,
      maxAgeMs: settings.max_book_age_ms,
      maxSkewMs: settings.max_skew_ms,
      isCrossKind: settings.cross_kind,
    },
  }),
  create: (settings) => new SpreadArbitrage(settings),
})
