/** A backtest as its user asks for it: the run, what holding would have brought, and the document of both. */
import { ExecutionError } from '../errors.js'
import type { Strategy } from '../strategies/contract.js'
import { runBenchmark } from './benchmark.js'
import type { BacktestConfig } from './config.js'
import type { MarketData } from './data.js'
import { runBacktest } from './engine.js'
import type { Listener } from './events.js'
import type { LoadedMarket } from './load/market.js'
import { periodReturns } from './performance/index.js'
import { chartsOf, documentOf, type RunFacts } from './report/build.js'
import type { RunCharts, RunDocument } from './report/document.js'
import type { BacktestResult } from './result.js'
import { verifySample, warningsOfSample } from './verify/sample.js'

export interface RunRequest {
  readonly strategy: Strategy
  /** As the user named it, and the hash of the file where it is one. */
  readonly strategyName: string
  readonly strategyHash: string | null
  readonly config: BacktestConfig
  readonly data: MarketData
  readonly market: LoadedMarket
  readonly hasBenchmark: boolean
  /** Of another asset to hold; what was traded itself without it. */
  readonly benchmarkMarket?: LoadedMarket | undefined
  readonly version: string
}

export interface FinishedRun {
  readonly document: RunDocument
  readonly charts: RunCharts
  readonly result: BacktestResult
  readonly benchmark: BacktestResult | undefined
}

const FEW_RETURNS = 30

/** Errors: those of the engine; `BACKTEST_SAMPLED_BARS` where an order needs the inside of a bar that has none. */
export function runReported(request: RunRequest): FinishedRun {
  const { strategy, strategyName, strategyHash, config, data, market, version } = request
  checkSampled(config, market)
  const listener = market.isSampled ? refuseInside(market) : undefined
  const result = runBacktest(config, data, strategy, { version, ...(listener !== undefined && { listener }) })
  const other = request.benchmarkMarket
  const held = { config, data, version, other: other?.data }
  const benchmark = request.hasBenchmark ? runBenchmark(held, result.timestamps) : undefined
  const ofBenchmark = [
    ...(other?.warnings ?? []),
    ...(benchmark?.warnings ?? []).filter((each) => other?.data.warnings.includes(each)),
  ]
  const warnings = [...market.warnings, ...ofBenchmark, ...ruins(result, benchmark), ...cautions(request, result)]
  const facts: RunFacts = { result, benchmark, market, description: strategy.description, strategyName, strategyHash, warnings }
  return { document: documentOf(facts), charts: chartsOf(facts), result, benchmark }
}

/** High and low of sampled bars lie inside the market's: a stop that the market reached may not show in them. */
function refuseInside(market: LoadedMarket): Listener {
  return (event) => {
    if (event.type !== 'order' || event.state !== 'submitted' || event.kind === 'market') return
    throw sampledBars(market, `a ${event.kind} order of ${event.asset} on ${new Date(event.timestamp).toISOString()}`)
  }
}

function checkSampled({ margin }: BacktestConfig, market: LoadedMarket): void {
  if (market.isSampled && margin.kind === 'isolated') throw sampledBars(market, 'liquidation (--leverage)')
}

function sampledBars({ source, interval, coins }: LoadedMarket, what: string): ExecutionError {
  return new ExecutionError(
    'BACKTEST_SAMPLED_BARS',
    `${source} bars are made of samples: their high and low are not the market's, so they cannot fill ${what}`,
    {
      suggestions: [
        `Take candles of an exchange: mts collect --source binance --coins ${coins.join(',')} --interval ${interval}`,
        'Or a strategy that trades by market orders alone',
      ],
    },
  )
}

/** A perpetual that is held for years can be eaten up by its funding alone: who sees the end of it should see why. */
function ruins(result: BacktestResult, benchmark: BacktestResult | undefined): string[] {
  const own = ruinOf(result)
  const held = benchmark === undefined ? undefined : ruinOf(benchmark)
  return [
    ...(own === undefined ? [] : [`The account ${own}`]),
    // Who only held is told once.
    ...(held === undefined || held === own ? [] : [`Buying and holding ${held}`]),
  ]
}

function ruinOf({ trades, funding }: BacktestResult): string | undefined {
  const last = trades.find(({ exitReason }) => exitReason === 'ruin')
  if (last === undefined) return undefined
  const paid = -funding.reduce((sum, { amount }) => sum + amount, 0)
  const after = paid > 0 ? `, after ${Math.round(paid).toLocaleString('en-US')} of funding` : ''
  const day = new Date(last.exitTime).toISOString().slice(0, 10)
  return `was ruined on ${day}${after}: nothing was left, everything was closed, and nothing was traded afterwards`
}

/** What a reader of the result should know before believing it. */
function cautions({ config, data, strategy, market, version }: RunRequest, result: BacktestResult): string[] {
  const periods = periodReturns(result, market.intervalMs).returns.length
  return [
    ...marketCautions(market, config),
    ...(periods < FEW_RETURNS ? [`${periods} returns are few: ratios such as Sharpe say little below ${FEW_RETURNS}`] : []),
    ...warningsOfSample(verifySample(config, data, strategy, version), result),
  ]
}

/** Why no result on these bars with these rules can be taken for more than it is. */
export function marketCautions(market: LoadedMarket, { fill }: Pick<BacktestConfig, 'fill'>): string[] {
  return [
    ...(market.isSimulated ? [`The bars of ${market.source} are simulated: they say nothing of the real market`] : []),
    ...market.simulatedMacro.map((indicator) => `The values of ${indicator} are simulated: they say nothing of the real economy`),
    ...(market.isSampled ? [`The bars of ${market.source} are made of samples: ranges and volumes within them mean little`] : []),
    ...(fill === 'same-close' ? ['Orders fill at the close that decided, which nobody can do: for comparison only'] : []),
  ]
}
