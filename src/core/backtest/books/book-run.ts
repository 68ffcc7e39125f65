/**
 * Runs a strategy on order books over whatever feeds the outputs: a replay of a journal or live sockets. It knows no clock: steps, orders
 * that arrive and payments of funding happen when a record, or a timer in silence, shows that their time has come, always in the order
 * of their times. So a live run and a replay of its journal decide and fill alike, to the last byte.
 */
import { type Consumer, inPath } from '../../feed/bus.js'
import type { LargeTradeThresholds } from '../../feed/large-trades.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { StateKind } from '../../feed/pipeline-host.js'
import { StructureSampler } from '../../feed/structure.js'
import type { BookNeeds, BookStrategy, BookStrategyRun, SeenOpportunity, StepView } from '../../strategies/book-contract.js'
import type { Analysis } from '../../strategies/contract.js'
import { type ParameterValues, resolveParameters } from '../../strategies/parameters.js'
import { Account } from '../account.js'
import type { BacktestConfig } from '../config.js'
import type { Listener } from '../events.js'
import { RunJournal } from '../journal.js'
import { startStrategy, strategyFault } from '../strategy-fault.js'
import { AccountGuard } from './account-guard.js'
import { Desk } from './desk.js'
import { type Market, marketName } from './market.js'
import { Markets } from './markets.js'
import { OpportunityWatch } from './opportunities.js'
import { Pairs } from './pairs.js'
import { sayingOf } from './saying.js'
import { FundingClock } from './settle.js'
import { BookDecisions } from './silence.js'
import { StepColumns } from './step-columns.js'
import { NOTED_EVENTS, noteEvent } from './trade-notes.js'

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

export class BookRun {
  readonly account: Account
  readonly journal: RunJournal
  readonly pairs = new Pairs()
  readonly decisions = new BookDecisions()
  readonly funding: FundingClock
  readonly columns = new StepColumns()
  readonly parameters: ParameterValues
  readonly needs: BookNeeds
  readonly #options: BookRunOptions
  readonly #markets: Markets
  readonly #run: BookStrategyRun
  readonly #desk: Desk
  readonly #guard: AccountGuard
  readonly #structure: StructureSampler | undefined
  readonly #opportunities: OpportunityWatch | undefined
  #nextStep = Number.NaN
  #lastChange = 0

  /** Errors: `USAGE_UNKNOWN_PARAMETER`, `USAGE_BAD_PARAMETER`; `BACKTEST_STRATEGY_THREW` where the strategy fails to start. */
  constructor(pipelines: () => Iterable<Pipeline>, options: BookRunOptions) {
    const { strategy, config, isWanted } = options
    this.#options = options
    this.parameters = resolveParameters(strategy, config.parameters)
    this.needs = strategy.needs(this.parameters)
    const { flow, opportunities, stepMs, maxBookAgeMs } = this.needs
    const account = new Account(config.cash, config.margin)
    this.account = account
    this.journal = new RunJournal(options.listener)
    this.funding = new FundingClock(account, this.journal)
    this.#markets = new Markets({ pipelines, account, config, maxBookAgeMs, ...(isWanted !== undefined && { isWanted }) })
    this.#desk = new Desk({ config, account, journal: this.journal, pairs: this.pairs })
    this.#guard = new AccountGuard(config.risk.maxDrawdown)
    this.#run = startStrategy(strategy, this.parameters)
    if (flow === true) {
      this.#structure = new StructureSampler({
        intervalMs: stepMs,
        publish: (event) => {
          const market = this.#markets.named(marketName(event))
          if (market !== undefined) market.structure = event
        },
      })
    }
    if (opportunities !== undefined) this.#opportunities = new OpportunityWatch(opportunities, config.latencyMs ?? 0)
  }

  /** By name, in that order. */
  get markets(): readonly Market[] {
    return this.#markets.list
  }

  /** Connects the run with the feed: before its first record. */
  follow(outputs: BookRunFeed): void {
    const notes = {
      markets: this.#markets,
      structure: this.#structure,
      largeTrades: this.needs.largeTrades === true ? this.#options.largeTrades : undefined,
    }
    outputs.watch((state, kind) => {
      if (kind === 'book') this.#bookChanged(state)
      else if (kind === 'funding') {
        const market = this.#markets.known(state)
        if (market !== undefined) this.funding.told(market, state.funding.receivedAt, this.columns.length)
      }
    })
    outputs.follow(this)
    outputs.bus.subscribe(inPath('strategy', NOTED_EVENTS, (event) => noteEvent(notes, event)))
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

  /** What the strategy says of itself. */
  analysis(): Analysis {
    return this.#run.analysis?.() ?? {}
  }

  #step(time: number, nowMs: number): void {
    const { stepMs } = this.needs
    this.#nextStep = time + stepMs
    if (time - this.#lastChange > LONGEST_SILENCE_MS) {
      this.#nextStep = (Math.floor(nowMs / stepMs) + 1) * stepMs
      return
    }
    this.#markets.find()
    this.#structure?.advance(time)
    for (const market of this.markets) market.show(time)
    this.#markToMarket()
    if (this.markets.length === 0) return
    this.#guard.look(this.account.equity)
    const { halt } = this.#guard
    if (halt !== undefined) this.#desk.leave(this.markets, time, halt === 'ruined' ? 'ruin' : 'drawdown-limit')
    this.#ask(time)
    if (this.#isBefore(time)) return
    this.columns.add(time, this.account.equity, this.markets)
    this.#tell(time)
  }

  #ask(time: number): void {
    const { decisions } = this
    decisions.begin(time)
    const opportunities: readonly SeenOpportunity[] = this.#opportunities?.at(time) ?? []
    const view: StepView = { time, stepMs: this.needs.stepMs, markets: this.markets, opportunities, account: this.account }
    try {
      this.#run.onStep(view, decisions)
      if (decisions.signals.length === 0 || this.#isBefore(time)) return
      const sayings = decisions.signals.map((signal) => sayingOf(signal, this.#markets))
      this.#desk.decide(sayings, { time, bar: this.columns.length, halt: this.#guard.halt })
    } catch (error) {
      const where = `on the step that ends at ${new Date(time).toISOString()}`
      throw strategyFault(this.#options.strategy.name, where, error, this.parameters)
    }
  }

  /** Before the start the strategy learns, and nothing that it says counts. */
  #isBefore(time: number): boolean {
    return time - this.needs.stepMs < (this.#options.config.start ?? Number.NEGATIVE_INFINITY)
  }

  #bookChanged(state: MarketState): void {
    this.#structure?.touch(state, 'book')
    const market = this.#markets.meet(state)
    if (market === undefined) return
    this.#lastChange = Math.max(this.#lastChange, state.sync.stamp / 1000)
    this.#opportunities?.changed(market)
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
}
