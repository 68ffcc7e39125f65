import { mid } from '../../book/metrics.js'
import type { ArbitrageMarket, ArbitrageSettings, Finding, Gate } from './contract.js'
import { type DetectorHost, Lives } from './lives.js'
import { Offer } from './offer.js'
import { Pairing } from './pairing.js'
import type { Leg, Route } from './route.js'

/** `netBps`: of the best levels; `null`: not known. Without gate and finding it does not pay. */
export interface Assessment {
  readonly netBps: number | null
  readonly gate: Gate | undefined
  readonly finding: Finding | undefined
}

/**
 * Looks at each book as it changes and tells what could be earned by buying on one exchange and selling on another. It knows no clock:
 * all times are those of the records, so a replay tells the same. Where nothing is found, nothing is allocated.
 */
export class ArbitrageDetector {
  readonly #pairing: Pairing
  readonly #offer: Offer
  readonly #lives: Lives

  constructor(settings: ArbitrageSettings, host: DetectorHost) {
    this.#pairing = new Pairing(settings)
    this.#offer = new Offer(settings, this.#pairing)
    this.#lives = new Lives(settings, host, (profit) => this.#offer.isEnough(profit))
  }

  get routes(): readonly Route[] {
    return this.#pairing.routes
  }

  /** Compares this book with all before it from now on, and converts by it where it converts. */
  add(market: ArbitrageMarket): Leg {
    return this.#pairing.add(market)
  }

  /** The leg's book has changed, ms by the stamp of the record. */
  changed(leg: Leg, nowMs: number): void {
    const { book } = leg
    const middle = book === undefined ? undefined : mid(book)
    if (middle !== undefined) leg.volatility.observe(middle, nowMs)
    const { routes } = leg
    for (let i = 0; i < routes.length; i++) this.#look(routes[i] as Route, leg, nowMs)
  }

  /** Ends what cannot be told any longer. */
  advance(nowMs: number): void {
    this.#lives.expire(nowMs)
  }

  /** A book may have been lost: ends what stood on one that cannot be read. */
  lost(): void {
    this.#lives.endUnreadable()
  }

  /** Ends everything that is open. */
  finish(nowMs: number): void {
    this.#lives.endAll(nowMs)
  }

  /** What this route offers at this moment, counting and opening nothing. */
  assess(route: Route, nowMs: number): Assessment {
    const offer = this.#offer
    const profit = offer.topProfit(route)
    if (profit === undefined) return { netBps: null, gate: 'unreadable', finding: undefined }
    const netBps = profit * 10_000
    if (!offer.isEnough(profit)) return { netBps, gate: undefined, finding: undefined }
    const gate = offer.refusal(route, nowMs)
    return { netBps, gate, finding: gate === undefined ? offer.finding(route, nowMs) : undefined }
  }

  #look(route: Route, changed: Leg, nowMs: number): void {
    const profit = this.#offer.topProfit(route)
    if (profit === undefined) {
      this.#lives.refuse(route, 'unreadable', nowMs)
      return
    }
    route.compared += 1
    if (profit * 10_000 > route.bestBps) route.bestBps = profit * 10_000
    if (route.life !== undefined || route.settling !== undefined) this.#lives.note(route, changed, nowMs)
    if (this.#offer.isEnough(profit)) this.#take(route, changed, nowMs)
    else if (route.life !== undefined) this.#lives.end(route, nowMs, changed)
  }

  /** The best prices are worth it: is the rest? */
  #take(route: Route, changed: Leg, nowMs: number): void {
    const offer = this.#offer
    const gate = offer.refusal(route, nowMs)
    if (gate !== undefined) {
      this.#lives.refuse(route, gate, nowMs)
      return
    }
    const { life } = route
    const { netProfit } = offer.walk
    life?.confirm(nowMs, netProfit)
    if (life !== undefined && netProfit <= life.peak.netProfit) return
    const finding = offer.finding(route, nowMs)
    if (finding === undefined) return
    if (life === undefined) this.#lives.begin(route, finding, changed)
    else life.peak = finding
  }
}
