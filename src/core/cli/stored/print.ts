/** What streams have stored of open interest and large trades, as documents and tables. */
import { reportLargeTrades } from '../../live/large-trades-report.js'
import { reportOpenInterest } from '../../live/open-interest.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import type { Column } from '../output/column.js'
import { counted } from '../output/counted.js'
import { formatNumber } from '../output/number.js'
import type { Result } from '../output/output.js'
import { shapeText } from '../output/sparkline.js'
import { readStored, type StoredFlags, spanOf } from './flags.js'

const COUNT = { kind: 'number', decimals: 0 } as const

const OPEN_INTEREST_COLUMNS: readonly Column[] = [
  { key: 'exchange' },
  { key: 'symbol' },
  { key: 'open_interest', kind: 'number', decimals: 3 },
  { key: 'open_interest_usd', heading: 'value', unit: 'USD', ...COUNT },
  { key: 'change', kind: 'number', decimals: 3, isMinor: true },
  { key: 'change_percentage', heading: 'change', unit: '%', kind: 'number', decimals: 2 },
  {
    key: 'trend',
    paint: (text, value, painter) =>
      value === 'rising' ? painter.good(text) : value === 'falling' ? painter.bad(text) : painter.quiet(text),
  },
  { key: 'shape', heading: 'since then', isMinor: true, text: shapeText },
  { key: 'count', heading: 'rows', isMinor: true, ...COUNT },
  { key: 'last', kind: 'time' },
]

const TRADE_COLUMNS: readonly Column[] = [
  { key: 'timestamp', kind: 'time' },
  { key: 'exchange' },
  { key: 'symbol' },
  {
    key: 'side',
    paint: (text, value, painter) => (value === 'buy' ? painter.good(text) : painter.bad(text)),
  },
  { key: 'price', kind: 'number' },
  { key: 'size', kind: 'number' },
  { key: 'value_usd', heading: 'value', unit: 'USD', ...COUNT },
  { key: 'is_liquidation', heading: 'liquidation', text: (value) => (value === true ? 'yes' : '–') },
]

/** `more`: what fetching it before has to say. */
export async function printOpenInterest(
  session: BaseSession,
  name: string,
  flags: StoredFlags,
  more: Pick<Result, 'warnings' | 'failures'> = {},
): Promise<void> {
  const { rows, warnings } = await readStored(session, 'open_interest', { names: [name], flags }, (reader, query) =>
    reader.openInterest(query),
  )
  const report = reportOpenInterest(rows)
  const value = report.totalUsd === null ? '' : `, ${usd(report.totalUsd)} in all (${signedUsd(report.changeUsd)})`
  await session.print({
    data: report,
    ...more,
    warnings: [
      ...(more.warnings ?? []),
      ...warnings,
      ...(rows.length > 0 ? [] : ['Nothing is stored of that time: mts oi --history fetches it, mts stream stores it']),
    ],
    view: {
      heading: `${counted(report.count, 'row')} of the last ${formatDuration(spanOf(flags))}${value}`,
      rows: report.series,
      columns: OPEN_INTEREST_COLUMNS,
    },
  })
}

export interface LargeTradesFlags extends StoredFlags {
  readonly symbols: readonly string[]
  readonly minValueUsd: number | undefined
  readonly onlyLiquidations: boolean
  readonly limit: number
}

export async function printLargeTrades(session: BaseSession, flags: LargeTradesFlags): Promise<void> {
  const { symbols, minValueUsd, onlyLiquidations, limit } = flags
  const { rows, warnings } = await readStored(session, 'large_trades', { names: symbols, flags }, (reader, query) =>
    reader.largeTrades({ ...query, onlyLiquidations, ...(minValueUsd === undefined ? {} : { minValueUsd }) }),
  )
  const report = reportLargeTrades(rows, limit)
  const { count, liquidations, trades } = report
  const totals = [
    `${counted(count, onlyLiquidations ? 'liquidation' : 'large trade')} of the last ${formatDuration(spanOf(flags))}, ${usd(report.valueUsd)}`,
    `bought ${usd(report.buyValueUsd)}, sold ${usd(report.sellValueUsd)}`,
    ...(onlyLiquidations ? [] : [`${counted(liquidations, 'liquidation')}, ${usd(report.liquidationValueUsd)}`]),
    ...(rows.length > trades.length ? [`the newest ${limit} are shown`] : []),
  ]
  await session.print({
    data: report,
    warnings: [
      ...warnings,
      ...(rows.length > 0 ? [] : ['Nothing of that kind is stored of that time: mts stream stores large trades']),
    ],
    view: { heading: totals.join('; '), rows: report.trades, columns: TRADE_COLUMNS },
  })
}

function usd(value: number): string {
  return `${formatNumber(value, 0)} USD`
}

function signedUsd(value: number | null): string {
  return value === null ? 'change not known' : `${value > 0 ? '+' : ''}${usd(value)}`
}
