import { mean } from '../../analysis/statistics.js'
import { VOLUME_SPIKE, type VolumeSpikeSettings } from '../../strategies/triggers.js'
import { nameOf, type Place, type SignalDesk, share } from './contract.js'

/** What was traded in one interval. Volume in base units; prices NaN where nothing was. */
export interface TradedInterval {
  readonly open: number
  readonly close: number
  readonly volume: number
  /** Exchange's time of its last trade, ms. */
  readonly timestamp: number | null
  /** Why it is not known whole. */
  readonly doubt: string | undefined
}

/**
 * The rule of the strategy `volume-spike` on intervals of the feed: v = volume / mean volume of the `lookback` whole intervals before, which are
 * without it, m = close / close before − 1. Long or short with m where v ≥ `volume_ratio` and |m| ≥ `min_move_bps`; over at v ≤ `exit_ratio`, or
 * with a spike the other way. An interval of which anything was not seen is neither judged nor part of the mean.
 *
 * Confidence: 1 − 1 / v, the share of the volume that is beyond the usual. Strength: v / volume_ratio − 1.
 */
export class VolumeSpike {
  readonly #settings: VolumeSpikeSettings
  readonly #desk: SignalDesk
  readonly #market: Place
  readonly #holder: string
  readonly #isVolatilityAdjusted: boolean
  readonly #volumes: number[] = []
  #close = Number.NaN
  #direction: -1 | 0 | 1 = 0

  constructor(settings: VolumeSpikeSettings, market: Place, desk: SignalDesk, isVolatilityAdjusted = false) {
    this.#isVolatilityAdjusted = isVolatilityAdjusted
    this.#settings = settings
    this.#desk = desk
    this.#market = market
    this.#holder = nameOf(market)
  }

  /** An interval is over, at `at` (ms). */
  look(interval: TradedInterval, at: number): void {
    const { name } = VOLUME_SPIKE
    if (interval.doubt !== undefined) {
      this.#close = Number.NaN
      this.#desk.listen(name, this.#market, at, interval.doubt)
      this.#desk.suspend(name, this.#holder, at, interval.doubt)
      return
    }
    const lookback = this.#settings['live.lookback']
    const usual = this.#volumes.length < lookback ? Number.NaN : mean(this.#volumes)
    this.#desk.listen(name, this.#market, at, silenceOf(usual, lookback))
    const before = Number.isNaN(this.#close) ? interval.open : this.#close
    if (usual > 0) this.#judge(interval, { ratio: interval.volume / usual, move: interval.close / before - 1 }, at)
    this.#volumes.push(interval.volume)
    if (this.#volumes.length > lookback) this.#volumes.shift()
    if (!Number.isNaN(interval.close)) this.#close = interval.close
  }

  #judge({ timestamp }: TradedInterval, { ratio, move }: { ratio: number; move: number }, at: number): void {
    const settings = this.#settings
    const { name: strategy } = VOLUME_SPIKE
    const told = `${ratio.toFixed(1)} times the usual volume, price ${(move * 10_000).toFixed(1)} bps`
    const isSpike = ratio >= settings['live.volume_ratio'] && Math.abs(move) * 10_000 >= settings['live.min_move_bps']
    const direction = isSpike ? (move > 0 ? 1 : -1) : 0
    if (direction !== 0 && direction !== this.#direction) {
      this.#direction = direction
      const confidence = share(1 - 1 / ratio)
      this.#desk.hold(
        this.#holder,
        {
          ...{ strategy, market: this.#market, signal: direction > 0 ? 'long' : 'short', timestamp, confidence },
          ...{ strength: share(ratio / settings['live.volume_ratio'] - 1), size: settings['live.position_size'] * confidence },
          ...{ value: ratio, threshold: settings['live.volume_ratio'], holdMs: settings['live.hold_s'] * 1_000, reason: told },
          isVolatilityAdjusted: this.#isVolatilityAdjusted,
        },
        at,
      )
    } else if (this.#direction !== 0 && ratio <= settings['live.exit_ratio']) {
      this.#direction = 0
      this.#desk.release(strategy, this.#holder, at, 'exit', told)
    } else if (this.#direction !== 0) this.#desk.resume(strategy, this.#holder, at)
  }
}

function silenceOf(usual: number, lookback: number): string | undefined {
  if (Number.isNaN(usual)) return `fewer than ${lookback} whole intervals of trades`
  return usual > 0 ? undefined : 'nothing was traded of late'
}
