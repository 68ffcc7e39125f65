/** `mts signals list` and `mts signals score`. */
import { coinsOf } from '../../backtest/load/coins.js'
import { UsageError } from '../../errors.js'
import { LIVE_SOURCE } from '../../live/signals/told.js'
import { scoreRows } from '../../live/signals/track.js'
import { DAY_MS } from '../../market/time.js'
import { type StrategyScore, scoreSignals } from '../../signals/score.js'
import { TRACK_HORIZON_MS } from '../../signals/track-record.js'
import { openReader, type Reader } from '../../storage/reader.js'
import type { SignalRow } from '../../storage/rows.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { SIGNAL_COLUMNS } from './print.js'

export interface StoredSignalsFlags {
  readonly since: number | undefined
  readonly strategy: readonly string[] | undefined
  readonly asset: readonly string[] | undefined
}

const LIST_COLUMNS: readonly Column[] = [
  ...SIGNAL_COLUMNS.filter(({ key }) => key === 'timestamp'),
  ...SIGNAL_COLUMNS.filter(({ key }) => key !== 'timestamp'),
]

export async function listSignals(session: BaseSession, flags: StoredSignalsFlags & { readonly limit: number }): Promise<void> {
  const rows = await withRows(session, flags, flags.limit, (_, found) => found)
  await session.print({
    // The context is what the row could not hold in columns: one level less to dig for.
    data: rows.map(({ context, ...row }) => ({ ...row, ...context })),
    columns: LIST_COLUMNS,
    warnings: rows.length > 0 ? [] : [await nothingStored(session)],
  })
}

/** So many of the newest tell which strategies there are. */
const NEWEST = 1_000

/** Names what there is: a strategy of signals may be gone, so no name is wrong. */
async function nothingStored(session: BaseSession): Promise<string> {
  const all = { since: undefined, strategy: undefined, asset: undefined }
  const stored = await withRows(session, all, NEWEST, (_, rows) => [...new Set(rows.map(({ strategy }) => strategy))])
  if (stored.length === 0) return 'No signal is stored: mts signals stores them'
  return `No signal of that kind is stored; there are some of ${stored.sort().join(', ')}`
}

export interface ScoreFlags extends StoredSignalsFlags {
  readonly horizons: readonly string[]
}

export async function printScore(session: BaseSession, flags: ScoreFlags): Promise<void> {
  const horizons = horizonsOf(flags.horizons)
  const calibrated = Math.max(0, horizons.indexOf(TRACK_HORIZON_MS))
  const { scores, live } = await withRows(session, flags, Number.POSITIVE_INFINITY, (reader, rows) => {
    const onBars = rows.filter(({ context }) => context?.['source'] !== LIVE_SOURCE)
    return { scores: scoreSignals(scoreRows(reader, onBars, horizons), horizons, calibrated), live: rows.length - onBars.length }
  })
  const told = days(horizons[calibrated] ?? 0)
  await session.print({
    data: { calibratedAt: horizons[calibrated], strategies: scores },
    warnings: [
      ...(scores.length > 0 || live > 0 ? [] : [await nothingStored(session)]),
      ...(live > 0 ? [`${live} rows of the live feed are left out: they live for seconds, and bars do not tell how they did`] : []),
    ],
    view: {
      heading: `Returns in the direction of the signal, costs apart; confidence is held against hits after ${told}`,
      rows: scores.flatMap(rowsOf),
      columns: SCORE_COLUMNS.filter(({ key }) => key !== 'reason' || scores.some(hasNoFigures)),
    },
  })
}

const COUNT: Partial<Column> = { kind: 'number', decimals: 0 }
const PERCENT: Partial<Column> = { kind: 'number', text: (value) => (typeof value === 'number' ? (100 * value).toFixed(1) : '–') }

const SCORE_COLUMNS: readonly Column[] = [
  { key: 'strategy' },
  { key: 'horizon' },
  { key: 'n', ...COUNT },
  { key: 'n_independent', heading: 'independent', ...COUNT },
  { key: 'pending', ...COUNT },
  { key: 'hit_rate', heading: 'hits', unit: '%', ...PERCENT },
  { key: 'hit_rate_low', heading: 'at least', unit: '%', ...PERCENT },
  { key: 'hit_rate_high', heading: 'at most', unit: '%', ...PERCENT },
  {
    key: 'mean_return',
    heading: 'mean return',
    unit: '%',
    kind: 'number',
    text: (value) => (typeof value === 'number' ? (100 * value).toFixed(2) : '–'),
  },
  { key: 'calibration', heading: 'hits by confidence', isMinor: true },
  { key: 'reason', isMinor: true },
]

function hasNoFigures({ horizons }: StrategyScore): boolean {
  return horizons.some(({ reason }) => reason !== null)
}

/** A row a horizon; the calibration stands at the first. */
function rowsOf({ strategy, horizons, calibration }: StrategyScore): object[] {
  const buckets = calibration
    .filter(({ n }) => n > 0)
    .map(({ from, to, n, hitRate }) => `${from.toFixed(1)}–${to.toFixed(1)}: ${(100 * (hitRate ?? 0)).toFixed(0)} % of ${n}`)
  return horizons.map((each, i) => ({
    strategy,
    ...each,
    horizon: days(each.horizonMs),
    calibration: i === 0 ? buckets.join(', ') : '',
  }))
}

function days(ms: number): string {
  return `${ms / DAY_MS}d`
}

const MOST_DAYS = 3650

/** `1,7,30`: days. */
function horizonsOf(texts: readonly string[]): number[] {
  const days = texts.map(Number)
  const wrong = texts.find((_, i) => !(Number(days[i]) > 0 && Number(days[i]) <= MOST_DAYS))
  if (wrong !== undefined) {
    throw new UsageError('USAGE_BAD_NUMBER', `--horizons: ${wrong} is no number of days`, {
      suggestions: [`Numbers above 0, to ${MOST_DAYS}, such as --horizons 1,7,30`],
    })
  }
  return [...new Set(days)].sort((a, b) => a - b).map((each) => each * DAY_MS)
}

async function withRows<Result>(
  session: BaseSession,
  { since, strategy, asset }: StoredSignalsFlags,
  limit: number,
  work: (reader: Reader, rows: readonly SignalRow[]) => Result,
): Promise<Result> {
  const now = (await session.clock()).now()
  const reader = openReader(session.config.db)
  try {
    const stored = new Set(reader.candleSpans().map(({ cryptocurrency }) => cryptocurrency))
    const assets = asset === undefined ? undefined : await coinsOf(asset, stored)
    return work(
      reader,
      reader.signals({ since: since === undefined ? undefined : now - since, strategies: strategy, assets, limit }),
    )
  } finally {
    reader.close()
  }
}
