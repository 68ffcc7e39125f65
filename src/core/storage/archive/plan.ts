/** What is archived, in pieces of which size. The reasons for the sizes: docs/decisions/0013-archive.md. */
import { intervalMs } from '../../market/interval.js'
import { HOUR_MS } from '../../market/time.js'
import type { TableName } from '../rows.js'
import { TABLES } from '../tables.js'
import type { PeriodKind } from './period.js'

export interface ArchivePlan {
  readonly table: TableName
  /** Columns that name a series: the folders of the archive. */
  readonly series: readonly string[]
  readonly time: string
  readonly key: readonly string[]
  readonly columns: readonly string[]
  /** Length of a partition, by the values of `series`. */
  period(series: readonly string[]): PeriodKind
  /** Every series, where reading the keys one after the other would be slow. */
  readonly seriesSql?: string
  /** Columns that a formula gives from others of the row, to the bit, or they are stored as they are. */
  readonly derived: Readonly<Record<string, string>>
  /** False: commands read it from the database, which has to keep it. */
  readonly isPrunable: boolean
  /** A condition of rows that the database keeps for the same reason, where it need not keep all. */
  readonly keeps?: string
}

type Choice = Partial<Pick<ArchivePlan, 'series' | 'period' | 'seriesSql' | 'derived' | 'isPrunable' | 'keeps'>>

const day = (): PeriodKind => 'day'
const month = (): PeriodKind => 'month'

const CHOICES: Partial<Record<TableName, Choice>> = {
  order_book_samples: {},
  bid_ask_spreads: {
    derived: {
      mid_price: '(bid_price + ask_price) / 2',
      spread_percentage: '((ask_price - bid_price) * 2) / (bid_price + ask_price) * 10000 / 100',
    },
  },
  // Settled rates are three a day, and costs of every backtest.
  funding_rates: { period: month, keeps: "kind <> 'estimated'" },
  open_interest: {},
  large_trades: { derived: { value_usd: 'price * size' } },
  coverage: { period: month, isPrunable: false },
  stream_stats: {},
  crypto_ohlcv: {
    series: ['source', 'cryptocurrency', 'interval'],
    period: ([, , interval = '']) => ((intervalMs(interval) ?? HOUR_MS) < HOUR_MS ? 'month' : 'year'),
    seriesSql: 'SELECT source, cryptocurrency, interval FROM candle_series ORDER BY source, cryptocurrency, interval',
    derived: { date_str: "strftime(make_timestamp(timestamp * 1000), '%Y-%m-%d')" },
    isPrunable: false,
  },
}

export const ARCHIVE_PLANS: readonly ArchivePlan[] = (Object.keys(CHOICES) as TableName[]).map(planOf)

function planOf(table: TableName): ArchivePlan {
  const { columns, key, time } = TABLES[table]
  const choice = CHOICES[table] ?? {}
  return { table, series: ['exchange', 'symbol'], period: day, derived: {}, isPrunable: true, columns, key, time, ...choice }
}
