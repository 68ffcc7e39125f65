/** Everything that a run over bars holds: what it was given, what was made of it once, and where it stands. */
import { DataError } from '../errors.js'
import type { Strategy, StrategyRun } from '../strategies/contract.js'
import { type ParameterValues, resolveParameters } from '../strategies/parameters.js'
import type { MarketView } from '../strategies/view.js'
import { Account } from './account.js'
import { Asset } from './asset.js'
import { Broker } from './broker.js'
import type { BacktestConfig } from './config.js'
import type { MarketData } from './data.js'
import type { Desk } from './decide.js'
import type { Listener } from './events.js'
import { RunJournal } from './journal.js'
import type { Block } from './result.js'
import { DecisionSink } from './sink.js'
import { stepTimes } from './steps.js'
import { startStrategy } from './strategy-fault.js'
import { type Context, createViews } from './views.js'

export interface RunOptions {
  /** Of mts, noted in the result. */
  readonly version: string
  readonly listener?: Listener
}

/** A strategy at work on an asset, or on all of them; then `asset` is the first. */
export interface Player {
  readonly asset: Asset
  readonly view: MarketView
  readonly run: StrategyRun
}

export interface Simulation {
  readonly config: BacktestConfig
  readonly data: MarketData
  readonly strategy: Strategy
  readonly version: string
  readonly parameters: ParameterValues
  readonly account: Account
  readonly assets: readonly Asset[]
  readonly broker: Broker
  readonly journal: RunJournal
  readonly desk: Desk
  readonly context: Context
  readonly players: readonly Player[]
  readonly sink: DecisionSink
  /** Close of each step, ms UTC, and the equity there. */
  readonly timestamps: Float64Array
  readonly equity: Float64Array
  /** Open and close of the present step, in typed arrays: a number that many functions hand on would be an object each time. */
  readonly open: Float64Array
  readonly close: Float64Array
  readonly intervalMs: number
  readonly start: number
  readonly end: number
  /** There is more to show to the strategy than bars. */
  readonly hasContext: boolean
  readonly isTold: boolean
  readonly isPortfolio: boolean
  /** Row of `timestamps` and `equity`. */
  bar: number
  /** Highest equity so far. */
  peak: number
  /** Why nothing may be opened any more. */
  halt: Block | undefined
}

/** Errors: those of `runBacktest` that come before its first bar. */
export function openSimulation(config: BacktestConfig, data: MarketData, strategy: Strategy, options: RunOptions): Simulation {
  const parameters = resolveParameters(strategy, config.parameters)
  const journal = new RunJournal(options.listener)
  const account = new Account(config.cash, config.margin)
  const assets = data.traded.map((series, i) => new Asset(i, series, account.add(series.asset), data, config))
  const broker = new Broker(config, account, journal)
  const warmup = strategy.warmup(parameters)
  const close = new Float64Array(1)
  const needs = strategy.needs?.(parameters) ?? {}
  const context = createViews({ data, assets, account, needs, strategy: strategy.name, now: close })
  const isPortfolio = strategy.scope === 'portfolio'
  const seats = isPortfolio ? context.views.slice(0, 1) : context.views
  const players = seats.map((view) => seat(view, assets, startStrategy(strategy, parameters)))
  const { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY } = config
  const timestamps = stepTimes(data.traded, start, end)
  checkLength(strategy, warmup, assets, timestamps.length)
  // Every field by its name: of objects that are spread together V8 makes a dictionary, and each look at it costs.
  return {
    config,
    data,
    strategy,
    version: options.version,
    parameters,
    account,
    assets,
    broker,
    journal,
    context,
    players,
    timestamps,
    start,
    end,
    close,
    isPortfolio,
    desk: { config, assets, broker, journal, warmup },
    sink: new DecisionSink(),
    equity: new Float64Array(timestamps.length),
    open: new Float64Array(1),
    intervalMs: data.traded[0]?.intervalMs ?? 0,
    hasContext: context.series.length + context.macro.length + data.funding.length > 0,
    isTold: options.listener !== undefined,
    bar: 0,
    peak: 0,
    halt: undefined,
  }
}

function seat(view: MarketView, assets: readonly Asset[], run: StrategyRun): Player {
  const asset = assets[view.asset]
  if (asset === undefined) throw new DataError('DATA_MISSING', `There are no bars of asset ${view.asset}`)
  return { asset, view, run }
}

function checkLength(strategy: Strategy, warmup: number, assets: readonly Asset[], steps: number): void {
  const most = Math.max(...assets.map((asset) => asset.columns.timestamp.length))
  if (steps > 0 && most > warmup) return
  const longest = assets.map((asset) => `${asset.name} has ${asset.columns.timestamp.length}`).join(', ')
  const what = steps === 0 ? 'No bar lies between start and end' : `${strategy.name} needs more than ${warmup} bars`
  throw new DataError('DATA_TOO_SHORT', `${what}: ${longest}`, {
    suggestions: [`Get more: mts collect --coins ${assets.map(({ name }) => name).join(',')}`, 'Or a shorter look-back'],
  })
}
