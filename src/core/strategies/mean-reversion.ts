import { deviation, mean } from '../analysis/statistics.js'
import { DAY_MS } from '../market/time.js'
import { type Analysis, defineStrategy, type View } from './contract.js'
import { reaches, riskParameters } from './risk.js'
import { known, percent, type Rule, RuleRun, share } from './rule.js'
import { type Fault, faultOfDaily, faultOfNewest, logReturns, readCloses } from './window.js'

interface Settings {
  readonly vix_spike_threshold: number
  readonly drawdown_threshold: number
  readonly lookback_days: number
}

const DAYS_A_YEAR = 365

/**
 * Buys what was sold in a panic.
 *
 * d = 1 − close / highest of the last `lookback_days` closes, z = (close − their mean) / their sample standard deviation, both of daily
 * closes with the newest included. Long when VIX ≥ `vix_spike_threshold` and d ≥ `drawdown_threshold`; out when z ≥ 0 (the close is back
 * at its mean), after `lookback_days` days, or at the stop. Never short.
 *
 * Strength: d / threshold − 1. Confidence: 1 − ½ · (threshold / VIX) · (threshold / d), 0.5 at both thresholds.
 *
 * Source: what reversal earns is the pay for providing liquidity, and that grows with VIX (Nagel, Evaporating Liquidity, Review of Financial
 * Studies 25(7), 2012, on shares). Assumed: the same holds for crypto assets when fear at the stock market is high. A fall with a
 * cause of its own does not come back: that is what the stop is for.
 */
class MeanReversion implements Rule {
  readonly #settings: Settings
  readonly #closes: Float64Array
  readonly #returns: Float64Array
  direction = 0
  silence = ''
  volatility = Number.NaN
  #vix = Number.NaN
  #drawdown = Number.NaN
  #z = Number.NaN

  constructor(settings: Settings) {
    this.#settings = settings
    this.#closes = new Float64Array(settings.lookback_days)
    this.#returns = new Float64Array(settings.lookback_days - 1)
  }

  get strength(): number {
    return share(this.#drawdown / this.#settings.drawdown_threshold - 1)
  }

  get confidence(): number {
    const { vix_spike_threshold: vix, drawdown_threshold: drawdown } = this.#settings
    return share(1 - (0.5 * vix * drawdown) / (this.#vix * this.#drawdown))
  }

  measure(view: View): Fault | undefined {
    const daily = view.series('daily')
    const values = view.macro('VIX')
    this.#vix = this.#drawdown = this.#z = this.volatility = Number.NaN
    this.direction = 0
    const closes = this.#closes
    const fault = faultOfDaily(daily, view.time) ?? readCloses(daily, closes)
    if (fault !== undefined) return fault
    const close = closes[closes.length - 1] as number
    let highest = 0
    for (let i = 0; i < closes.length; i++) highest = Math.max(highest, closes[i] as number)
    this.#drawdown = 1 - close / highest
    const sd = deviation(closes, 1)
    this.#z = sd > 0 ? (close - mean(closes)) / sd : 0
    this.volatility = deviation(logReturns(closes, this.#returns), 1) * Math.sqrt(DAYS_A_YEAR)
    const blind = faultOfNewest(values, view.time)
    if (blind !== undefined) return blind
    this.#vix = values.value(0)
    const isFear = this.#vix >= this.#settings.vix_spike_threshold
    this.direction = isFear && reaches(this.#drawdown, this.#settings.drawdown_threshold) ? 1 : 0
    this.silence = isFear ? 'the fall is smaller than drawdown_threshold' : 'VIX lies below vix_spike_threshold'
    return undefined
  }

  keeps(_held: number, view: View): boolean {
    return !this.isOver(view)
  }

  /** Neither way out asks for VIX. */
  isOver(view: View): boolean {
    return this.#z >= 0 || this.#isLate(view)
  }

  entryReason(): string {
    const { lookback_days: days } = this.#settings
    return `VIX ${this.#vix.toFixed(2)}, ${percent(this.#drawdown)} below the highest close of ${days} days`
  }

  exitReason(): string {
    const days = this.#settings.lookback_days
    return this.#z >= 0 ? `back at the mean of ${days} days (z ${this.#z.toFixed(2)})` : `held for ${days} days`
  }

  analysis(): Analysis {
    const [vix, drawdown, z, volatility] = [this.#vix, this.#drawdown, this.#z, this.volatility].map(known)
    return { vix: vix ?? null, drawdown: drawdown ?? null, z: z ?? null, volatility: volatility ?? null }
  }

  #isLate(view: View): boolean {
    return view.time - view.position.entryTime >= this.#settings.lookback_days * DAY_MS
  }
}

export const meanReversion = defineStrategy({
  name: 'mean-reversion',
  description: 'Buys a deep fall while VIX is high, sells when the price is back at its mean',
  parameters: {
    vix_spike_threshold: { kind: 'number', unit: 'points', min: 1, max: 150, default: 25, description: 'VIX that counts as fear' },
    drawdown_threshold: {
      kind: 'number',
      unit: 'fraction',
      min: 0.001,
      max: 0.95,
      default: 0.1,
      description: 'fall from the highest close to buy at',
    },
    lookback_days: {
      kind: 'integer',
      unit: 'days',
      min: 3,
      max: 500,
      default: 14,
      description: 'window, and longest time to hold',
    },
    ...riskParameters({ positionSize: 0.025, stopLoss: 0.05, volatilityTarget: 0.6 }),
  },
  needs: () => ({ series: { daily: { interval: '1d' } }, macro: ['VIX'] }),
  warmup: ({ lookback_days }) => lookback_days + 1,
  create: (parameters) =>
    new RuleRun(new MeanReversion(parameters), {
      parameters,
      mayShort: false,
      holdsFor: () => parameters.lookback_days * DAY_MS,
    }),
})
