/** `mts collect` from its flags to its output. */
import path from 'node:path'
import type { Rejected } from '../../collect/check-candles.js'
import { type Collected, collectCandles } from '../../collect/collect-candles.js'
import type { SeriesResult } from '../../collect/collect-series.js'
import { failuresOf } from '../../collect/failures.js'
import { lengthOf } from '../../collect/grid.js'
import { periodOf } from '../../collect/period.js'
import { countBars } from '../../collect/ranges.js'
import { appendToQuarantine } from '../../storage/quarantine.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { pathFromHere } from '../paths.js'
import { asJob } from './job.js'
import { openCandleSource } from './sources.js'

export interface CollectFlags {
  readonly days: number | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly coins: readonly string[] | undefined
  readonly top: number
  readonly source: string
  readonly interval: string
  readonly recheck: boolean
  readonly wait: boolean
}

const USUAL_DAYS = 7
/** Of a series that is full of holes nobody reads every one: their number is exact. */
const MOST_HOLE_RANGES = 100
const QUARANTINE_COLUMNS = ['source', 'cryptocurrency', 'interval', 'timestamp', 'open', 'high', 'low', 'close', 'volume'] as const

const COLUMNS: readonly Column[] = [
  { key: 'cryptocurrency', heading: 'coin' },
  { key: 'symbol', isMinor: true },
  { key: 'requested', kind: 'number', decimals: 0 },
  { key: 'stored', kind: 'number', decimals: 0 },
  { key: 'updated', kind: 'number', decimals: 0 },
  { key: 'rejected', kind: 'number', decimals: 0, isMinor: true },
  { key: 'holes', kind: 'number', decimals: 0, paint: (text, value, painter) => (value === 0 ? text : painter.strong(text)) },
  { key: 'first', kind: 'time', unit: 'UTC' },
  { key: 'last', kind: 'time', unit: 'UTC' },
]

export async function runCollect(session: BaseSession, flags: CollectFlags): Promise<void> {
  const { source: id, interval, coins, top, recheck: isRecheck, wait: isWaiting } = flags
  if (interval !== 'auto') lengthOf(interval)
  const period = periodOf(flags, (await session.clock()).now(), USUAL_DAYS)
  const source = await openCandleSource(session, id)
  const bar = await session.bar('bars')
  const file = path.join(session.config.dataDir, 'quarantine', 'collect.csv')
  const collected = await asJob(session, { job: 'collect', scope: `${source.id}-${interval}`, isWaiting }, async (history) => {
    const clock = await session.clock()
    const quarantine = (rejected: readonly Rejected[]) =>
      appendToQuarantine(
        file,
        QUARANTINE_COLUMNS,
        rejected.map((each) => quarantined(each, clock.now())),
      )
    const onProgress = (done: number, expected: number) => bar.set(done, expected)
    return collectCandles({ history, quarantine, onProgress }, { source, wish: { coins, top }, interval, period, isRecheck })
  }).finally(() => bar.end())
  await session.print({
    data: collected.results.map(rowOf),
    warnings: warningsOf(collected, pathFromHere(file)),
    failures: failuresOf(collected.results, ({ source, coin, stored, updated }) => ({
      source,
      series: coin,
      hasStored: stored + updated > 0,
    })),
    view: {
      heading: headingOf(source.id, interval, collected),
      rows: collected.results.map(rowOf),
      columns: columnsFor(collected.results),
    },
    isForPeople: true,
  })
}

function rowOf({ coin, holeRanges, failure, ...result }: SeriesResult) {
  const ms = lengthOf(result.interval)
  const ranges = holeRanges.slice(0, MOST_HOLE_RANGES).map((range) => ({ ...range, bars: countBars([range], ms) }))
  return { cryptocurrency: coin, ...result, isComplete: failure === undefined && result.holes === 0, holeRanges: ranges }
}

function columnsFor(results: readonly SeriesResult[]): readonly Column[] {
  return COLUMNS.filter(({ key }) => key !== 'rejected' || results.some(({ rejected }) => rejected > 0))
}

function headingOf(source: string, asked: string, { interval, range, results }: Collected): string {
  const chosen = asked === 'auto' ? ` (auto)` : ''
  const changed = results.reduce((sum, { stored, updated }) => sum + stored + updated, 0)
  const news = changed === 0 ? 'nothing new' : `${changed} bars stored or updated`
  return `${source}, ${interval}${chosen} bars, ${minute(range.from)} to ${minute(range.to)}: ${news}`
}

function warningsOf({ results, warnings }: Collected, file: string): string[] {
  const refused = results.filter(({ rejected }) => rejected > 0)
  return [
    ...warnings,
    ...refused.map(({ coin, rejected }) => `${coin}: ${rejected} bars were refused; each is in ${file} with its reason`),
  ]
}

function quarantined({ reason, row }: Rejected, refusedAt: number) {
  return { refusedAt, reason, cells: QUARANTINE_COLUMNS.map((column) => row[column]) }
}

function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
