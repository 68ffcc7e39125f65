import { deviation, mean } from '../../analysis/statistics.js'
import { SPREAD_ANOMALY, type SpreadAnomalySettings } from '../../strategies/triggers.js'
import { nameOf, type Place, type SignalDesk, share } from './contract.js'

/** A spread that hardly ever moves has a deviation of almost nothing: it is taken for a tenth of its mean at least. */
const LEAST_DEVIATION = 0.1

/** What a look at a book gave: its spread in bps of the mid, or why it cannot be read. */
export interface SpreadReading {
  readonly spreadBps: number
  readonly unreadable: string | undefined
  /** Exchange's time, ms; null: none given. */
  readonly timestamp: number | null
}

/**
 * Spread of one market against its own recent history: z = (spread − mean) / s over the samples of the last `window_s`, without the present
 * one; s is the sample deviation, at least a tenth of the mean. Says `flat` from z ≥ `entry_z` on, where it is `min_excess_bps` above the
 * mean besides, and takes it back at z ≤ `exit_z`. What is anomalous becomes history too: a market that stays wide is usual in the end.
 *
 * Confidence: z² / (1 + z²). By Cantelli's inequality no distribution with this mean and deviation lies that far out more often than
 * 1 / (1 + z²). Strength: z / entry_z − 1.
 */
export class SpreadAnomaly {
  readonly #settings: SpreadAnomalySettings
  readonly #desk: SignalDesk
  readonly #market: Place
  readonly #holder: string
  #times: number[] = []
  #spreads: number[] = []
  #isOn = false

  constructor(settings: SpreadAnomalySettings, market: Place, desk: SignalDesk) {
    this.#settings = settings
    this.#desk = desk
    this.#market = market
    this.#holder = nameOf(market)
  }

  /** One look, at the end of each step (ms). */
  look(reading: SpreadReading, at: number): void {
    const { name } = SPREAD_ANOMALY
    if (reading.unreadable !== undefined) {
      const why = `the book is ${reading.unreadable}`
      this.#desk.listen(name, this.#market, at, why)
      this.#desk.suspend(name, this.#holder, at, why)
      return
    }
    this.#forget(at)
    const { min_samples: fewest } = this.#settings
    const isKnown = this.#spreads.length >= fewest
    this.#desk.listen(name, this.#market, at, isKnown ? undefined : `fewer than ${fewest} samples of its spread`)
    if (isKnown) this.#judge(reading, at)
    this.#times.push(at)
    this.#spreads.push(reading.spreadBps)
  }

  #judge({ spreadBps, timestamp }: SpreadReading, at: number): void {
    const { entry_z, exit_z, min_excess_bps, hold_s } = this.#settings
    const usual = mean(this.#spreads)
    const scale = Math.max(deviation(this.#spreads, 1), LEAST_DEVIATION * usual)
    const z = scale > 0 ? (spreadBps - usual) / scale : 0
    const told = `${spreadBps.toFixed(2)} bps, z ${z.toFixed(1)}, usually ${usual.toFixed(2)}`
    if (this.#isOn && z <= exit_z) {
      this.#isOn = false
      this.#desk.release(SPREAD_ANOMALY.name, this.#holder, at, 'exit', told)
    } else if (this.#isOn) this.#desk.resume(SPREAD_ANOMALY.name, this.#holder, at)
    else if (z >= entry_z && spreadBps - usual >= min_excess_bps) {
      this.#isOn = true
      this.#desk.hold(
        this.#holder,
        {
          ...{ strategy: SPREAD_ANOMALY.name, market: this.#market, signal: 'flat', size: 0, timestamp },
          ...{ strength: share(z / entry_z - 1), confidence: (z * z) / (1 + z * z), value: z, threshold: entry_z },
          ...{ holdMs: hold_s * 1_000, reason: told },
        },
        at,
      )
    }
  }

  #forget(at: number): void {
    const first = at - this.#settings.window_s * 1_000
    if ((this.#times[0] ?? at) > first) return
    const kept = this.#times.findIndex((time) => time > first)
    const gone = kept === -1 ? this.#times.length : kept
    this.#times.splice(0, gone)
    this.#spreads.splice(0, gone)
  }
}
