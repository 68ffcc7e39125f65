/** The detector of opportunities in the path of a run: looked at inside each frame, asked at each step. */
import { type ArbitrageSettings, DEFAULT_ARBITRAGE } from '../../analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../analysis/arbitrage/detector.js'
import type { Leg } from '../../analysis/arbitrage/route.js'
import type { BookNeeds, SeenOpportunity } from '../../strategies/book-contract.js'
import type { Market } from './market.js'

export class OpportunityWatch {
  readonly #detector: ArbitrageDetector
  readonly #legs = new Map<Market, Leg>()
  readonly #markets = new Map<Leg, Market>()

  constructor(wanted: NonNullable<BookNeeds['opportunities']>, latencyMs: number) {
    const settings: ArbitrageSettings = { ...DEFAULT_ARBITRAGE, ...wanted, latencyMs }
    this.#detector = new ArbitrageDetector(settings, { opened: () => undefined, closed: () => undefined })
  }

  /** The market's book has changed. */
  changed(market: Market): void {
    let leg = this.#legs.get(market)
    if (leg === undefined) {
      const { state, pipeline, takerFee } = market
      leg = this.#detector.add({ state, offset: pipeline.offset, takerFee })
      this.#legs.set(market, leg)
      this.#markets.set(leg, market)
    }
    this.#detector.changed(leg, market.state.sync.stamp / 1000)
  }

  /** What is there at the end of a step, the best score first. */
  at(time: number): SeenOpportunity[] {
    this.#detector.advance(time)
    const found: SeenOpportunity[] = []
    for (const route of this.#detector.routes) {
      const buy = this.#markets.get(route.buy)
      const sell = this.#markets.get(route.sell)
      if (buy?.book === undefined || sell?.book === undefined) continue
      const { finding } = this.#detector.assess(route, time)
      if (finding === undefined) continue
      const { quantity, netBps, confidence, scoreBps } = finding
      const [buyPrice, sellPrice] = [finding.buy.vwap, finding.sell.vwap]
      found.push({ type: route.type, buy, sell, quantity, buyPrice, sellPrice, netBps, confidence, scoreBps })
    }
    const order = (each: SeenOpportunity) => `${each.buy.name} ${each.sell.name}`
    return found.sort((a, b) => b.scoreBps - a.scoreBps || (order(a) < order(b) ? -1 : 1))
  }
}
