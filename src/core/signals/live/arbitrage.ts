import { type ArbitrageMarket, DEFAULT_ARBITRAGE, type Finding } from '../../analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../analysis/arbitrage/detector.js'
import type { Leg, Route } from '../../analysis/arbitrage/route.js'
import { ARBITRAGE, type ArbitrageTriggerSettings } from '../../strategies/triggers.js'
import { type LiveSaying, nameOf, type Place, type SignalDesk, share } from './contract.js'

const NOBODY = { opened: () => undefined, closed: () => undefined }

/**
 * Signals from the detector of opportunities, which looks from `exit_bps` on: one opens when the net profit over the whole size that it finds
 * reaches `entry_bps`, and is over when the best levels pay less than `exit_bps`. Where a gate of the detector (age, skew, a lost book, …) keeps it
 * from telling, the signal is suspended, and what is found again within its life is still the same signal. Confidence is the detector's.
 * Strength: net profit / entry_bps − 1.
 */
export class ArbitrageSignals {
  readonly #settings: ArbitrageTriggerSettings
  readonly #desk: SignalDesk
  readonly #detector: ArbitrageDetector
  readonly #places = new Map<Leg, Place>()
  readonly #said = new Set<Route>()

  constructor(settings: ArbitrageTriggerSettings, latencyMs: number, desk: SignalDesk) {
    this.#settings = settings
    this.#desk = desk
    this.#detector = new ArbitrageDetector(
      {
        ...DEFAULT_ARBITRAGE,
        minProfitBps: settings.exit_bps,
        maxNotional: settings.max_notional,
        maxAgeMs: settings.max_age_ms,
        maxSkewMs: settings.max_skew_ms,
        isCrossKind: settings.cross_kind,
        latencyMs,
      },
      NOBODY,
    )
  }

  add(market: ArbitrageMarket, place: Place): Leg {
    const leg = this.#detector.add(market)
    this.#places.set(leg, place)
    return leg
  }

  /** Hot: the leg's book has changed, ms by the stamp of the record. */
  changed(leg: Leg, nowMs: number): void {
    this.#detector.advance(nowMs)
    this.#detector.changed(leg, nowMs)
    const { routes } = leg
    for (let i = 0; i < routes.length; i++) {
      const route = routes[i] as Route
      if (route.life !== undefined && !this.#said.has(route)) this.#mayBegin(route, route.life.peak, nowMs)
    }
    if (this.#said.size > 0) this.#tend(nowMs)
  }

  /** A book may have been lost. */
  lost(nowMs: number): void {
    this.#detector.lost()
    if (this.#said.size > 0) this.#tend(nowMs)
  }

  #mayBegin(route: Route, { netBps, netProfit, confidence, buy, sell, quantity }: Finding, nowMs: number): void {
    const { entry_bps, hold_s, position_size } = this.#settings
    if (netBps < entry_bps) return
    const market = this.#places.get(route.buy)
    const counter = this.#places.get(route.sell)
    if (market === undefined || counter === undefined) return
    this.#said.add(route)
    const saying: LiveSaying = {
      ...{ strategy: ARBITRAGE.name, market, counter, signal: 'long', confidence, size: position_size * confidence },
      strength: entry_bps > 0 ? share(netBps / entry_bps - 1) : 1,
      ...{ value: netBps, threshold: entry_bps, holdMs: hold_s * 1_000 },
      timestamp: Math.max(buy.timestamp ?? 0, sell.timestamp ?? 0) || null,
      reason: `${plain(quantity)} at ${plain(buy.vwap)} on ${buy.exchange} against ${plain(sell.vwap)} on ${sell.exchange}: ${netBps.toFixed(1)} bps, ${netProfit.toFixed(2)} after fees`,
    }
    this.#desk.hold(holderOf(market, counter), saying, nowMs)
  }

  #tend(nowMs: number): void {
    const { name } = ARBITRAGE
    for (const route of this.#said) {
      const holder = this.#holder(route)
      if (route.life !== undefined) {
        this.#desk.resume(name, holder, nowMs)
        continue
      }
      const { gate, finding, netBps } = this.#detector.assess(route, nowMs)
      if (gate !== undefined) this.#desk.suspend(name, holder, nowMs, GATE_TEXTS[gate] ?? gate)
      else if (finding === undefined) {
        this.#said.delete(route)
        this.#desk.release(name, holder, nowMs, 'exit', `${(netBps ?? 0).toFixed(1)} bps are left`)
      }
    }
  }

  #holder({ buy, sell }: Route): string {
    const market = this.#places.get(buy)
    const counter = this.#places.get(sell)
    return market === undefined || counter === undefined ? '' : holderOf(market, counter)
  }
}

const GATE_TEXTS: Readonly<Record<string, string>> = {
  unreadable: 'a book of it is lost',
  age: 'a book of it is too old',
  skew: 'its two books are too far apart in time',
  depth: 'the best levels are beyond what is known',
  'not-trading': 'a market of it is not trading',
  deviation: 'a price of it is far from all others',
  'too-small': 'what pays is less than the smallest order',
}

/** Without what adding up left behind. */
function plain(value: number): string {
  return String(Number(value.toPrecision(10)))
}

function holderOf(market: Place, counter: Place): string {
  return `${nameOf(market)} ${nameOf(counter)}`
}
