/**
 * Runs a strategy on order books over whatever feeds the outputs: a replay of a journal or live sockets. It knows no clock: steps, orders
 * that arrive and payments of funding happen when a record, or a timer in silence, shows that their time has come, always in the order
 * of their times. So a live run and a replay of its journal decide and fill alike, to the last byte.
 */
import { StrategyError } from '../../errors.js'
import { type Consumer, inPath } from '../../feed/bus.js'
import { type LargeTradeThresholds, largeTrade } from '../../feed/large-trades.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { StateKind } from '../../feed/pipeline-host.js'
import { StructureSampler } from '../../feed/structure.js'
import type { EventType, MarketEvent, StructureEvent } from '../../market/event.js'
import type {
  BookNeeds,
  BookSignal,
  BookStrategy,
  BookStrategyRun,
  SeenOpportunity,
  StepView,
} from '../../strategies/book-contract.js'
import { type ParameterValues, resolveParameters } from '../../strategies/parameters.js'
import { Account } from '../account.js'
import type { BacktestConfig } from '../config.js'
import type { Listener } from '../events.js'
import { RunJournal } from '../journal.js'
import { faultOfSignal } from '../order.js'
import type { Block } from '../result.js'
import { startStrategy, strategyFault } from '../strategy-fault.js'
import { Desk, type Saying } from './desk.js'
import { Market, marketName } from './market.js'
import { OpportunityWatch } from './opportunities.js'
import { Pairs } from './pairs.js'
import { FundingClock } from './settle.js'
import { BookDecisions } from './silence.js'
import { StepColumns } from './step-columns.js'

export interface BookRunOptions {
  readonly strategy: BookStrategy
  /** `feesOf` is by exchange; its `latencyMs` is that of every order. */
  readonly config: BacktestConfig
  readonly largeTrades: LargeTradeThresholds
  /** Which instruments the strategy may see; all that have a book when left out. */
  isWanted?(state: MarketState): boolean
  /** Told of decisions, fills and funding as they happen. */
  readonly listener?: Listener
}

/** What a run takes of a feed's outputs. */
export interface BookRunFeed {
  watch(watcher: (state: MarketState, kind: StateKind) => void): void
  follow(follower: { advance(nowMs: number): void }): void
  readonly bus: { subscribe(consumer: Consumer): void }
}

/** Without any change for so long nothing is asked: there is nothing fresh to look at. */
const LONGEST_SILENCE_MS = 60_000

const EVENTS: ReadonlySet<EventType> = new Set(['trade', 'liquidation', 'gap'])

export class BookRun {
  readonly account: Account
  readonly journal: RunJournal
  readonly pairs = new Pairs()
  readonly decisions = new BookDecisions()
  readonly funding: FundingClock
  readonly columns: StepColumns
  readonly parameters: ParameterValues
  readonly needs: BookNeeds
  /** By name, in that order. */
  markets: readonly Market[] = []
  readonly #options: BookRunOptions
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #run: BookStrategyRun
  readonly #desk: Desk
  readonly #structure: StructureSampler | undefined
  readonly #opportunities: OpportunityWatch | undefined
  readonly #known = new Map<MarketState, Market | undefined>()
  readonly #byName = new Map<string, Market>()
  #nextStep = Number.NaN
  #lastChange = 0
  #peak = 0
  #halt: Block | undefined

  /** Errors: `USAGE_UNKNOWN_PARAMETER`, `USAGE_BAD_PARAMETER`; `BACKTEST_STRATEGY_THREW` where the strategy fails to start. */
  constructor(pipelines: () => Iterable<Pipeline>, options: BookRunOptions) {
    const { strategy, config } = options
    this.#options = options
    this.#pipelines = pipelines
    this.parameters = resolveParameters(strategy, config.parameters)
    this.needs = strategy.needs(this.parameters)
    this.journal = new RunJournal(options.listener)
    this.account = new Account(config.cash, config.margin)
    this.funding = new FundingClock(this.account, this.journal)
    this.columns = new StepColumns()
    this.#desk = new Desk({ config, account: this.account, journal: this.journal, pairs: this.pairs })
    this.#run = startStrategy(strategy, this.parameters)
    const { flow, opportunities, stepMs } = this.needs
    if (flow === true) {
      this.#structure = new StructureSampler({ intervalMs: stepMs, publish: (event) => this.#noteStructure(event) })
    }
    if (opportunities !== undefined) this.#opportunities = new OpportunityWatch(opportunities, config.latencyMs ?? 0)
  }

  /** Connects the run with the feed: before its first record. */
  follow(outputs: BookRunFeed): void {
    outputs.watch((state, kind) => {
      if (kind === 'book') {
        this.#structure?.touch(state, kind)
        const market = this.#market(state)
        if (market === undefined) return
        this.#lastChange = Math.max(this.#lastChange, state.sync.stamp / 1000)
        this.#opportunities?.changed(market)
      } else if (kind === 'funding') {
        const market = this.#known.get(state)
        if (market !== undefined) this.funding.told(market, state.funding.receivedAt, this.columns.length)
      }
    })
    outputs.follow(this)
    outputs.bus.subscribe(inPath('strategy', EVENTS, (event) => this.#event(event)))
  }

  /** Everything whose time has come by `nowMs`, in order; before each record, and from a timer when it is quiet. */
  advance(nowMs: number): void {
    const { stepMs } = this.needs
    if (Number.isNaN(this.#nextStep)) this.#nextStep = (Math.floor(nowMs / stepMs) + 1) * stepMs
    for (;;) {
      const orders = this.#desk.nextDue
      const payments = this.funding.nextDue
      const next = Math.min(orders, payments, this.#nextStep)
      if (next > nowMs) return
      // What is paid and filled at the end of a step belongs to it.
      if (payments === next) this.funding.settle(next, this.columns.length)
      else if (orders === next) this.#desk.arrive(this.columns.length)
      else this.#step(next, nowMs)
    }
  }

  /** The feed has ended at `nowMs`: what was under way never arrived. */
  finish(nowMs: number): void {
    this.advance(nowMs)
    this.#desk.end()
  }

  /** Lets go of what a result would be made of: a run that has no end would fill the memory. What it holds and knows stays. */
  forget(): void {
    const { decisions, fills, trades, funding } = this.journal
    for (const kept of [decisions, fills, trades, funding, this.pairs.closed]) kept.length = 0
    this.columns.clear()
  }

  #step(time: number, nowMs: number): void {
    const { stepMs } = this.needs
    this.#nextStep = time + stepMs
    if (time - this.#lastChange > LONGEST_SILENCE_MS) {
      this.#nextStep = (Math.floor(nowMs / stepMs) + 1) * stepMs
      return
    }
    this.#findMarkets()
    this.#structure?.advance(time)
    for (const market of this.markets) market.show(time)
    this.#markToMarket()
    if (this.markets.length === 0) return
    this.#guard(time)
    this.#ask(time)
    if (this.#isBefore(time)) return
    this.columns.add(time, this.account.equity, this.markets)
    this.#tell(time)
  }

  #ask(time: number): void {
    const { decisions } = this
    const { stepMs } = this.needs
    decisions.begin(time)
    const opportunities: readonly SeenOpportunity[] = this.#opportunities?.at(time) ?? []
    const view: StepView = { time, stepMs, markets: this.markets, opportunities, account: this.account }
    try {
      this.#run.onStep(view, decisions)
      if (decisions.signals.length === 0 || this.#isBefore(time)) return
      const sayings = decisions.signals.map((signal) => this.#saying(signal))
      this.#desk.decide(sayings, { time, bar: this.columns.length, halt: this.#halt })
    } catch (error) {
      throw this.#blame(time, error)
    }
  }

  #saying(signal: BookSignal): Saying {
    const fault = faultOfSignal(signal) ?? faultOfQuantity(signal)
    if (fault !== undefined) throw new StrategyError('BACKTEST_BAD_SIGNAL', `its signal cannot be: ${fault}`)
    const market = this.#byName.get(signal.market.name)
    if (market === undefined)
      throw new StrategyError('BACKTEST_BAD_SIGNAL', `its signal is of ${signal.market.name}, which is not there`)
    return { signal, market }
  }

  /** Before the start the strategy learns, and nothing that it says counts. */
  #isBefore(time: number): boolean {
    return time - this.needs.stepMs < (this.#options.config.start ?? Number.NEGATIVE_INFINITY)
  }

  #guard(time: number): void {
    const { equity } = this.account
    if (equity > this.#peak) this.#peak = equity
    const { maxDrawdown } = this.#options.config.risk
    const isRuined = equity <= 0
    const isDeep = maxDrawdown !== undefined && equity <= this.#peak * (1 - maxDrawdown)
    if (!isRuined && !isDeep && this.#halt === undefined) return
    this.#halt ??= isRuined ? 'ruined' : 'drawdown-limit'
    this.#desk.leave(this.markets, time, this.#halt === 'ruined' ? 'ruin' : 'drawdown-limit')
  }

  #markToMarket(): void {
    let equity = this.account.cash
    for (const { position } of this.markets) equity += position.unrealisedAt(position.mark)
    this.account.equity = equity
  }

  #tell(time: number): void {
    if (this.#options.listener === undefined) return
    const bar = this.columns.length - 1
    for (const { name, position } of this.markets) this.journal.market(name, time, bar, position.mark, this.account.equity)
  }

  /** Books that were heard of since the last step, also those that cannot be read. */
  #findMarkets(): void {
    for (const { states } of this.#pipelines()) {
      for (const state of states) {
        if (!this.#known.has(state) && (state.stats.get('book')?.total.messages ?? 0) > 0) this.#market(state)
      }
    }
  }

  #market(state: MarketState): Market | undefined {
    if (this.#known.has(state)) return this.#known.get(state)
    const market = this.#open(state)
    this.#known.set(state, market)
    if (market === undefined) return undefined
    this.#byName.set(market.name, market)
    this.markets = [...this.markets, market].sort((a, b) => (a.name < b.name ? -1 : 1))
    return market
  }

  #open(state: MarketState): Market | undefined {
    const pipeline = [...this.#pipelines()].find((each) => each.find(state.instrument.symbol) === state)
    const { isWanted, config } = this.#options
    const { settle, base } = state.instrument
    // Profit and loss of an inverse contract is in the asset itself: no account in quote currency holds one.
    if (pipeline === undefined || settle === base || isWanted?.(state) === false) return undefined
    const { taker } = config.feesOf?.[pipeline.exchange.id] ?? config.fees
    const position = this.account.add(marketName(state.instrument))
    return new Market({ state, pipeline, position, takerFee: taker, maxBookAgeMs: this.needs.maxBookAgeMs })
  }

  #event(event: MarketEvent): void {
    if (event.type !== 'trade' && event.type !== 'liquidation' && event.type !== 'gap') return
    const market = this.#byName.get(marketName(event))
    if (event.type === 'gap') {
      if (event.channel === 'trades') market?.hour.lost(event.receivedAt)
      return
    }
    if (event.type === 'trade') this.#structure?.trade(event)
    if (market === undefined || this.needs.largeTrades !== true) return
    if (event.type === 'trade') market.hour.watched(event.receivedAt)
    const large = largeTrade(event, market.base, this.#options.largeTrades)
    if (large !== undefined) market.hour.add(large)
  }

  #noteStructure(event: StructureEvent): void {
    const market = this.#byName.get(marketName(event))
    if (market !== undefined) market.structure = event
  }

  #blame(time: number, error: unknown): Error {
    const where = `on the step that ends at ${new Date(time).toISOString()}`
    return strategyFault(this.#options.strategy.name, where, error, this.parameters)
  }

  /** What the strategy says of itself. */
  analysis() {
    return this.#run.analysis?.() ?? {}
  }
}

function faultOfQuantity({ signal, quantity }: BookSignal): string | undefined {
  if (quantity === undefined || signal === 'flat') return undefined
  return quantity > 0 && Number.isFinite(quantity) ? undefined : `quantity ${quantity} is no number above 0`
}
