/** From what the engine gave to the document and the charts of a run. */
import { createHash } from 'node:crypto'
import { drawdowns } from '../../analysis/statistics-drawdown.js'
import { YEAR_MS } from '../../market/time.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import type { JournalFacts } from '../books/result.js'
import type { AssetRules, SeriesData } from '../data.js'
import type { LoadedMarket } from '../load/market.js'
import { ruleWords } from '../load/rules.js'
import { empyrical, quantstats } from '../performance/compat.js'
import { backtestingPy } from '../performance/compat-backtesting-py.js'
import { byDay, returnsOf } from '../performance/daily.js'
import { type Performance, performanceOf, periodReturns } from '../performance/index.js'
import { canonicalJson } from '../provenance.js'
import type { BacktestResult } from '../result.js'
import { answerOf, diagnosisOf } from './answer.js'
import { commandOf } from './command.js'
import type { Benchmark, Compatible, Costs, Outcome, Period, PriceLine, RunCharts, RunDocument } from './document.js'
import { type Curve, monthlyReturns, worstDrawdowns } from './periods.js'
import { thinnedRows } from './thin.js'

/** What a report says of the market that was traded: stored bars, or the mids of recorded books. */
export interface ReportedMarket extends Pick<LoadedMarket, 'source' | 'interval' | 'intervalMs' | 'coins' | 'start' | 'end'> {
  readonly data: { readonly traded: readonly SeriesData[]; readonly rules?: Readonly<Record<string, AssetRules>> }
  readonly instruments: ReadonlyMap<string, { readonly symbol: string; readonly quote: string }>
}

export interface RunFacts {
  readonly result: BacktestResult
  /** The same steps, held from the first on. */
  readonly benchmark: BacktestResult | undefined
  readonly market: ReportedMarket
  readonly description: string
  /** As the user named it. */
  readonly strategyName: string
  readonly strategyHash: string | null
  readonly warnings: readonly string[]
  /** Of a run over a journal. */
  readonly journal?: JournalFacts
}

const BENCHMARK_METRICS = ['total_return', 'cagr', 'volatility', 'sharpe', 'sortino', 'max_drawdown', 'calmar'] as const
/** Hexadecimal digits: 64 bits, where a few thousand runs are kept. */
const ID_DIGITS = 16

/** The document of a run; equal inputs and results give equal bytes. */
export function documentOf(facts: RunFacts): RunDocument {
  const { result, benchmark, market, description, strategyHash } = facts
  const { parameters, ...config } = result.config
  const { intervalMs } = market
  const metrics = performanceOf(result, { intervalMs, ...(benchmark !== undefined && { benchmark: benchmark.equity }) })
  const currency = currencyOf(market)
  const period = periodOf(result, market)
  const outcome = outcomeOf(result, benchmark)
  const [trades, open, signals] = [result.trades.length, result.open.length, result.decisions.length]
  return plain({
    id: idOf(facts),
    answer: answerOf({ strategy: result.strategy, currency, trades, open, held: heldInstead(result, benchmark), ...outcome }),
    strategy: result.strategy,
    description,
    parameters,
    source: market.source,
    assets: market.coins.map((asset) => ({ asset, symbol: market.instruments.get(asset)?.symbol ?? null })),
    interval: market.interval,
    currency,
    period,
    result: outcome,
    metrics,
    benchmark: benchmark === undefined ? null : benchmarkOf(benchmark, intervalMs, heldInstead(result, benchmark)),
    costs: costsOf(result, metrics),
    monthlyReturns: monthlyReturns(curveOf(result), benchmark === undefined ? undefined : curveOf(benchmark), period.start),
    drawdowns: worstDrawdowns(curveOf(result), period.start),
    trades: result.trades,
    openPositions: result.open,
    fundingPayments: result.funding,
    blocked: result.blocked,
    diagnosis: diagnosisOf({
      positions: trades + open,
      blocked: result.blocked,
      silences: result.silences,
      signals,
      bars: period.bars,
      unit: facts.journal === undefined ? 'bars' : 'steps',
    }),
    journal: facts.journal ?? null,
    config,
    assumptions: assumptionsOf(facts),
    warnings: [...facts.warnings, ...result.warnings],
    provenance: { ...result.provenance, strategyHash },
    command: commandFor(facts, parameters),
  })
}

/** What was taken to hold because nothing that is stored tells it. */
function assumptionsOf({ market, journal }: RunFacts): string[] {
  if (journal !== undefined) return []
  const rules = market.data.rules ?? {}
  const words = ruleWords(rules)
  const without = market.coins.filter((coin) => rules[coin] === undefined)
  const free = `Quantities of ${without.join(', ')} have no step and no least worth: what the exchange asked for is not stored, and can be said with --lot and --min-notional`
  return [...(words.length === 0 ? [] : [`As told: ${words.join(' ')}`]), ...(without.length === 0 ? [] : [free])]
}

/** The asset of a benchmark that is not what was traded. */
function heldInstead({ assets }: BacktestResult, benchmark: BacktestResult | undefined): string | undefined {
  return benchmark === undefined || benchmark.assets.join() === assets.join() ? undefined : benchmark.assets.join(', ')
}

function periodOf({ timestamps }: BacktestResult, { intervalMs, data }: ReportedMarket): Period {
  const start = (timestamps[0] ?? 0) - intervalMs
  const end = timestamps.at(-1) ?? 0
  const warmupBars = Math.max(0, ...data.traded.map(({ columns }) => countBefore(columns.timestamp, start)))
  return { start, end, bars: timestamps.length, warmupBars, years: (end - start) / YEAR_MS }
}

function outcomeOf({ equity, config: { cash } }: BacktestResult, benchmark: BacktestResult | undefined): Outcome {
  const finalEquity = equity.at(-1) ?? cash
  const totalReturn = finalEquity / cash - 1
  const benchmarkReturn = benchmark === undefined ? null : (benchmark.equity.at(-1) ?? cash) / cash - 1
  const excessReturn = benchmarkReturn === null ? null : totalReturn - benchmarkReturn
  return { cash, finalEquity, netProfit: finalEquity - cash, totalReturn, benchmarkReturn, excessReturn }
}

function commandFor({ result, market, strategyName, benchmark, journal }: RunFacts, parameters: ParameterValues): string {
  return commandOf({
    strategy: strategyName,
    parameters,
    config: result.config,
    coins: market.coins,
    source: market.source,
    interval: market.interval,
    start: market.start,
    end: market.end,
    benchmark: benchmark === undefined ? 'none' : heldInstead(result, benchmark),
    rules: market.data.rules ?? {},
    journal,
  })
}

/** What is drawn, and what other programs would say: everything that is not in the document and cannot be had from it. */
export function chartsOf({ result, benchmark, market }: RunFacts): RunCharts {
  const { timestamps, equity } = result
  const depths = drawdowns(equity, result.config.cash)
  const rows = thinnedRows(timestamps, [equity, depths, ...(benchmark === undefined ? [] : [benchmark.equity])])
  const at = (values: Float64Array): number[] => rows.map((row) => brief(values[row] ?? 0))
  return plain({
    bars: timestamps.length,
    equity: {
      timestamp: rows.map((row) => timestamps[row] ?? 0),
      equity: at(equity),
      benchmark: benchmark === undefined ? null : at(benchmark.equity),
      drawdown: at(depths),
    },
    prices: market.data.traded.map((series) =>
      priceLine(series.asset, series.columns, series.intervalMs, (timestamps[0] ?? 0) - market.intervalMs),
    ),
    compatible: compatibleOf(result, benchmark, market),
  })
}

function priceLine(
  asset: string,
  { timestamp, close }: { readonly timestamp: Float64Array; readonly close: Float64Array },
  intervalMs: number,
  start: number,
): PriceLine {
  const from = countBefore(timestamp, start)
  const closes = timestamp.subarray(from).map((open) => open + intervalMs)
  const prices = close.subarray(from)
  const rows = thinnedRows(closes, [prices])
  return {
    asset,
    bars: closes.length,
    timestamp: rows.map((row) => closes[row] ?? 0),
    close: rows.map((row) => brief(prices[row] ?? 0)),
  }
}

function compatibleOf(result: BacktestResult, benchmark: BacktestResult | undefined, market: ReportedMarket): Compatible {
  const { returns, periods } = periodReturns(result, market.intervalMs)
  const isFirstCounted = returns.length === byDay(result.timestamps, result.equity, market.intervalMs).equity.length
  const days = benchmark === undefined ? undefined : byDay(benchmark.timestamps, benchmark.equity, market.intervalMs).equity
  const others = days === undefined ? undefined : returnsOf(days, isFirstCounted ? result.config.cash : undefined)
  const [first] = market.data.traded
  const closes = first === undefined ? result.equity : closesAt(result.timestamps, first.columns, first.intervalMs)
  return {
    empyrical: empyrical(returns, periods, others),
    quantstats: quantstats(returns, periods, others),
    'backtesting.py': backtestingPy(result, closes, market.intervalMs),
  }
}

/** The newest close at each step. */
function closesAt(
  steps: Float64Array,
  { timestamp, close }: { timestamp: Float64Array; close: Float64Array },
  intervalMs: number,
): Float64Array {
  let row = 0
  return steps.map((step) => {
    while (row + 1 < timestamp.length && (timestamp[row + 1] ?? 0) + intervalMs <= step) row += 1
    return close[row] ?? Number.NaN
  })
}

function idOf({ result, market, strategyName, strategyHash, benchmark }: RunFacts): string {
  const { source, interval, coins } = market
  const inputs = {
    ...result.provenance,
    strategyName,
    strategyHash,
    source,
    interval,
    coins,
    hasBenchmark: benchmark !== undefined,
    ...(heldInstead(result, benchmark) !== undefined && { benchmark: benchmark?.provenance.dataHash }),
  }
  const hash = createHash('sha256').update(canonicalJson(inputs))
  hash.update(new Uint8Array(result.equity.buffer, result.equity.byteOffset, result.equity.byteLength))
  return hash.digest('hex').slice(0, ID_DIGITS)
}

function benchmarkOf(benchmark: BacktestResult, intervalMs: number, asset: string | undefined): Benchmark {
  const all = performanceOf(benchmark, { intervalMs })
  return {
    name:
      benchmark.assets.length === 1
        ? `buy and hold ${benchmark.assets[0]}`
        : `buy and hold, equal parts of ${benchmark.assets.join(', ')}`,
    asset: asset ?? null,
    finalEquity: benchmark.equity.at(-1) ?? benchmark.config.cash,
    metrics: Object.fromEntries(BENCHMARK_METRICS.map((name) => [name, all[name]])),
  }
}

function costsOf({ fills, funding }: BacktestResult, metrics: Performance): Costs {
  const traded = fills.reduce((sum, fill) => sum + fill.quantity * fill.price, 0)
  const fees = metrics.fees.value ?? 0
  const slippage = metrics.slippage.value ?? 0
  const paid = funding.reduce((sum, { amount }) => sum + amount, 0)
  const total = fees + slippage - paid
  return { fills: fills.length, traded, fees, slippage, funding: paid, total, bps: traded > 0 ? (total / traded) * 10_000 : null }
}

function curveOf({ timestamps, equity, config }: BacktestResult): Curve {
  return { timestamps, values: equity, start: config.cash }
}

function currencyOf({ instruments, coins }: ReportedMarket): string {
  const quotes = new Set(coins.map((coin) => instruments.get(coin)?.quote ?? 'USD'))
  return quotes.size === 1 ? ([...quotes][0] ?? '') : ''
}

function countBefore(timestamp: Float64Array, start: number): number {
  let count = 0
  while (count < timestamp.length && (timestamp[count] ?? 0) < start) count += 1
  return count
}

/** More digits than a screen has pixels by far. */
function brief(value: number): number {
  return Number(value.toPrecision(8))
}

/** As JSON would have it: what is printed now and what is shown later are then the same. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}
