import { deviation, mean } from '../analysis/statistics.js'
import { correlationOf } from '../analysis/statistics-rolling.js'
import { type Analysis, defineStrategy, type View } from './contract.js'
import { riskParameters } from './risk.js'
import { known, type Rule, RuleRun, share } from './rule.js'
import { changes, type Fault, faultOfDaily, faultOfNewest, joinByDate, logReturns } from './window.js'

interface Settings {
  readonly lookback_days: number
  readonly 'correlation_thresholds.strong_negative': number
  readonly 'correlation_thresholds.strong_positive': number
  readonly vix_deviation: number
}

/** Days that both markets trade: the returns are of those. */
const TRADING_DAYS_A_YEAR = 252

/**
 * Trades the pull of a VIX far from its mean on an asset that moves with it.
 *
 * ρ is Pearson's correlation of the asset's log returns with the changes of VIX in points, over the last `lookback_days` days that both
 * have (inner join of closes by date, so that Monday spans the weekend). z is how many sample standard deviations the newest VIX lies
 * from the mean of those days. Where ρ ≤ `strong_negative` or ρ ≥ `strong_positive`, and |z| ≥ `vix_deviation`, the move to expect has the
 * sign of −z · ρ: above 0 long, below short. Out when ρ is no longer beyond its threshold, or VIX has come back to its mean.
 *
 * Strength: where |ρ| lies between its threshold and 1. Confidence: |ρ|.
 *
 * Sources: VIX returns to its mean (Whaley, Understanding the VIX, Journal of Portfolio Management 35(3), 2009); its correlation with
 * crypto returns comes and goes (Akyildirim and others, The relationship between implied volatility and cryptocurrency returns, Finance
 * Research Letters 33, 2020). Assumed: the window's correlation lasts as long as the trade, and VIX's way back is not in the price yet.
 * A correlation of moves at the same time forecasts nothing by itself.
 */
class VixCorrelation implements Rule {
  readonly #settings: Settings
  readonly #closes: Float64Array
  readonly #levels: Float64Array
  readonly #returns: Float64Array
  readonly #changes: Float64Array
  direction = 0
  silence = ''
  strength = 0
  volatility = Number.NaN
  #correlation = Number.NaN
  #z = Number.NaN
  #vix = Number.NaN
  #date = Number.NaN

  constructor(settings: Settings) {
    const days = settings.lookback_days
    this.#settings = settings
    this.#closes = new Float64Array(days + 1)
    this.#levels = new Float64Array(days + 1)
    this.#returns = new Float64Array(days)
    this.#changes = new Float64Array(days)
  }

  get confidence(): number {
    return Math.min(1, Math.abs(this.#correlation))
  }

  measure(view: View): Fault | undefined {
    const daily = view.series('daily')
    const values = view.macro('VIX')
    this.#correlation = this.#z = this.#vix = this.#date = this.volatility = Number.NaN
    const fault = faultOfNewest(values, view.time) ?? faultOfDaily(daily, view.time)
    if (fault !== undefined) return fault
    this.#vix = values.value(0)
    this.#date = values.date(0)
    const levels = this.#levels
    const missing = joinByDate(daily, values, this.#closes, levels)
    if (missing !== undefined) return missing
    logReturns(this.#closes, this.#returns)
    this.#correlation = correlationOf(this.#returns, changes(levels, this.#changes))
    this.#z = ((levels[levels.length - 1] as number) - mean(levels)) / deviation(levels, 1)
    this.volatility = deviation(this.#returns, 1) * Math.sqrt(TRADING_DAYS_A_YEAR)
    this.#judge()
    return undefined
  }

  keeps(held: number): boolean {
    return this.#strongSign() * -Math.sign(this.#z) === held
  }

  entryReason(): string {
    return `${this.#numbers()}: ${this.direction > 0 ? 'up' : 'down'} with VIX's way back`
  }

  exitReason(): string {
    return this.#strongSign() === 0 ? `${this.#numbers()}: no longer correlated` : `${this.#numbers()}: VIX is back`
  }

  analysis(): Analysis {
    return {
      correlation: known(this.#correlation),
      vix: known(this.#vix),
      vix_z: known(this.#z),
      vix_date: Number.isNaN(this.#date) ? null : new Date(this.#date).toISOString().slice(0, 10),
      volatility: known(this.volatility),
    }
  }

  #judge(): void {
    const sign = this.#strongSign()
    const isFar = Math.abs(this.#z) >= this.#settings.vix_deviation
    this.direction = sign !== 0 && isFar ? sign * -Math.sign(this.#z) : 0
    this.silence = this.#whyNeither(sign)
    const threshold = this.#settings[sign < 0 ? STRONG_NEGATIVE : STRONG_POSITIVE]
    this.strength = share((Math.abs(this.#correlation) - Math.abs(threshold)) / (1 - Math.abs(threshold)))
  }

  #whyNeither(sign: number): string {
    if (Number.isNaN(this.#correlation)) return 'the price or VIX has not moved in the look-back: there is no correlation'
    return sign === 0 ? 'the correlation lies between its thresholds' : 'VIX lies near its mean'
  }

  /** Sign of a correlation beyond its threshold, else 0; an undefined one is beyond none. */
  #strongSign(): number {
    if (this.#correlation <= this.#settings[STRONG_NEGATIVE]) return -1
    return this.#correlation >= this.#settings[STRONG_POSITIVE] ? 1 : 0
  }

  #numbers(): string {
    return `correlation ${this.#correlation.toFixed(2)}, VIX ${this.#vix.toFixed(2)} (z ${this.#z.toFixed(2)})`
  }
}

const STRONG_NEGATIVE = 'correlation_thresholds.strong_negative'
const STRONG_POSITIVE = 'correlation_thresholds.strong_positive'

export const vixCorrelation = defineStrategy({
  name: 'vix-correlation',
  description: 'Trades the way back of a VIX far from its mean, on assets that are strongly correlated with it',
  parameters: {
    lookback_days: {
      kind: 'integer',
      unit: 'days that both markets traded',
      min: 5,
      max: 500,
      default: 30,
      description: 'window of correlation and mean',
    },
    [STRONG_NEGATIVE]: {
      kind: 'number',
      unit: '',
      min: -0.99,
      max: 0,
      default: -0.6,
      description: 'correlation to act at, or below',
    },
    [STRONG_POSITIVE]: {
      kind: 'number',
      unit: '',
      min: 0,
      max: 0.99,
      default: 0.6,
      description: 'correlation to act at, or above',
    },
    vix_deviation: {
      kind: 'number',
      unit: 'standard deviations',
      min: 0.1,
      max: 10,
      default: 1,
      description: 'distance of VIX from its mean to enter at',
    },
    short: { kind: 'boolean', default: true, description: 'also go short' },
    ...riskParameters({ positionSize: 0.02, stopLoss: 0.05, volatilityTarget: 0.6 }),
  },
  needs: () => ({ series: { daily: { interval: '1d' } }, macro: ['VIX'] }),
  // A week has at least four trading days, but for one or two in a century; a value is known up to three weeks after its date.
  warmup: ({ lookback_days }) => Math.ceil(1.75 * (lookback_days + 1)) + 21,
  create: (parameters) => new RuleRun(new VixCorrelation(parameters), { parameters, mayShort: parameters.short }),
})
