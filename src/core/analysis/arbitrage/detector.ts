import type { BookSide } from '../../book/book-side.js'
import { mid } from '../../book/metrics.js'
import { compareInstruments, conversionBy } from './comparable.js'
import type { ArbitrageMarket, ArbitrageSettings, ClosedOpportunity, CloseReason, Finding, Gate, Opportunity } from './contract.js'
import { deviationBps, findingOf, isOrderable, wholeLots } from './find.js'
import { opportunityId } from './id.js'
import { Life } from './life.js'
import { Leg, Route } from './route.js'
import { type Conversion, rateAt, type TakenSide, Walk, walkBooks } from './walk.js'

export interface DetectorHost {
  opened(opportunity: Opportunity): void
  closed(opportunity: ClosedOpportunity): void
}

/** How long one leg's next message is waited for where no age is too great. */
const LONGEST_SETTLING_MS = 1_000

/** `netBps`: of the best levels; `null`: not known. Without gate and finding it does not pay. */
export interface Assessment {
  readonly netBps: number | null
  readonly gate: Gate | undefined
  readonly finding: Finding | undefined
}

interface MutableSide extends TakenSide {
  levels: BookSide
  multiplier: number
  takerFee: number
}

/**
 * Looks at each book as it changes and tells what could be earned by buying on one exchange and selling on another. It knows no clock:
 * all times are those of the records, so a replay tells the same. Where nothing is found, nothing is allocated.
 */
export class ArbitrageDetector {
  readonly routes: Route[] = []
  readonly #settings: ArbitrageSettings
  readonly #host: DetectorHost
  readonly #legs: Leg[] = []
  readonly #open = new Set<Route>()
  readonly #walk = new Walk()
  readonly #limits
  #buySide: MutableSide | undefined
  #sellSide: MutableSide | undefined

  constructor(settings: ArbitrageSettings, host: DetectorHost) {
    this.#settings = settings
    this.#host = host
    this.#limits = {
      minProfit: settings.minProfitBps / 10_000,
      maxNotional: settings.maxNotional,
      maxQuantity: Number.POSITIVE_INFINITY,
    }
  }

  /** Compares this book with all before it from now on, and converts by it where it converts. */
  add(market: ArbitrageMarket): Leg {
    const leg = new Leg(market)
    for (const other of this.#legs) this.#pair(leg, other)
    this.#legs.push(leg)
    for (const route of this.routes) {
      addConversion(route, leg)
      route.group = undefined
    }
    return leg
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
    if (this.#open.size === 0) return
    for (const route of this.#open) this.#expire(route, nowMs)
  }

  /** A book may have been lost: ends what stood on one that cannot be read. */
  lost(): void {
    for (const route of this.#open) {
      const { life } = route
      if (life !== undefined && !isReadable(route)) this.#close(route, life, life.confirmedAt, 'unreadable')
    }
  }

  /** Ends everything that is open. */
  finish(nowMs: number): void {
    for (const route of this.#open) {
      if (route.life !== undefined) this.#close(route, route.life, Math.min(nowMs, route.life.confirmedAt), 'end')
      this.#settle(route)
    }
  }

  /** What this route offers at this moment, counting and opening nothing. */
  assess(route: Route, nowMs: number): Assessment {
    const conversion = this.#conversion(route)
    if (conversion === 'unreadable' || !this.#load(route)) return { netBps: null, gate: 'unreadable', finding: undefined }
    const profit = this.#topProfit(conversion)
    const netBps = profit * 10_000
    if (!this.#isEnough(profit)) return { netBps, gate: undefined, finding: undefined }
    const gate = this.#gate(route, conversion, nowMs) ?? this.#walkOut(route, conversion)
    const finding = gate === undefined ? findingOf(route, this.#walk, conversion, nowMs, this.#settings) : undefined
    return { netBps, gate, finding }
  }

  #pair(leg: Leg, other: Leg): void {
    const a = leg.market.state.instrument
    const b = other.market.state.instrument
    const comparison = compareInstruments(a, b, this.#settings)
    if (comparison === undefined) return
    for (const [buy, sell] of [
      [leg, other],
      [other, leg],
    ] as const) {
      const route = new Route(buy, sell, comparison.type, comparison.isConverted ? [] : undefined)
      for (const each of this.#legs) addConversion(route, each)
      this.routes.push(route)
      buy.routes.push(route)
      sell.routes.push(route)
    }
  }

  #look(route: Route, changed: Leg, nowMs: number): void {
    const conversion = this.#conversion(route)
    if (conversion === 'unreadable' || !this.#load(route)) {
      this.#refuse(route, 'unreadable', nowMs)
      return
    }
    const profit = this.#topProfit(conversion)
    route.compared += 1
    if (profit * 10_000 > route.bestBps) route.bestBps = profit * 10_000
    if (route.life !== undefined || route.settling !== undefined) this.#note(route, changed, nowMs)
    if (this.#isEnough(profit)) this.#take(route, conversion, changed, nowMs)
    else if (route.life !== undefined) this.#close(route, route.life, nowMs, 'price', changed)
  }

  /** Net profit of the best levels by their own price, a fraction. */
  #topProfit(conversion: Conversion | undefined): number {
    const buy = this.#buySide as TakenSide
    const sell = this.#sellSide as TakenSide
    const ask = buy.levels.price(0) / buy.multiplier
    const bid = sell.levels.price(0) / sell.multiplier
    const rate = conversion === undefined ? 1 : rateAt(conversion, conversion.levels.price(0))
    return (bid * (1 - sell.takerFee) * rate) / ask - (1 + buy.takerFee)
  }

  #isEnough(profit: number): boolean {
    return profit > 0 && profit >= this.#limits.minProfit
  }

  /** The best prices are worth it: is the rest? */
  #take(route: Route, conversion: Conversion | undefined, changed: Leg, nowMs: number): void {
    const gate = this.#gate(route, conversion, nowMs) ?? this.#walkOut(route, conversion)
    if (gate !== undefined) {
      this.#refuse(route, gate, nowMs)
      return
    }
    const walk = this.#walk
    if (route.life !== undefined) {
      route.life.confirm(nowMs, walk.netProfit)
      if (walk.netProfit <= route.life.peak.netProfit) return
    }
    const finding = findingOf(route, walk, conversion, nowMs, this.#settings)
    if (finding === undefined) return
    if (route.life === undefined) this.#begin(route, finding, changed)
    else route.life.peak = finding
  }

  /** Walks as far as it pays, in whole lots. */
  #walkOut(route: Route, conversion: Conversion | undefined): Gate | undefined {
    const walk = this.#walk
    const buy = this.#buySide as TakenSide
    const sell = this.#sellSide as TakenSide
    walkBooks(walk, buy, sell, conversion, this.#limits)
    const whole = wholeLots(route, walk.quantity)
    if (whole < walk.quantity) walkBooks(walk, buy, sell, conversion, { ...this.#limits, maxQuantity: whole })
    return isOrderable(route, walk) ? undefined : 'too-small'
  }

  #gate(route: Route, conversion: Conversion | undefined, nowMs: number): Gate | undefined {
    const { maxAgeMs, maxSkewMs, maxDeviationBps } = this.#settings
    const { buy, sell } = route
    if (buy.market.state.instrument.isTrading === false || sell.market.state.instrument.isTrading === false) return 'not-trading'
    const oldest = Math.min(buy.moment, sell.moment)
    if (nowMs - oldest > maxAgeMs) return 'age'
    if (Math.abs(buy.moment - sell.moment) > maxSkewMs) return 'skew'
    const isTrusted = buy.book?.asks.isTopTrusted() === true && sell.book?.bids.isTopTrusted() === true
    if (!isTrusted || conversion?.levels.isTopTrusted() === false) return 'depth'
    if (conversion !== undefined) return undefined
    route.group ??= this.#legs.filter((leg) => this.#isAlike(leg, buy) || this.#isAlike(leg, sell))
    return deviationBps(route, route.group) > maxDeviationBps ? 'deviation' : undefined
  }

  #isAlike(leg: Leg, other: Leg): boolean {
    return leg === other || leg.routes.some((route) => route.buy === other || route.sell === other)
  }

  #begin(route: Route, finding: Finding, changed: Leg): void {
    this.#settle(route)
    const { base, quote } = route.buy.market.state.instrument
    const rate = finding.conversionRate
    const { takerFee: buyFee } = route.buy.market
    const { takerFee: sellFee } = route.sell.market
    const life = new Life({
      id: opportunityId(route.type, finding),
      type: route.type,
      base,
      quote,
      finding,
      latencyMs: this.#settings.latencyMs,
      pays: (ask, bid) => this.#isEnough((bid * (1 - sellFee) * rate) / ask - (1 + buyFee)),
    })
    route.life = life
    this.#open.add(route)
    this.#step(route, life, changed === route.buy ? route.sell : route.buy)
    this.#step(route, life, changed)
    const { id, type } = life.start
    this.#host.opened({ id, type, base, quote, openedAt: finding.at, opened: finding, peak: finding })
  }

  /** What the leg's exchange says now, for the order by its own time; the last word on what has closed. */
  #note(route: Route, changed: Leg, nowMs: number): void {
    if (route.life !== undefined) this.#step(route, route.life, changed)
    const { settling } = route
    if (settling === undefined) return
    if (settling.leg === changed) this.#step(route, settling.life, changed)
    if (settling.leg === changed || nowMs - settling.life.closedAt > this.#patience) this.#settle(route)
  }

  #step(route: Route, life: Life, leg: Leg): void {
    const { sync, instrument } = leg.market.state
    const side = leg === route.buy ? 'buy' : 'sell'
    const levels = side === 'buy' ? leg.book?.asks : leg.book?.bids
    if (levels !== undefined) life.order.add(side, sync.timestamp, levels.price(0) / instrument.multiplier)
  }

  #refuse(route: Route, gate: Gate, nowMs: number): void {
    route.refused[gate] += 1
    const { life } = route
    if (life === undefined) return
    // An unreadable book says nothing; the other gates may open again with the next message.
    if (gate === 'unreadable' || nowMs - life.confirmedAt > this.#patience) this.#close(route, life, life.confirmedAt, gate)
  }

  #expire(route: Route, nowMs: number): void {
    const { life, settling } = route
    if (settling !== undefined && nowMs - settling.life.closedAt > this.#patience) this.#settle(route)
    if (life === undefined) return
    if (!isReadable(route)) this.#close(route, life, life.confirmedAt, 'unreadable')
    else if (nowMs - life.confirmedAt > this.#settings.maxAgeMs) this.#close(route, life, life.confirmedAt, 'age')
  }

  #close(route: Route, life: Life, closedAt: number, closedBy: CloseReason, changed?: Leg): void {
    life.close(closedAt, closedBy)
    route.life = undefined
    route.found += 1
    if (closedAt - life.openedAt > this.#settings.latencyMs) route.outlived += 1
    route.settling = { life, leg: changed === route.buy ? route.sell : route.buy }
    if (closedBy !== 'price') this.#settle(route)
  }

  /** What has closed is told. */
  #settle(route: Route): void {
    const { settling } = route
    if (settling === undefined) return
    route.settling = undefined
    if (route.life === undefined) this.#open.delete(route)
    this.#host.closed(settling.life.closed())
  }

  get #patience(): number {
    return Math.min(this.#settings.maxAgeMs, LONGEST_SETTLING_MS)
  }

  /** The first readable book that converts. */
  #conversion(route: Route): Conversion | 'unreadable' | undefined {
    if (route.conversions === undefined) return undefined
    for (const { leg, isSale } of route.conversions) {
      const { book } = leg
      const levels = isSale ? book?.bids : book?.asks
      if (levels !== undefined && levels.length > 0) return { levels, isSale, takerFee: leg.market.takerFee }
    }
    return 'unreadable'
  }

  /** Puts both sides where a walk finds them; false: one cannot be read. */
  #load({ buy, sell }: Route): boolean {
    const asks = buy.book?.asks
    const bids = sell.book?.bids
    if (asks === undefined || bids === undefined || asks.length === 0 || bids.length === 0) return false
    this.#buySide = fill(this.#buySide, asks, buy)
    this.#sellSide = fill(this.#sellSide, bids, sell)
    return true
  }
}

function isReadable({ buy, sell }: Route): boolean {
  return buy.book !== undefined && sell.book !== undefined
}

function addConversion(route: Route, leg: Leg): void {
  const { instrument } = leg.market.state
  const way = conversionBy(instrument, route.sell.market.state.instrument.quote, route.buy.market.state.instrument.quote)
  if (way !== undefined) route.conversions?.push({ leg, isSale: way === 'sale' })
}

function fill(side: MutableSide | undefined, levels: BookSide, { market }: Leg): MutableSide {
  const { multiplier } = market.state.instrument
  const { takerFee } = market
  if (side === undefined) return { levels, multiplier, takerFee }
  side.levels = levels
  side.multiplier = multiplier
  side.takerFee = takerFee
  return side
}
