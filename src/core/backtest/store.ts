/** Finished runs into the database and back, as they were printed. */
import { nearest, UsageError } from '../errors.js'
import type { BacktestRecord } from '../storage/backtests.js'
import type { Reader } from '../storage/reader.js'
import { canonicalJson } from './provenance.js'
import type { RunCharts, RunDocument } from './report/document.js'
import type { FinishedRun } from './run.js'

export interface ShownRun {
  readonly document: RunDocument
  readonly charts: RunCharts
}

export function recordOf({ document, charts, result, benchmark }: FinishedRun): BacktestRecord {
  const { id, strategy, parameters, assets, source, interval, period, metrics, provenance } = document
  return {
    run: {
      id,
      strategy,
      parameters: canonicalJson(parameters),
      assets: assets.map(({ asset }) => asset).join(','),
      source,
      interval,
      startedAt: period.start,
      endedAt: period.end,
      bars: period.bars,
      cash: document.result.cash,
      finalEquity: document.result.finalEquity,
      totalReturn: document.result.totalReturn,
      benchmarkReturn: document.result.benchmarkReturn,
      sharpe: metrics.sharpe.value,
      maxDrawdown: metrics.max_drawdown.value,
      trades: document.trades.length,
      ...provenance,
    },
    trades: document.trades,
    equity: { timestamp: result.timestamps, equity: result.equity, benchmark: benchmark?.equity },
    document: JSON.stringify(document),
    charts: JSON.stringify(charts),
  }
}

/** The run whose id begins so. Throws `UsageError` `USAGE_UNKNOWN_RUN` where there is none, or several. */
export function readRun(reader: Reader, prefix: string): ShownRun {
  const ids = reader.backtestIds(prefix.trim().toLowerCase())
  const [id] = ids
  const stored = id === undefined || ids.length > 1 ? undefined : reader.backtest(id)
  if (stored === undefined) throw unknownRun(reader, prefix, ids)
  return { document: JSON.parse(stored.document) as RunDocument, charts: JSON.parse(stored.charts) as RunCharts }
}

function unknownRun(reader: Reader, prefix: string, ids: readonly string[]): UsageError {
  if (ids.length > 1) {
    return new UsageError('USAGE_UNKNOWN_RUN', `Several runs begin with ${prefix}`, {
      suggestions: [`Give one of ${ids.join(', ')}`],
    })
  }
  const known = reader.backtests(100).map(({ id }) => id)
  const near = nearest(prefix, known)
  const last = known[0] === undefined ? 'Nothing is stored yet: mts backtest' : `The last one: ${known[0]}; all: mts backtest list`
  return new UsageError('USAGE_UNKNOWN_RUN', `No stored run begins with ${prefix}`, {
    suggestions: [near.length > 0 ? `Did you mean ${near.join(', ')}?` : last],
  })
}
