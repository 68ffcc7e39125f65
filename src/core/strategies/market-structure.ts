import { RollingMoments } from '../analysis/statistics-rolling.js'
import {
  type BookSink,
  type BookStrategyRun,
  defineBookStrategy,
  type SeenBook,
  type SeenMarket,
  type StepView,
} from './book-contract.js'
import { maxBookAge } from './book-parameters.js'
import type { ValuesOf } from './parameters.js'

const LEVELS = 10

const parameters = {
  step_ms: { kind: 'integer', unit: 'ms', min: 100, max: 60_000, default: 1_000, description: 'length of a step' },
  window: {
    kind: 'integer',
    unit: 'steps',
    min: 10,
    max: 3_600,
    default: 60,
    description: 'steps over which the flow is held against itself',
  },
  min_imbalance: {
    kind: 'number',
    unit: 'of 1',
    min: 0,
    max: 1,
    default: 0.3,
    description: 'least imbalance of the best 10 levels a side',
  },
  min_flow_z: {
    kind: 'number',
    unit: 'standard deviations',
    min: 0,
    max: 10,
    default: 1.5,
    description: "least z of the step's order flow",
  },
  exit_imbalance: {
    kind: 'number',
    unit: 'of 1',
    min: -1,
    max: 1,
    default: 0,
    description: 'imbalance at which the reason to hold is gone',
  },
  hold_s: { kind: 'number', unit: 's', min: 1, max: 86_400, default: 60, description: 'longest time that a position is held' },
  'risk_management.stop_loss': {
    kind: 'number',
    unit: 'of the entry price',
    min: 0.0001,
    max: 0.5,
    default: 0.002,
    description: 'loss at which to give up',
  },
  position_size: { kind: 'number', unit: 'of equity', min: 0.001, max: 1, default: 0.02, description: 'what a position takes' },
  large_trades_per_hour: {
    kind: 'integer',
    unit: 'trades',
    min: 1,
    max: 100_000,
    default: 5,
    description: 'large trades in the last hour from which the size is halved',
  },
  max_spread_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0.01,
    max: 1_000,
    default: 5,
    description: 'widest spread at which to enter',
  },
  max_book_age_ms: maxBookAge(2_000),
} as const

type Settings = ValuesOf<typeof parameters>

interface Watched {
  readonly flows: RollingMoments
  seen: number
  enteredAt: number
}

/**
 * Short-lived pressure of the book, by instrument. Long when three things agree: the imbalance (B − A) / (B + A) of the best 10 levels is
 * above `min_imbalance` (Cartea, Jaimungal, Penalva 2015, §12.2), the step's order-flow imbalance lies `min_flow_z` sample deviations
 * above the mean of its last `window` steps (Cont, Kukanov, Stoikov 2014, where it explains most of the change of the mid), and the
 * microprice lies above the mid; short when all three are the other way round. Large trades make the flow of one order look like that of
 * many: from `large_trades_per_hour` on the size is halved, and a step against the side that large traders took most of is passed over.
 * Leaves when the imbalance is gone, by time, or at the stop. Takes liquidity each way, so fees and spread have to be earned first.
 */
class MarketStructure implements BookStrategyRun {
  readonly #settings: Settings
  readonly #watched = new Map<string, Watched>()

  constructor(settings: Settings) {
    this.#settings = settings
  }

  onStep(view: StepView, sink: BookSink): void {
    for (const market of view.markets) {
      const watched = this.#watch(market)
      const z = this.#flowZ(market, watched)
      if (market.hasWorkingOrders) continue
      const { book } = market
      if (book === undefined)
        sink.silent(`${market.position.quantity === 0 ? '' : 'held, and '}the book is ${market.unreadable}`, market)
      else if (market.position.quantity !== 0) this.#tend(market, book, watched, view, sink)
      else this.#seek(market, book, z, { watched, view, sink })
    }
  }

  #watch({ name }: SeenMarket): Watched {
    let watched = this.#watched.get(name)
    if (watched === undefined) {
      watched = { flows: new RollingMoments(this.#settings.window), seen: 0, enteredAt: 0 }
      this.#watched.set(name, watched)
    }
    return watched
  }

  /** How unusual the flow of this step is; `undefined`: too few steps in a row are known. */
  #flowZ({ flow, book }: SeenMarket, watched: Watched): number | undefined {
    const { flows } = watched
    // Over a hole the sums of before and after are not of one series.
    if (book === undefined || (flow !== undefined && flow.quality !== '')) {
      flows.reset()
      watched.seen = 0
      return undefined
    }
    const present = flow?.orderFlow ?? 0
    const deviation = flows.deviation(1)
    const z = watched.seen >= this.#settings.window && deviation > 0 ? (present - flows.mean) / deviation : undefined
    flows.push(present)
    watched.seen += 1
    return z
  }

  #tend(market: SeenMarket, book: SeenBook, watched: Watched, { time }: StepView, sink: BookSink): void {
    const { position } = market
    const side = Math.sign(position.quantity)
    const imbalance = book.imbalance(LEVELS)
    const loss = -side * (book.midPrice / position.entryPrice - 1)
    const leave = (reason: string) => sink.signal({ market, signal: 'flat', strength: 1, confidence: 0.5, reason })
    if (loss >= this.#settings['risk_management.stop_loss']) leave(`stop: ${(loss * 10_000).toFixed(1)} bps against the position`)
    else if (time - watched.enteredAt >= this.#settings.hold_s * 1_000) leave(`held for ${this.#settings.hold_s} s`)
    else if (imbalance === undefined) sink.silent('held, and the imbalance is not known', market)
    else if (side * imbalance <= this.#settings.exit_imbalance) leave(`the imbalance came to ${imbalance.toFixed(2)}`)
  }

  #seek(market: SeenMarket, book: SeenBook, z: number | undefined, step: Step): void {
    const { min_imbalance, min_flow_z, max_spread_bps, window } = this.#settings
    const { sink } = step
    const imbalance = book.imbalance(LEVELS)
    if (z === undefined) sink.silent(`fewer than ${window} steps of order flow in a row`, market)
    else if (imbalance === undefined) sink.silent('the imbalance is not known', market)
    else if (book.spreadBps > max_spread_bps) sink.silent('the spread is above max_spread_bps', market)
    else {
      const side = Math.sign(imbalance)
      const agrees = side * z >= min_flow_z && side * (book.microprice - book.midPrice) > 0
      if (Math.abs(imbalance) >= min_imbalance && agrees) this.#enter(market, { side, imbalance, z }, step)
    }
  }

  #enter(
    market: SeenMarket,
    { side, imbalance, z }: { side: number; imbalance: number; z: number },
    { watched, view, sink }: Step,
  ): void {
    const large = market.largeTrades
    if (large === undefined) {
      sink.silent('no trades are told, so large ones are not known', market)
      return
    }
    const net = large.bought - large.sold
    if (large.count > 0 && side * net < 0) {
      sink.silent('large traders took the other side', market)
      return
    }
    const { position_size, large_trades_per_hour, min_imbalance, min_flow_z } = this.#settings
    const isBusy = large.count >= large_trades_per_hour
    watched.enteredAt = view.time
    sink.signal({
      market,
      signal: side > 0 ? 'long' : 'short',
      size: isBusy ? position_size / 2 : position_size,
      strength: Math.min(
        1,
        ((Math.abs(imbalance) - min_imbalance) / (1 - min_imbalance + 1e-9) + Math.abs(z) / (min_flow_z + 3)) / 2,
      ),
      confidence: 0.5,
      reason: `imbalance ${imbalance.toFixed(2)}, flow z ${z.toFixed(1)}${isBusy ? `, ${large.count} large trades in the hour: half the size` : ''}`,
    })
  }
}

interface Step {
  readonly watched: Watched
  readonly view: StepView
  readonly sink: BookSink
}

export const marketStructure = defineBookStrategy({
  name: 'market-structure',
  description: 'Follows imbalance, order flow and microprice where all three agree, at half the size among large trades',
  parameters,
  needs: (settings) => ({ stepMs: settings.step_ms, maxBookAgeMs: settings.max_book_age_ms, flow: true, largeTrades: true }),
  create: (settings) => new MarketStructure(settings),
})
