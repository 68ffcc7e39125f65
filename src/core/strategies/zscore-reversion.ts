import { RollingMoments } from '../analysis/statistics-rolling.js'
import { type Bars, defineStrategy, type Sink, type StrategyRun, type View } from './contract.js'

interface Settings {
  readonly window: number
  readonly entry: number
  readonly exit: number
  readonly short: boolean
}

/**
 * Mean reversion: z is how many sample standard deviations (ddof 1) the close lies from the mean of the last `window` closes, its own
 * included. Enters against a move of more than `entry`, leaves when z has come back to `exit`.
 */
class ZScoreReversion implements StrategyRun {
  readonly #settings: Settings
  readonly #moments: RollingMoments
  #seen = 0
  #z = Number.NaN

  constructor(settings: Settings) {
    this.#settings = settings
    this.#moments = new RollingMoments(settings.window)
  }

  onBar(view: View, sink: Sink): void {
    const { bars } = view
    if (bars.length === this.#seen + 1) this.#moments.push(bars.close(0))
    else this.#catchUp(bars)
    this.#seen = bars.length
    const deviation = this.#moments.deviation(1)
    const z = deviation > 0 ? (bars.close(0) - this.#moments.mean) / deviation : Number.NaN
    this.#z = z
    const { entry, exit, short } = this.#settings
    const held = view.position.quantity
    // With z unknown no comparison holds, and nothing is said.
    if (held === 0) {
      if (z < -entry) this.#signal(sink, 'long', -z / entry)
      else if (short && z > entry) this.#signal(sink, 'short', z / entry)
    } else if (held > 0 ? z >= -exit : z <= exit) {
      this.#signal(sink, 'flat', 1)
    }
  }

  analysis() {
    return { z: Number.isNaN(this.#z) ? null : this.#z }
  }

  #catchUp(bars: Bars): void {
    this.#moments.reset()
    for (let back = Math.min(bars.length, this.#settings.window) - 1; back >= 0; back--) this.#moments.push(bars.close(back))
  }

  #signal(sink: Sink, signal: 'long' | 'short' | 'flat', excess: number): void {
    const reason = `z ${this.#z.toFixed(3)} of ${this.#settings.window} closes`
    sink.signal({ signal, strength: Math.min(1, Math.max(0, excess - 1)), confidence: 0.5, reason })
  }
}

export const zscoreReversion = defineStrategy({
  name: 'zscore-reversion',
  description: 'Buys a close far below its rolling mean, sells when it has come back; with short also the other way round',
  parameters: {
    window: { kind: 'integer', unit: 'bars', min: 3, max: 5000, default: 20, description: 'closes of the rolling mean' },
    entry: { kind: 'number', unit: 'standard deviations', min: 0.1, max: 10, default: 2, description: 'distance to enter at' },
    exit: { kind: 'number', unit: 'standard deviations', min: 0, max: 10, default: 0, description: 'distance to leave at' },
    short: { kind: 'boolean', default: false, description: 'also sell a close far above the mean' },
  },
  check: ({ entry, exit }) => (exit < entry ? undefined : `exit (${exit}) has to be smaller than entry (${entry})`),
  warmup: ({ window }) => window + 1,
  create: (settings) => new ZScoreReversion(settings),
})
