import { deviation, normalCdf } from '../analysis/statistics.js'
import { type Analysis, defineStrategy, type View } from './contract.js'
import { reaches, riskParameters } from './risk.js'
import { known, percent, type Rule, RuleRun, share } from './rule.js'
import { type Fault, faultOfDaily, logReturns, readCloses } from './window.js'

interface Settings {
  readonly lookback_days: number
  readonly entry_return: number
}

const DAYS_A_YEAR = 365

/**
 * Time-series momentum, scaled by volatility: goes with what the asset itself has done.
 *
 * r = close / close `lookback_days` days before − 1, σ = sample standard deviation of the daily log returns between. Long when
 * r ≥ `entry_return`, short when r ≤ −`entry_return`, out when r has lost its sign; the size is target / (σ · √365), settled at the entry.
 *
 * Strength: |r| / entry_return − 1. Confidence: 2 Φ(|ln(1 + r)| / (σ √lookback)) − 1, the chance that a walk without a drift of this volatility
 * stays within the move.
 *
 * Sources: Moskowitz, Ooi and Pedersen, Time series momentum, Journal of Financial Economics 104, 2012 (futures, 12 months); Liu and
 * Tsyvinski, Risks and Returns of Cryptocurrency, Review of Financial Studies 34, 2021 (crypto, 1 to 4 weeks). Assumed: the four weeks
 * that were found until 2018 still hold; positions are not resized while they stand.
 */
class Momentum implements Rule {
  readonly #settings: Settings
  readonly #closes: Float64Array
  readonly #returns: Float64Array
  readonly silence = 'the move is smaller than entry_return'
  direction = 0
  volatility = Number.NaN
  #return = Number.NaN

  constructor(settings: Settings) {
    this.#settings = settings
    this.#closes = new Float64Array(settings.lookback_days + 1)
    this.#returns = new Float64Array(settings.lookback_days)
  }

  get strength(): number {
    return share(Math.abs(this.#return) / this.#settings.entry_return - 1)
  }

  get confidence(): number {
    const walk = (this.volatility / Math.sqrt(DAYS_A_YEAR)) * Math.sqrt(this.#settings.lookback_days)
    return walk > 0 ? share(2 * normalCdf(Math.abs(Math.log1p(this.#return)) / walk) - 1) : 0
  }

  measure(view: View): Fault | undefined {
    const daily = view.series('daily')
    const closes = this.#closes
    this.#return = this.volatility = Number.NaN
    const fault = faultOfDaily(daily, view.time) ?? readCloses(daily, closes)
    if (fault !== undefined) return fault
    this.#return = (closes[closes.length - 1] as number) / (closes[0] as number) - 1
    this.volatility = deviation(logReturns(closes, this.#returns), 1) * Math.sqrt(DAYS_A_YEAR)
    this.direction = reaches(Math.abs(this.#return), this.#settings.entry_return) ? Math.sign(this.#return) : 0
    return undefined
  }

  keeps(held: number): boolean {
    return Math.sign(this.#return) === held
  }

  entryReason(): string {
    return `${percent(this.#return)} in ${this.#settings.lookback_days} days at a volatility of ${percent(this.volatility)} a year`
  }

  exitReason(): string {
    return `${percent(this.#return)} in ${this.#settings.lookback_days} days: the trend is over`
  }

  analysis(): Analysis {
    return { momentum: known(this.#return), volatility: known(this.volatility) }
  }
}

export const momentum = defineStrategy({
  name: 'momentum',
  description: 'Goes with the return of the last weeks, smaller where volatility is high',
  parameters: {
    lookback_days: {
      kind: 'integer',
      unit: 'days',
      min: 3,
      max: 1000,
      default: 28,
      description: 'window of return and volatility',
    },
    entry_return: { kind: 'number', unit: 'fraction', min: 0.0001, max: 10, default: 0.05, description: 'move to enter at' },
    short: { kind: 'boolean', default: true, description: 'also go short' },
    ...riskParameters({ positionSize: 0.02, stopLoss: 0, volatilityTarget: 0.4 }),
  },
  needs: () => ({ series: { daily: { interval: '1d' } } }),
  warmup: ({ lookback_days }) => lookback_days + 1,
  create: (parameters) => new RuleRun(new Momentum(parameters), { parameters, mayShort: parameters.short }),
})
