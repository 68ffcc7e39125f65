/** `mts signals`: what the strategies say at a moment, by what was known then, and what is made of it. */
import type { SeriesData } from '../../backtest/data.js'
import { aggregate } from '../../signals/aggregate.js'
import {
  type AssetRisk,
  COMBINED,
  type CombinedSignal,
  type ConflictRule,
  type JudgedSignal,
  type Opinion,
  type TrackRecord,
} from '../../signals/contract.js'
import { riskOf, USUAL_BARS } from '../../signals/grade.js'
import { trackRecords } from '../../signals/score.js'
import { TRACK_HORIZON_MS } from '../../signals/track-record.js'
import type { Reader } from '../../storage/reader.js'
import { type MarketContext, marketContext, vixAt } from './context.js'
import { type HeardAll, type HeardSilence, type HearRequest, hearAll, type NotRun, type StrategyJob } from './hear.js'
import { rememberReads } from './remember.js'
import { scoreRows } from './track.js'

export interface SignalsRequest extends HearRequest {
  readonly jobs: readonly StrategyJob[]
  readonly conflict: ConflictRule
  /** Over what each strategy's settings say. */
  readonly minConfidence: number | undefined
  readonly maxPortfolioRisk: number | undefined
  readonly usualSize: number
}

export interface MadeSignals {
  /** The moment that was asked about, ms. */
  readonly timestamp: number
  /** What counts: kept or changed. */
  readonly signals: readonly JudgedSignal[]
  /** What was said and does not count, with why. */
  readonly dropped: readonly JudgedSignal[]
  readonly combined: readonly CombinedSignal[]
  readonly silent: readonly HeardSilence[]
  readonly notRun: readonly NotRun[]
  readonly marketContext: MarketContext
  readonly rules: {
    readonly conflict: ConflictRule
    readonly maxPortfolioRisk: number | null
    readonly usualSize: number
    readonly records: Readonly<Record<string, TrackRecord>>
  }
  readonly warnings: readonly string[]
}

/** Throws what `loadMarket` throws for names that do not exist; what a single strategy lacks is told in `notRun`. */
export async function makeSignals(stored: Reader, request: SignalsRequest): Promise<MadeSignals> {
  const reader = rememberReads(stored)
  const { at, jobs, conflict, usualSize } = request
  const heard = await hearAll(reader, jobs, request)
  const vix = vixAt(reader, request)
  const risks = risksOf(heard, vix.level)
  const records = recordsAt(reader, heard.opinions, at)
  const maxPortfolioRisk = request.maxPortfolioRisk ?? smallestLimit(jobs, heard.opinions)
  const { signals, combined } = aggregate(heard.opinions, {
    now: at,
    conflict,
    minConfidence: new Map(jobs.map(({ settings }) => [settings.name, request.minConfidence ?? settings.minConfidence])),
    weights: new Map(jobs.map(({ settings }) => [settings.name, settings.signalWeight])),
    records,
    risks,
    maxPortfolioRisk,
    usualSize,
  })
  return {
    timestamp: at,
    signals: signals.filter(({ fate }) => fate !== 'dropped'),
    dropped: signals.filter(({ fate }) => fate === 'dropped'),
    combined,
    silent: heard.silences,
    notRun: heard.notRun,
    marketContext: marketContext(reader, vix, risks, request),
    rules: { conflict, maxPortfolioRisk, usualSize, records: Object.fromEntries(records) },
    warnings: heard.warnings,
  }
}

function risksOf({ series }: HeardAll, vix: number | null): Map<string, AssetRisk> {
  return new Map([...series].map(([asset, each]) => [asset, riskOfSeries(each, vix)]))
}

function riskOfSeries({ columns, intervalMs }: SeriesData, vix: number | null): AssetRisk {
  // Two windows: the usual one, and what its first value looks back on.
  const newest = -2 * USUAL_BARS
  return riskOf({ timestamp: columns.timestamp.subarray(newest), close: columns.close.subarray(newest) }, intervalMs, vix)
}

/** The strictest of those who speak: nobody's limit is broken. */
function smallestLimit(jobs: readonly StrategyJob[], opinions: readonly Opinion[]): number | null {
  const speaking = new Set(opinions.map(({ strategy }) => strategy))
  const limits = jobs.flatMap(({ settings: { name, risk } }) =>
    speaking.has(name) && risk.maxPortfolioRisk !== null ? [risk.maxPortfolioRisk] : [],
  )
  return limits.length === 0 ? null : Math.min(...limits)
}

/** By stored signals of the same strategies whose time was over by then. */
function recordsAt(reader: Reader, opinions: readonly Opinion[], at: number): Map<string, TrackRecord> {
  const strategies = [...new Set(opinions.map(({ strategy }) => strategy))].filter((name) => name !== COMBINED)
  if (strategies.length === 0) return new Map()
  const rows = reader.signals({ strategies, until: at - TRACK_HORIZON_MS + 1, limit: Number.POSITIVE_INFINITY })
  return trackRecords(scoreRows(reader, rows, [TRACK_HORIZON_MS], at), 0, TRACK_HORIZON_MS, at)
}
