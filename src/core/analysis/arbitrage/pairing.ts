import { compareInstruments, conversionBy } from './comparable.js'
import type { ArbitrageMarket, ArbitrageSettings } from './contract.js'
import { Leg, Route } from './route.js'
import type { Conversion } from './walk.js'

type Choice = Pick<ArbitrageSettings, 'isCrossKind' | 'isCrossQuote'>

/** Which books are held against each other, both ways, and by which others their money is converted. */
export class Pairing {
  readonly routes: Route[] = []
  readonly #choice: Choice
  readonly #legs: Leg[] = []

  constructor(choice: Choice) {
    this.#choice = choice
  }

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

  /** All books that are comparable with either leg, both among them. */
  groupOf(route: Route): readonly Leg[] {
    route.group ??= this.#legs.filter((leg) => isComparable(leg, route.buy) || isComparable(leg, route.sell))
    return route.group
  }

  #pair(leg: Leg, other: Leg): void {
    const a = leg.market.state.instrument
    const b = other.market.state.instrument
    const comparison = compareInstruments(a, b, this.#choice)
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
}

/** The first readable book that converts; `undefined`: nothing is to be converted. */
export function conversionOf({ conversions }: Route): Conversion | 'unreadable' | undefined {
  if (conversions === undefined) return undefined
  for (const { leg, isSale } of conversions) {
    const { book } = leg
    const levels = isSale ? book?.bids : book?.asks
    if (levels !== undefined && levels.length > 0) return { levels, isSale, takerFee: leg.market.takerFee }
  }
  return 'unreadable'
}

function isComparable(leg: Leg, other: Leg): boolean {
  return leg === other || leg.routes.some((route) => route.buy === other || route.sell === other)
}

function addConversion(route: Route, leg: Leg): void {
  const { instrument } = leg.market.state
  const way = conversionBy(instrument, route.sell.market.state.instrument.quote, route.buy.market.state.instrument.quote)
  if (way !== undefined) route.conversions?.push({ leg, isSale: way === 'sale' })
}
