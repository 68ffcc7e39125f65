import { deviation } from '../analysis/statistics.js'
import { intervalMs } from '../market/interval.js'
import { DAY_MS, YEAR_MS } from '../market/time.js'
import { type Analysis, type Bars, defineStrategy, type View } from './contract.js'
import { reaches, riskParameters } from './risk.js'
import { known, percent, type Rule, RuleRun, share } from './rule.js'
import { FAULTS, type Fault, logReturns, readCloses } from './window.js'

interface Settings {
  readonly lookback_bars: number
  readonly volume_ratio: number
  readonly min_move: number
  readonly hold_bars: number
}

/**
 * Goes with a bar of unusual volume.
 *
 * v = volume of the bar / mean volume of the `lookback_bars` bars before it, which are without it; m = close / close before − 1. Long when
 * v ≥ `volume_ratio` and m ≥ `min_move`, with `short` also short when m ≤ −`min_move`; out after `hold_bars` bars, on a spike the other
 * way, or at the stop.
 *
 * Strength: v / volume_ratio − 1. Confidence: 1 − 1 / v, the share of the bar's volume that is beyond the usual.
 *
 * Source: prices of shares with unusually high volume rise over the weeks that follow (Gervais, Kaniel and Mingelgrin, The High-Volume
 * Return Premium, Journal of Finance 56(3), 2001). Assumed: it holds for crypto assets and for the length of a bar, and goes the way of the
 * bar. Needs the volume that was traded in each bar: a rolling 24 h figure, as CoinGecko's samples have, is none.
 */
class VolumeSpike implements Rule {
  readonly #settings: Settings
  readonly #closes: Float64Array
  readonly #returns: Float64Array
  direction = 0
  silence = ''
  volatility = Number.NaN
  #ratio = Number.NaN
  #move = Number.NaN

  constructor(settings: Settings) {
    this.#settings = settings
    this.#closes = new Float64Array(settings.lookback_bars + 1)
    this.#returns = new Float64Array(settings.lookback_bars)
  }

  get strength(): number {
    return share(this.#ratio / this.#settings.volume_ratio - 1)
  }

  get confidence(): number {
    return share(1 - 1 / this.#ratio)
  }

  measure({ bars }: View): Fault | undefined {
    const closes = this.#closes
    const n = closes.length
    this.#ratio = this.#move = this.volatility = Number.NaN
    this.direction = 0
    const fault = readCloses(bars, closes)
    if (fault !== undefined) return fault
    this.#ratio = ratioOf(bars, n - 1)
    if (Number.isNaN(this.#ratio)) return FAULTS.noVolume
    this.#move = (closes[n - 1] as number) / (closes[n - 2] as number) - 1
    this.volatility = deviation(logReturns(closes, this.#returns), 1) * Math.sqrt(YEAR_MS / stepOf(bars))
    const isSpike = reaches(this.#ratio, this.#settings.volume_ratio)
    this.direction = isSpike && reaches(Math.abs(this.#move), this.#settings.min_move) ? Math.sign(this.#move) : 0
    this.silence = isSpike ? 'volume without a move of min_move' : 'the volume lies below volume_ratio'
    return undefined
  }

  keeps(held: number, view: View): boolean {
    return this.direction !== -held && !this.isOver(view)
  }

  isOver({ time, position, bars }: View): boolean {
    return time - position.entryTime >= this.#settings.hold_bars * stepOf(bars)
  }

  entryReason(): string {
    return `${this.#ratio.toFixed(1)} times the usual volume, price ${percent(this.#move)}`
  }

  exitReason(held: number): string {
    return this.direction === -held ? this.entryReason() : `held for ${this.#settings.hold_bars} bars`
  }

  analysis(): Analysis {
    return { volume_ratio: known(this.#ratio), move: known(this.#move), volatility: known(this.volatility) }
  }
}

/** Volume of the newest bar to the mean of the `count` before; NaN where one is not known, or none was traded. */
function ratioOf(bars: Bars, count: number): number {
  let sum = 0
  for (let back = count; back > 0; back--) sum += bars.volume(back)
  return sum > 0 ? bars.volume(0) / (sum / count) : Number.NaN
}

function stepOf({ interval }: Bars): number {
  return intervalMs(interval) ?? DAY_MS
}

export const volumeSpike = defineStrategy({
  name: 'volume-spike',
  description: 'Goes with a bar of unusually high volume for some bars; needs candles of an exchange',
  parameters: {
    lookback_bars: { kind: 'integer', unit: 'bars', min: 3, max: 5000, default: 20, description: 'bars of the usual volume' },
    volume_ratio: {
      kind: 'number',
      unit: 'times',
      min: 1.01,
      max: 1000,
      default: 2.5,
      description: 'volume to enter at, to the usual',
    },
    min_move: { kind: 'number', unit: 'fraction', min: 0, max: 1, default: 0.01, description: 'smallest move of the bar' },
    hold_bars: { kind: 'integer', unit: 'bars', min: 1, max: 5000, default: 5, description: 'bars to hold' },
    short: { kind: 'boolean', default: false, description: 'also go with falls' },
    ...riskParameters({ positionSize: 0.02, stopLoss: 0.05, volatilityTarget: 0.6 }),
  },
  needs: () => ({ volume: true }),
  warmup: ({ lookback_bars }) => lookback_bars + 1,
  create: (parameters) =>
    new RuleRun(new VolumeSpike(parameters), {
      parameters,
      mayShort: parameters.short,
      holdsFor: ({ bars }) => parameters.hold_bars * stepOf(bars),
    }),
})
