import type { ArbitrageSettings, ClosedOpportunity, CloseReason, Finding, Gate, Opportunity } from './contract.js'
import { opportunityId } from './id.js'
import { Life } from './life.js'
import type { Leg, Route } from './route.js'

export interface DetectorHost {
  opened(opportunity: Opportunity): void
  closed(opportunity: ClosedOpportunity): void
}

/** How long one leg's next message is waited for where no age is too great. */
const LONGEST_SETTLING_MS = 1_000

/** Which routes have an opportunity, from its opening until its end is told. */
export class Lives {
  readonly #settings: ArbitrageSettings
  readonly #host: DetectorHost
  readonly #isEnough: (profit: number) => boolean
  readonly #open = new Set<Route>()
  readonly #patience: number

  /** `isEnough`: whether so much of the price is worth it. */
  constructor(settings: ArbitrageSettings, host: DetectorHost, isEnough: (profit: number) => boolean) {
    this.#settings = settings
    this.#host = host
    this.#isEnough = isEnough
    this.#patience = Math.min(settings.maxAgeMs, LONGEST_SETTLING_MS)
  }

  begin(route: Route, finding: Finding, changed: Leg): void {
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
    step(route, life, changed === route.buy ? route.sell : route.buy)
    step(route, life, changed)
    const { id, type } = life.start
    this.#host.opened({ id, type, base, quote, openedAt: finding.at, opened: finding, peak: finding })
  }

  /** What the leg's exchange says now, for the order by its own time; the last word on what has closed. */
  note(route: Route, changed: Leg, nowMs: number): void {
    if (route.life !== undefined) step(route, route.life, changed)
    const { settling } = route
    if (settling === undefined) return
    if (settling.leg === changed) step(route, settling.life, changed)
    if (settling.leg === changed || nowMs - settling.life.closedAt > this.#patience) this.#settle(route)
  }

  /** The price alone no longer pays. */
  end(route: Route, nowMs: number, changed: Leg): void {
    if (route.life !== undefined) this.#close(route, route.life, nowMs, 'price', changed)
  }

  /** What the price would have allowed is not told. */
  refuse(route: Route, gate: Gate, nowMs: number): void {
    route.refused[gate] += 1
    const { life } = route
    if (life === undefined) return
    // An unreadable book says nothing; the other gates may open again with the next message.
    if (gate === 'unreadable' || nowMs - life.confirmedAt > this.#patience) this.#close(route, life, life.confirmedAt, gate)
  }

  /** Ends what cannot be told any longer. */
  expire(nowMs: number): void {
    if (this.#open.size === 0) return
    for (const route of this.#open) {
      const { life, settling } = route
      if (settling !== undefined && nowMs - settling.life.closedAt > this.#patience) this.#settle(route)
      if (life === undefined) continue
      if (!isReadable(route)) this.#close(route, life, life.confirmedAt, 'unreadable')
      else if (nowMs - life.confirmedAt > this.#settings.maxAgeMs) this.#close(route, life, life.confirmedAt, 'age')
    }
  }

  /** Ends what stood on a book that cannot be read. */
  endUnreadable(): void {
    for (const route of this.#open) {
      const { life } = route
      if (life !== undefined && !isReadable(route)) this.#close(route, life, life.confirmedAt, 'unreadable')
    }
  }

  endAll(nowMs: number): void {
    for (const route of this.#open) {
      if (route.life !== undefined) this.#close(route, route.life, Math.min(nowMs, route.life.confirmedAt), 'end')
      this.#settle(route)
    }
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
}

function step(route: Route, life: Life, leg: Leg): void {
  const { sync, instrument } = leg.market.state
  const side = leg === route.buy ? 'buy' : 'sell'
  const levels = side === 'buy' ? leg.book?.asks : leg.book?.bids
  if (levels !== undefined) life.order.add(side, sync.timestamp, levels.price(0) / instrument.multiplier)
}

function isReadable({ buy, sell }: Route): boolean {
  return buy.book !== undefined && sell.book !== undefined
}
