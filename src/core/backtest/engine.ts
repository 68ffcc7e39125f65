/**
 * Runs a strategy over columns. Each step is the bars of one open time, in this order: fills at the open, stops and limits inside
 * the bar, mark to market, the strategy sees the closed bar, its orders are for the next one.
 */
import { DataError } from '../errors.js'
import type { Analysis, Strategy, StrategyRun } from '../strategies/contract.js'
import { resolveParameters } from '../strategies/parameters.js'
import type { MarketView } from '../strategies/view.js'
import { Account, openPositionOf } from './account.js'
import { Asset } from './asset.js'
import { Broker } from './broker.js'
import { type BacktestConfig, checkConfig } from './config.js'
import { firstAtOrAfter } from './cut.js'
import type { MarketData } from './data.js'
import { type Desk, decide } from './decide.js'
import type { Listener } from './events.js'
import { countMissingFunding, nextFundingDue, payFunding } from './funding.js'
import { RunJournal } from './journal.js'
import { provenanceOf } from './provenance.js'
import type { BacktestResult, Block } from './result.js'
import { DecisionSink } from './sink.js'
import { stepTimes } from './steps.js'
import { startStrategy, strategyFault } from './strategy-fault.js'
import { type Context, createViews } from './views.js'

export interface RunOptions {
  /** Of mts, noted in the result. */
  readonly version: string
  readonly listener?: Listener
}

/**
 * A whole run, synchronous; the same data, configuration, strategy and version give the same result to the last byte.
 * Errors: `USAGE_BACKTEST`, `USAGE_UNKNOWN_PARAMETER`, `USAGE_BAD_PARAMETER`; `DATA_TOO_SHORT`, `DATA_MISSING`, `DATA_FUNDING`; and, of the
 * strategy, `BACKTEST_STRATEGY_THREW`, `BACKTEST_BAD_SIGNAL`, `BACKTEST_BAD_ORDER`, `BACKTEST_OUT_OF_REACH`, `BACKTEST_UNDECLARED`.
 */
export function runBacktest(config: BacktestConfig, data: MarketData, strategy: Strategy, options: RunOptions): BacktestResult {
  checkConfig(config, data)
  return new Engine(config, data, strategy, options).run()
}

interface Player {
  readonly asset: Asset
  readonly view: MarketView
  readonly run: StrategyRun
}

class Engine {
  readonly #config: BacktestConfig
  readonly #data: MarketData
  readonly #strategy: Strategy
  readonly #options: RunOptions
  readonly #parameters: BacktestConfig['parameters']
  readonly #account: Account
  readonly #assets: readonly Asset[]
  readonly #broker: Broker
  readonly #journal: RunJournal
  readonly #desk: Desk
  readonly #context: Context
  readonly #players: readonly Player[]
  readonly #sink = new DecisionSink()
  readonly #timestamps: Float64Array
  readonly #equity: Float64Array
  /** Open and close of the present step, in typed arrays: a number that many functions hand on would be an object each time. */
  readonly #open = new Float64Array(1)
  readonly #close = new Float64Array(1)
  readonly #intervalMs: number
  readonly #start: number
  readonly #end: number
  readonly #hasContext: boolean
  readonly #isSameClose: boolean
  readonly #isTold: boolean
  readonly #isGuarded: boolean
  readonly #isPortfolio: boolean
  /** One asset, traded at the open after a decision, and nobody who listens: most of its bars need no whole step. */
  readonly #isSingle: boolean
  /** Rows of the first asset before the end. */
  readonly #rows: number
  #bar = 0
  #peak = 0
  #halt: Block | undefined

  constructor(config: BacktestConfig, data: MarketData, strategy: Strategy, options: RunOptions) {
    const names = data.traded.map((series) => series.asset)
    this.#config = config
    this.#data = data
    this.#strategy = strategy
    this.#options = options
    this.#parameters = resolveParameters(strategy, config.parameters)
    this.#journal = new RunJournal(options.listener)
    this.#account = new Account(config.cash, names, config.margin)
    this.#assets = data.traded.map(
      (series, i) => new Asset(i, series, this.#account.positions[i] ?? this.#noPosition(), data, config),
    )
    this.#broker = new Broker(config, this.#account, this.#journal)
    const warmup = strategy.warmup(this.#parameters)
    this.#desk = { config, assets: this.#assets, broker: this.#broker, journal: this.#journal, warmup }
    const needs = strategy.needs?.(this.#parameters) ?? {}
    this.#context = createViews({
      data,
      assets: this.#assets,
      account: this.#account,
      needs,
      strategy: strategy.name,
      now: this.#close,
    })
    this.#isPortfolio = strategy.scope === 'portfolio'
    const seats = this.#isPortfolio ? this.#context.views.slice(0, 1) : this.#context.views
    this.#players = seats.map((view) => this.#seat(view))
    const { start = Number.NEGATIVE_INFINITY, end = Number.POSITIVE_INFINITY } = config
    this.#start = start
    this.#end = end
    this.#timestamps = stepTimes(data.traded, start, end)
    const steps = this.#timestamps.length
    this.#checkLength(steps)
    this.#equity = new Float64Array(steps)
    this.#intervalMs = data.traded[0]?.intervalMs ?? 0
    this.#hasContext = this.#context.series.length + this.#context.macro.length + data.funding.length > 0
    this.#isSameClose = config.fill === 'same-close'
    this.#isTold = options.listener !== undefined
    this.#isGuarded = config.risk.maxDrawdown !== undefined
    this.#isSingle = this.#assets.length === 1 && !this.#isTold && !this.#isSameClose
    this.#rows = firstAtOrAfter(this.#assets[0]?.columns.timestamp ?? this.#timestamps, end)
  }

  run(): BacktestResult {
    while (this.#findOpen()) {
      if ((this.#open[0] as number) < this.#start) this.#warmUp()
      else {
        this.#step()
        if (this.#isSingle) this.#glide()
      }
    }
    return this.#result()
  }

  /**
   * The bars from here on to which nothing can happen but what the strategy says, without asking every part of the engine about each:
   * the same as `#step` for one asset while no order waits, no funding is due and no limit is near. Ends after a decision, or before
   * the first bar that needs a whole step.
   */
  #glide(): void {
    const player = this.#players[0] as Player
    const { asset, run, view } = player
    if (this.#broker.isAwaited(asset)) return
    const { position, bars } = asset
    const { timestamp, close } = asset.columns
    const { quantity, entryPrice } = position
    const account = this.#account
    const { cash } = account
    const sink = this.#sink
    const now = this.#close
    const equities = this.#equity
    const hasContext = this.#hasContext
    const keep = 1 - (this.#config.risk.maxDrawdown ?? 1)
    const quietRows = this.#quietRows(asset)
    let bar = this.#bar
    let peak = this.#peak
    try {
      for (let row = asset.row + 1; row < quietRows; row++) {
        const mark = close[row] as number
        const equity = quantity === 0 ? cash : cash + quantity * (mark - entryPrice)
        if (equity > peak) peak = equity
        else if (equity <= peak * keep) break
        asset.row = row
        bars.length = row + 1
        position.mark = mark
        account.equity = equity
        equities[bar++] = equity
        now[0] = (timestamp[row] as number) + this.#intervalMs
        if (hasContext) this.#showContext()
        run.onBar(view, sink)
        if (sink.count > 0) break
      }
    } catch (error) {
      throw this.#blame(asset, error)
    }
    this.#bar = bar
    this.#peak = peak
    // One more than its bar: the decision is that of the bar just written.
    if (sink.count > 0) this.#decide(player, bar - 1)
  }

  /** Rows of an asset before the first in which funding is due, or after the end. */
  #quietRows(asset: Asset): number {
    const { timestamp } = asset.columns
    const row = asset.row + 1
    if (asset.fundingData === undefined || row >= timestamp.length) return this.#rows
    const due = nextFundingDue(asset, timestamp[row] as number)
    return Math.min(this.#rows, firstAtOrAfter(timestamp, due - this.#intervalMs + 1))
  }

  /** Sets the clock to the open and the close of the next bar of any asset; false at the end. */
  #findOpen(): boolean {
    let next = Number.POSITIVE_INFINITY
    for (let i = 0; i < this.#assets.length; i++) {
      const { columns, row } = this.#assets[i] as Asset
      if (row + 1 < columns.timestamp.length) next = Math.min(next, columns.timestamp[row + 1] as number)
    }
    this.#open[0] = next
    this.#close[0] = next + this.#intervalMs
    return next < this.#end
  }

  /** Moves an asset that has a bar with this open onto it. */
  #advance(asset: Asset): boolean {
    const { timestamp } = asset.columns
    asset.isFresh = asset.row + 1 < timestamp.length && timestamp[asset.row + 1] === this.#open[0]
    if (asset.isFresh) asset.row += 1
    asset.bars.length = asset.row + 1
    return asset.isFresh
  }

  /** Before the start: the strategy learns, nothing that it says counts. */
  #warmUp(): void {
    for (const asset of this.#assets) {
      if (!this.#advance(asset)) continue
      asset.position.mark = asset.columns.close[asset.row] as number
      payFunding(asset, this.#account, this.#journal, asset.closeTime - 1, 0)
    }
    this.#showContext()
    for (const player of this.#players) {
      if (!this.#isPortfolio && !player.asset.isFresh) continue
      this.#ask(player)
      this.#sink.clear()
    }
    this.#sink.forgetSilences()
  }

  #step(): void {
    this.#move()
    if (this.#account.equity > this.#peak) this.#peak = this.#account.equity
    else if (this.#isGuarded || this.#account.equity <= 0) this.#checkRisk()
    if (this.#hasContext) this.#showContext()
    this.#play()
    if (this.#isSameClose) this.#fillAtClose()
    this.#equity[this.#bar] = this.#account.equity
    if (this.#isTold) this.#tell()
    this.#bar += 1
  }

  /** The new bars: what they fill, and what is held by their closes. */
  #move(): void {
    let unrealised = 0
    for (let i = 0; i < this.#assets.length; i++) {
      const asset = this.#assets[i] as Asset
      const { position } = asset
      if (this.#advance(asset)) {
        this.#broker.renewVolume(asset)
        if (asset.fundingData !== undefined || this.#broker.isAwaited(asset)) this.#match(asset)
        position.mark = asset.columns.close[asset.row] as number
      }
      if (position.quantity !== 0) unrealised += position.quantity * (position.mark - position.entryPrice)
    }
    this.#account.equity = this.#account.cash + unrealised
  }

  #play(): void {
    for (let i = 0; i < this.#players.length; i++) {
      const player = this.#players[i] as Player
      if (!this.#isPortfolio && !player.asset.isFresh) continue
      this.#ask(player)
      if (this.#sink.count > 0) this.#decide(player, this.#bar)
    }
  }

  #match(asset: Asset): void {
    const before = asset.nextFunding
    if (asset.fundingData !== undefined) payFunding(asset, this.#account, this.#journal, asset.openTime, this.#bar)
    if (this.#broker.isAwaited(asset)) this.#broker.atOpen(asset, this.#bar)
    if (asset.fundingData !== undefined) {
      payFunding(asset, this.#account, this.#journal, asset.closeTime - 1, this.#bar)
      countMissingFunding(asset, before)
    }
    if (this.#broker.isAwaited(asset)) this.#broker.inside(asset, this.#bar)
    if (asset.orders.length > 0) this.#broker.trail(asset)
  }

  #markToMarket(): void {
    let unrealised = 0
    for (const { position } of this.#assets) {
      if (position.quantity !== 0) unrealised += position.quantity * (position.mark - position.entryPrice)
    }
    this.#account.equity = this.#account.cash + unrealised
  }

  #checkRisk(): void {
    const { equity } = this.#account
    if (this.#halt === 'ruined') return
    if (equity <= 0) this.#ruin()
    const { maxDrawdown } = this.#config.risk
    if (maxDrawdown === undefined || this.#halt !== undefined || equity > this.#peak * (1 - maxDrawdown)) return
    this.#halt = 'drawdown-limit'
    for (const asset of this.#assets) if (asset.row >= 0) this.#leave(asset)
  }

  /** Nothing is left: everything goes at the close, and nothing is opened any more. */
  #ruin(): void {
    this.#halt = 'ruined'
    for (const asset of this.#assets) {
      if (asset.row >= 0) this.#broker.closeOut(asset, asset.position.mark, asset.closeTime, this.#bar)
    }
    this.#markToMarket()
  }

  #leave(asset: Asset): void {
    const held = asset.position.quantity
    const time = asset.closeTime
    this.#broker.cancelWhere(asset, time, 'drawdown-limit', () => true)
    if (held === 0) return
    this.#broker.submit(asset, { kind: 'market', direction: held > 0 ? -1 : 1, target: 0, reason: 'drawdown-limit' }, time)
  }

  /** Opens the view up to the close of the step. */
  #showContext(): void {
    const time = this.#close[0] as number
    for (const asset of this.#assets) asset.rates.showUntil(time)
    for (const bars of this.#context.series) bars.showUntil(time)
    for (const observations of this.#context.macro) observations.showUntil(time)
  }

  #ask({ asset, view, run }: Player): void {
    try {
      run.onBar(view, this.#sink)
    } catch (error) {
      throw this.#blame(asset, error)
    }
  }

  #decide({ asset, view: { time } }: Player, bar: number): void {
    try {
      decide(this.#desk, this.#sink, { asset, time, bar, halt: this.#halt })
    } catch (error) {
      throw this.#blame(asset, error)
    }
    this.#sink.clear()
  }

  #blame(asset: Asset, error: unknown): Error {
    const where = `on bar ${asset.row} of ${asset.name}, ${new Date(asset.openTime).toISOString()}`
    return strategyFault(this.#strategy.name, where, error, this.#parameters)
  }

  #fillAtClose(): void {
    for (const asset of this.#assets) if (asset.isFresh && asset.orders.length > 0) this.#broker.atClose(asset, this.#bar)
    this.#markToMarket()
  }

  #tell(): void {
    for (const { isFresh, name, openTime, position } of this.#assets) {
      if (isFresh) this.#journal.market(name, openTime, this.#bar, position.mark, this.#account.equity)
    }
  }

  #seat(view: MarketView): Player {
    const asset = this.#assets[view.asset]
    if (asset === undefined) throw new DataError('DATA_MISSING', `There are no bars of asset ${view.asset}`)
    return { asset, view, run: startStrategy(this.#strategy, this.#parameters) }
  }

  #noPosition(): never {
    throw new DataError('DATA_MISSING', 'An asset has no position')
  }

  #checkLength(steps: number): void {
    const { warmup } = this.#desk
    const most = Math.max(...this.#assets.map((asset) => asset.columns.timestamp.length))
    if (steps > 0 && most > warmup) return
    const longest = this.#assets.map((asset) => `${asset.name} has ${asset.columns.timestamp.length}`).join(', ')
    const what = steps === 0 ? 'No bar lies between start and end' : `${this.#strategy.name} needs more than ${warmup} bars`
    throw new DataError('DATA_TOO_SHORT', `${what}: ${longest}`, {
      suggestions: [`Get more: mts collect --coins ${this.#assets.map(({ name }) => name).join(',')}`, 'Or a shorter look-back'],
    })
  }

  #result(): BacktestResult {
    const { name } = this.#strategy
    const warnings = [...this.#data.warnings, ...this.#assets.flatMap((asset) => this.#warningsOf(asset))]
    for (const asset of this.#assets) this.#broker.cancelWhere(asset, this.#timestamps.at(-1) ?? 0, 'end-of-data', isEntry)
    const config = { ...this.#config, parameters: this.#parameters }
    return {
      strategy: name,
      parameters: this.#parameters,
      config,
      assets: this.#assets.map((asset) => asset.name),
      interval: this.#data.traded[0]?.interval ?? '',
      provenance: provenanceOf(name, this.#parameters, config, { dataHash: this.#data.hash, version: this.#options.version }),
      timestamps: this.#timestamps,
      equity: this.#equity,
      held: this.#heldBars(),
      trades: this.#journal.trades,
      fills: this.#journal.fills,
      funding: this.#journal.funding,
      open: this.#account.positions.filter((position) => position.quantity !== 0).map(openPositionOf),
      decisions: this.#journal.decisions,
      blocked: this.#journal.summary(),
      silences: this.#sink.silences(),
      warnings,
      analysis: this.#analysis(),
    }
  }

  /** A trade was held at each close from its first fill until before its last. */
  #heldBars(): Uint8Array {
    const held = new Uint8Array(this.#equity.length)
    for (const { entryBar, exitBar } of this.#journal.trades) held.fill(1, entryBar, exitBar)
    for (const { quantity, entryBar } of this.#account.positions) if (quantity !== 0) held.fill(1, entryBar)
    return held
  }

  #warningsOf(asset: Asset): string[] {
    const warnings: string[] = []
    if (asset.missingFunding > 0) {
      const since = new Date(asset.firstMissingFunding).toISOString()
      const text = `${asset.missingFunding} funding payments of ${asset.name} are missing while a position was held, the first on ${since}`
      if (this.#config.strict) {
        throw new DataError('DATA_FUNDING', text, { suggestions: [`Get them: mts funding --history --symbols ${asset.name}`] })
      }
      warnings.push(`${text}: their cost is not in the result`)
    }
    if (asset.slippage.missing > 0) {
      warnings.push(`${asset.slippage.missing} fills of ${asset.name} had no stored order book near enough; the fallback was taken`)
    }
    return warnings
  }

  #analysis(): Record<string, Analysis> {
    const all: Record<string, Analysis> = {}
    for (const { asset, run } of this.#players) {
      const said = run.analysis?.()
      if (said !== undefined) all[this.#isPortfolio ? this.#strategy.name : asset.name] = said
    }
    return all
  }
}

/** Exits that still wait at the end are no orders that failed. */
function isEntry(order: { readonly reduceOnly: boolean }): boolean {
  return !order.reduceOnly
}
