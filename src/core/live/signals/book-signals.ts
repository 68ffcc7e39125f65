/** A strategy on order books beside the live feed: its driver is that of the backtest, its decisions are signals. */
import { BookRun } from '../../backtest/books/book-run.js'
import { type BacktestConfig, DEFAULT_CONFIG, type Fees } from '../../backtest/config.js'
import type { BacktestEvent } from '../../backtest/events.js'
import { MtsError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import type { LargeTradeThresholds } from '../../feed/large-trades.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { LiveSaying, Place } from '../../signals/live/contract.js'
import type { SignalRegister } from '../../signals/live/register.js'
import type { BookStrategy } from '../../strategies/book-contract.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import type { StrategySettings } from '../../strategies/settings.js'
import type { SignalQueue } from './queue.js'

export interface BookSignalsOptions {
  readonly strategy: BookStrategy
  readonly settings: StrategySettings
  readonly cash: number
  readonly latencyMs: number
  readonly exchanges: readonly Exchange[]
  readonly largeTrades: LargeTradeThresholds
  readonly rank: number
  isWanted(state: MarketState): boolean
  /** By the name of a market. */
  placeOf(name: string): Place | undefined
  /** It threw: from now on it is not asked. */
  onFailure(error: MtsError, at: number): void
}

type Decision = Extract<BacktestEvent, { type: 'signal' }>

/** Beyond so many steps what a run remembers for its result is let go: a watch of weeks has none. */
const FORGET_EVERY = 1_000
/** Where a strategy does not say how long it holds. */
const USUAL_LIFE_MS = 3_600_000

export class BookSignals {
  readonly run: BookRun
  readonly #options: BookSignalsOptions
  readonly #register: SignalRegister
  readonly #queue: SignalQueue
  readonly #holdMs: number
  #decided: Decision[] = []
  #hasFailed = false

  constructor(pipelines: () => Iterable<Pipeline>, register: SignalRegister, queue: SignalQueue, options: BookSignalsOptions) {
    const { strategy, settings, largeTrades, isWanted } = options
    this.#options = options
    this.#register = register
    this.#queue = queue
    this.#holdMs = lifeOf(settings.parameters)
    const listener = (event: BacktestEvent) => this.#heard(event)
    this.run = new BookRun(pipelines, { strategy, config: configOf(options), largeTrades, isWanted, listener })
  }

  get strategy(): string {
    return this.#options.strategy.name
  }

  /** Before the first record. */
  follow(outputs: Outputs): void {
    const { run } = this
    run.follow({
      watch: (watcher) => outputs.watch((state, kind) => this.#guard(state.sync.stamp / 1000, () => watcher(state, kind))),
      follow: (follower) =>
        outputs.follow({
          advance: (nowMs) => {
            this.#guard(nowMs, () => follower.advance(nowMs))
            this.#settle()
            if (run.columns.length >= FORGET_EVERY) run.forget()
          },
        }),
      bus: {
        subscribe: (consumer) =>
          outputs.bus.subscribe({
            ...consumer,
            name: `strategy ${this.strategy}`,
            handle: (event) => this.#guard(event.receivedAt, () => consumer.handle(event)),
          }),
      },
    })
  }

  /** One that fails must not take the feed with it, nor the other strategies. */
  #guard(at: number, work: () => void | Promise<void>): void {
    if (this.#hasFailed) return
    try {
      void work()
    } catch (error) {
      if (!(error instanceof MtsError)) throw error
      this.#hasFailed = true
      this.#options.onFailure(error, at)
    }
  }

  #heard(event: BacktestEvent): void {
    if (event.type === 'signal' && event.block === null) this.#decided.push(event)
    // Limits close positions without asking the strategy.
    if (event.type !== 'fill' || (event.reason !== 'drawdown-limit' && event.reason !== 'ruin')) return
    const { asset, timestamp, reason } = event
    const { strategy, rank } = this.#options
    this.#queue.add(timestamp, rank, () => this.#register.release(strategy.name, asset, timestamp, 'limit', reason))
  }

  /** Legs that were decided together are one signal: the long one's, against the short one. */
  #settle(): void {
    if (this.#decided.length === 0) return
    const decided = this.#decided
    this.#decided = []
    const bundles = new Map<string, Decision[]>()
    for (const each of decided) {
      const key = `${each.timestamp} ${each.order}`
      const bundle = bundles.get(key)
      if (bundle === undefined) bundles.set(key, [each])
      else bundle.push(each)
    }
    for (const bundle of bundles.values()) {
      const [first] = bundle
      if (first !== undefined) this.#queue.add(first.timestamp, this.#options.rank, () => this.#say(bundle))
    }
  }

  #say(bundle: readonly Decision[]): void {
    const { name } = this.#options.strategy
    const [long, short] = (['long', 'short'] as const).map((way) => bundle.find(({ signal }) => signal === way))
    for (const { signal, asset, timestamp, reason } of bundle) {
      if (signal === 'flat') this.#register.release(name, asset, timestamp, 'strategy', reason)
    }
    const said = long ?? short
    if (said === undefined) return
    const market = this.#options.placeOf(said.asset)
    const counter = long === undefined || short === undefined ? undefined : this.#options.placeOf(short.asset)
    if (market === undefined) return
    const { confidence, strength, reason, timestamp } = said
    const sure = confidence ?? 0
    const saying: LiveSaying = {
      ...{ strategy: name, market, reason, value: null, threshold: null, timestamp: null, holdMs: this.#holdMs },
      ...{ signal: said === long ? 'long' : 'short', strength: strength ?? 0, confidence: sure },
      ...(counter !== undefined && { counter }),
      size: sizeOf(this.#options.settings.parameters) * sure,
    }
    this.#register.hold(said.asset, saying, timestamp)
  }
}

function configOf({ settings, cash, latencyMs, exchanges }: BookSignalsOptions): BacktestConfig {
  const { maxDrawdown, maxPortfolioRisk } = settings.risk
  const feesOf: Record<string, Fees> = Object.fromEntries(exchanges.map(({ id, fees }) => [id, { ...fees, fixed: 0 }]))
  return {
    ...{ ...DEFAULT_CONFIG, fill: 'book', parameters: settings.parameters, cash, latencyMs, feesOf },
    risk: { ...(maxDrawdown !== null && { maxDrawdown }), ...(maxPortfolioRisk !== null && { maxExposure: maxPortfolioRisk }) },
  }
}

/** As long as the strategy would hold at most, by its own parameters. */
function lifeOf(parameters: ParameterValues): number {
  const seconds = parameters['max_hold_s'] ?? parameters['hold_s']
  if (typeof seconds === 'number') return seconds * 1_000
  const { hold_hours: hours } = parameters
  return typeof hours === 'number' ? hours * 3_600_000 : USUAL_LIFE_MS
}

function sizeOf({ position_size: size }: ParameterValues): number {
  return typeof size === 'number' ? size : 0
}
