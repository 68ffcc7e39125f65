/** Asks strategies over stored bars, by the backtest's own loader, view and engine. */
import { cutMarket } from '../../backtest/cut.js'
import type { SeriesData } from '../../backtest/data.js'
import { type LoadedMarket, loadMarket, requirementsOf } from '../../backtest/load/market.js'
import { marketCautions } from '../../backtest/run.js'
import { type Saying, type Stance, sayingOf } from '../../backtest/saying.js'
import { configure, type RunSettings } from '../../backtest/settings.js'
import { BacktestError, DataValidationError, type MtsError } from '../../errors.js'
import type { Opinion } from '../../signals/contract.js'
import { opinionId } from '../../signals/ids.js'
import type { Reader } from '../../storage/reader.js'
import type { Strategy } from '../../strategies/contract.js'
import type { RiskSettings, StrategySettings } from '../../strategies/settings.js'
import { checkBars, checkMacro, holeAmong, type Moment } from './freshness.js'

export interface StrategyJob {
  readonly strategy: Strategy
  readonly settings: StrategySettings
  /** Coin ids. */
  readonly assets: readonly string[]
}

export interface HearRequest extends Moment {
  /** The bars may go on beyond `at`: it was asked for. */
  readonly isPast: boolean
  readonly source: string | undefined
  readonly interval: string | undefined
  readonly version: string
}

export interface HeardSilence {
  readonly strategy: string
  readonly asset: string
  readonly reason: string
}

export interface NotRun extends HeardSilence {
  readonly code: string
  readonly suggestions: readonly string[]
}

export interface HeardAll {
  readonly opinions: readonly Opinion[]
  readonly silences: readonly HeardSilence[]
  readonly notRun: readonly NotRun[]
  /** Bars by asset, up to the moment. */
  readonly series: ReadonlyMap<string, SeriesData & { readonly source: string }>
  readonly warnings: readonly string[]
}

/** What `mts backtest` takes where no flag says otherwise: a signal is a decision of that run. */
function usualSettings({ parameters }: Strategy, { maxDrawdown, maxPortfolioRisk }: RiskSettings): RunSettings {
  return {
    cash: 100_000,
    commission: 'exchange',
    slippage: '0',
    fill: 'next-open',
    sizing: Object.hasOwn(parameters, 'position_size') ? 'fraction:1' : undefined,
    leverage: undefined,
    participation: undefined,
    maxDrawdown: maxDrawdown ?? undefined,
    maxExposure: maxPortfolioRisk ?? undefined,
    isLongOnly: false,
    strict: false,
    seed: 42,
  }
}

/** Each strategy over each of its assets, or over all at once where it is one of the whole portfolio. What fails is told, not thrown. */
export async function hearAll(reader: Reader, jobs: readonly StrategyJob[], request: HearRequest): Promise<HeardAll> {
  const heard: HeardAll[] = []
  for (const job of jobs) {
    const groups = job.strategy.scope === 'portfolio' ? [job.assets] : job.assets.map((asset) => [asset])
    for (const coins of groups) heard.push(await hearOrTell(reader, job, coins, request))
  }
  return {
    opinions: heard.flatMap(({ opinions }) => opinions),
    silences: heard.flatMap(({ silences }) => silences),
    notRun: heard.flatMap(({ notRun }) => notRun),
    // The first one stays: strategies that look further back do not change what an asset is.
    series: new Map(heard.toReversed().flatMap(({ series }) => [...series])),
    warnings: [...new Set(heard.flatMap(({ warnings }) => warnings))],
  }
}

const NOTHING: HeardAll = { opinions: [], silences: [], notRun: [], series: new Map(), warnings: [] }

async function hearOrTell(reader: Reader, job: StrategyJob, coins: readonly string[], request: HearRequest): Promise<HeardAll> {
  try {
    return await hear(reader, job, coins, request)
  } catch (error) {
    if (!(error instanceof BacktestError || error instanceof DataValidationError)) throw error
    return { ...NOTHING, notRun: coins.map((asset) => notRun(job.strategy.name, asset, error)) }
  }
}

function notRun(strategy: string, asset: string, { code, message, suggestions }: MtsError): NotRun {
  return { strategy, asset, code, reason: message, suggestions }
}

async function hear(reader: Reader, job: StrategyJob, coins: readonly string[], request: HearRequest): Promise<HeardAll> {
  const { strategy, settings } = job
  const { parameters } = settings
  const { at, isPast, source, interval, version } = request
  const requirements = requirementsOf(strategy, [parameters])
  const loaded = await loadMarket(reader, { symbols: coins, source, interval, end: isPast ? at : undefined, requirements })
  const market = { ...loaded, data: cutMarket(loaded.data, { until: at }) }
  checkBars(market.data.traded, market.source, request)
  checkMacro(market.data.macro, request)
  const { config, data } = configure(usualSettings(strategy, settings.risk), parameters, market, reader)
  const saying = sayingOf(config, data, strategy, version)
  return {
    opinions: saying.stances.map((stance) =>
      opinionOf(stance, { job, market, saying, warmup: requirements.warmup, maxIntervals: request.maxIntervals }),
    ),
    silences: saying.silences.map((silence) => ({ strategy: strategy.name, ...silence })),
    notRun: [],
    series: new Map(data.traded.map((series) => [series.asset, { ...series, source: market.source }])),
    warnings: marketCautions(market, config),
  }
}

interface Background {
  readonly job: StrategyJob
  readonly market: LoadedMarket
  readonly saying: Saying
  readonly warmup: number
  readonly maxIntervals: number
}

function opinionOf(
  { asset, signal, saidAt, isNew, doubt }: Stance,
  { job, market, saying, warmup, maxIntervals }: Background,
): Opinion {
  const { source, interval, intervalMs, data } = market
  const content = {
    strategy: job.strategy.name,
    asset,
    signal: signal.signal,
    strength: signal.strength,
    confidence: signal.confidence,
    saidAt,
    source,
    interval,
  }
  const series = data.traded.find((each) => each.asset === asset)
  return {
    id: opinionId(content),
    ...content,
    size: signal.size ?? null,
    reason: signal.reason,
    isNew,
    // Without a life of its own it holds as long as its bars are fresh: the strategy is asked again before.
    expiresAt: signal.expiresAfter === undefined ? saying.time + maxIntervals * intervalMs : saidAt + signal.expiresAfter,
    doubt: doubt ?? (series === undefined ? null : holeAmong(series, warmup)),
  }
}
