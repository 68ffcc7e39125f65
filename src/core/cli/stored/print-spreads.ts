/** `mts spread` from its flags to its output. */
import { CheckFailedError, UsageError } from '../../errors.js'
import { reportSpreads } from '../../live/spreads.js'
import { pairOf } from '../../live/stored-rows.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import type { Column } from '../output/column.js'
import { formatNumber } from '../output/number.js'
import { shapeText } from '../output/sparkline.js'
import { readStored, type StoredFlags, spanOf } from './flags.js'

const BPS = { kind: 'number', decimals: 3 } as const
const COUNT = { kind: 'number', decimals: 0 } as const

const COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'spread_bps', heading: 'now', ...BPS },
  { key: 'percentile', brief: 'pct', kind: 'number', decimals: 0 },
  {
    key: 'condition',
    paint: (text, value, painter) => {
      if (value === 'normal') return painter.good(text)
      return value === 'wide' ? painter.warn(text) : painter.bad(text)
    },
  },
  { key: 'p50', heading: 'median', ...BPS },
  { key: 'p95', isMinor: true, ...BPS },
  { key: 'p99', isMinor: true, ...BPS },
  { key: 'max', ...BPS },
  { key: 'trend' },
  {
    key: 'tightest_share',
    heading: 'tightest',
    unit: '%',
    kind: 'number',
    text: (value) => (typeof value === 'number' ? formatNumber(value * 100, 0) : '–'),
  },
  { key: 'alerts', heading: 'above limit', isMinor: true, ...COUNT },
  { key: 'shape', heading: 'since then', isMinor: true, text: shapeText },
  { key: 'count', heading: 'samples', ...COUNT },
]

export interface SpreadFlags extends StoredFlags {
  readonly symbol: string
  readonly alertBps: number | undefined
  readonly widePercentile: number
  readonly stressedPercentile: number
}

/** Throws `UsageError` for percentiles the wrong way round, `CheckFailedError` when a spread is above the limit that the user gave. */
export async function printSpreads(session: BaseSession, flags: SpreadFlags): Promise<void> {
  const { symbol, alertBps, widePercentile, stressedPercentile } = flags
  if (widePercentile > stressedPercentile) {
    throw new UsageError(
      'USAGE_BAD_NUMBER',
      `Wide from ${widePercentile} on, and stressed from ${stressedPercentile}: nothing would be wide`,
      {
        suggestions: ['--wide-percentile has to be at most --stressed-percentile'],
      },
    )
  }
  const { rows, known, warnings } = await readStored(session, 'bid_ask_spreads', { names: [symbol], flags }, (reader, query) =>
    reader.spreads(query),
  )
  const series = reportSpreads(rows, {
    ...{ alertBps, widePercentile, stressedPercentile },
    pairOf: (exchange, name) => pairOf(known, exchange, name),
  })
  await session.print({
    data: series,
    warnings: [
      ...warnings,
      ...(series.length > 0 ? [] : ['Nothing is stored of that time: mts stream --channels book stores spreads']),
    ],
    view: {
      heading: `Spreads in bps of the mid, the last ${formatDuration(spanOf(flags))}`,
      rows: series,
      columns: COLUMNS.filter(({ key }) => key !== 'alerts' || alertBps !== undefined),
    },
  })
  const wide = series.filter(({ isAlert }) => isAlert === true)
  if (wide.length === 0) return
  const names = wide.map(({ exchange, symbol: name, spreadBps }) => `${exchange} ${name} ${formatNumber(spreadBps, 3)}`)
  throw new CheckFailedError('CHECK_SPREAD', `Wider than ${alertBps} bps: ${names.join(', ')}`)
}
