import type { BookSide } from '../../book/book-side.js'
import type { ArbitrageSettings, Finding, Gate } from './contract.js'
import { deviationBps, findingOf, isOrderable, wholeLots } from './find.js'
import { conversionOf, type Pairing } from './pairing.js'
import type { Leg, Route } from './route.js'
import { type Conversion, rateAt, type TakenSide, Walk, walkBooks } from './walk.js'

interface MutableSide extends TakenSide {
  levels: BookSide
  multiplier: number
  takerFee: number
}

/** What one route offers at one moment. It is used again for each look: where nothing pays, nothing is allocated. */
export class Offer {
  readonly walk = new Walk()
  readonly #settings: ArbitrageSettings
  readonly #pairing: Pairing
  readonly #limits
  #conversion: Conversion | undefined
  #buySide: MutableSide | undefined
  #sellSide: MutableSide | undefined

  constructor(settings: ArbitrageSettings, pairing: Pairing) {
    this.#settings = settings
    this.#pairing = pairing
    this.#limits = {
      minProfit: settings.minProfitBps / 10_000,
      maxNotional: settings.maxNotional,
      maxQuantity: Number.POSITIVE_INFINITY,
    }
  }

  /** Net profit of the best levels by their own price, a fraction; `undefined`: a book cannot be read. */
  topProfit(route: Route): number | undefined {
    const conversion = conversionOf(route)
    if (conversion === 'unreadable' || !this.#load(route)) return undefined
    this.#conversion = conversion
    const buy = this.#buySide as TakenSide
    const sell = this.#sellSide as TakenSide
    const ask = buy.levels.price(0) / buy.multiplier
    const bid = sell.levels.price(0) / sell.multiplier
    const rate = conversion === undefined ? 1 : rateAt(conversion, conversion.levels.price(0))
    return (bid * (1 - sell.takerFee) * rate) / ask - (1 + buy.takerFee)
  }

  isEnough(profit: number): boolean {
    return profit > 0 && profit >= this.#limits.minProfit
  }

  /** Walks the route of the last `topProfit` as far as it pays; the gate that refuses it. */
  refusal(route: Route, nowMs: number): Gate | undefined {
    return this.#gate(route, nowMs) ?? this.#walkOut(route)
  }

  /** What the last `refusal` walked, when nothing refused it. */
  finding(route: Route, nowMs: number): Finding | undefined {
    return findingOf(route, this.walk, this.#conversion, nowMs, this.#settings)
  }

  #gate(route: Route, nowMs: number): Gate | undefined {
    const { maxAgeMs, maxSkewMs, maxDeviationBps } = this.#settings
    const { buy, sell } = route
    const conversion = this.#conversion
    if (buy.market.state.instrument.isTrading === false || sell.market.state.instrument.isTrading === false) return 'not-trading'
    const oldest = Math.min(buy.moment, sell.moment)
    if (nowMs - oldest > maxAgeMs) return 'age'
    if (Math.abs(buy.moment - sell.moment) > maxSkewMs) return 'skew'
    const isTrusted = buy.book?.asks.isTopTrusted() === true && sell.book?.bids.isTopTrusted() === true
    if (!isTrusted || conversion?.levels.isTopTrusted() === false) return 'depth'
    if (conversion !== undefined) return undefined
    return deviationBps(route, this.#pairing.groupOf(route)) > maxDeviationBps ? 'deviation' : undefined
  }

  /** In whole lots. */
  #walkOut(route: Route): Gate | undefined {
    const { walk } = this
    const buy = this.#buySide as TakenSide
    const sell = this.#sellSide as TakenSide
    walkBooks(walk, buy, sell, this.#conversion, this.#limits)
    const whole = wholeLots(route, walk.quantity)
    if (whole < walk.quantity) walkBooks(walk, buy, sell, this.#conversion, { ...this.#limits, maxQuantity: whole })
    return isOrderable(route, walk) ? undefined : 'too-small'
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

function fill(side: MutableSide | undefined, levels: BookSide, { market }: Leg): MutableSide {
  const { multiplier } = market.state.instrument
  const { takerFee } = market
  if (side === undefined) return { levels, multiplier, takerFee }
  side.levels = levels
  side.multiplier = multiplier
  side.takerFee = takerFee
  return side
}
