/** Settled rows into their tables, in transactions of a few thousand. */
import type { History } from '../../storage/history.js'
import type { CandleRow, FundingRow, MacroRow, MacroVintageRow, Metadata } from '../../storage/rows.js'
import type { UpsertCounts } from '../../storage/upsert.js'
import type { CandleTarget, FundingTarget, ImportSeries, MacroTarget } from './contract.js'
import type { SettledRow } from './settle.js'

const ROWS_PER_TRANSACTION = 10_000

export interface RowWriter {
  take(row: SettledRow): void
  /** Writes what waits. By series: what changed. */
  end(): ReadonlyMap<number, UpsertCounts>
}

export type StoredRow = CandleRow | MacroRow | MacroVintageRow | FundingRow

/** Throws `StorageError`. */
export function createRowWriter(history: History, series: readonly ImportSeries[], onWritten: (rows: number) => void): RowWriter {
  const counts = new Map<number, UpsertCounts>()
  let waiting: SettledRow[] = []
  const write = () => {
    const [first] = waiting
    const target = first === undefined ? undefined : series[first.series]
    if (first === undefined || target === undefined) return
    counts.set(first.series, sumOf(counts.get(first.series), store(history, target, waiting)))
    onWritten(waiting.length)
    waiting = []
  }
  return {
    take(row) {
      const [first] = waiting
      if (first !== undefined && (first.series !== row.series || waiting.length >= ROWS_PER_TRANSACTION)) write()
      waiting.push(row)
    },
    end() {
      write()
      return counts
    },
  }
}

/** A row as its table has it. */
export function storedRow(target: ImportSeries, row: SettledRow): StoredRow {
  if (target.kind === 'ohlcv') return candleOf(target, row)
  return target.kind === 'funding' ? fundingOf(target, row) : macroOf(target, row)
}

function store(history: History, target: ImportSeries, rows: readonly SettledRow[]): UpsertCounts {
  if (target.kind === 'ohlcv') return history.upsertCandles(rows.map((row) => candleOf(target, row)))
  if (target.kind === 'funding') return history.upsertFunding(rows.map((row) => fundingOf(target, row)))
  if (target.form === 'value') return history.upsertMacro(rows.map((row) => macroOf(target, row)))
  const vintages = history.upsertVintages(rows.map((row) => vintageOf(target, row)))
  if (target.form === 'vintage') return vintages
  // The last wording of a day is what is known at present.
  const newest = new Map(rows.map((row) => [row.time, macroOf(target, row)]))
  return eitherOf(vintages, history.upsertMacro([...newest.values()]))
}

/** A row is unchanged where neither of its two tables changed. */
function eitherOf(vintages: UpsertCounts, values: UpsertCounts): UpsertCounts {
  const { inserted } = vintages
  const changed = Math.max(vintages.updated, values.updated + values.inserted - inserted)
  const updated = Math.min(vintages.updated + vintages.unchanged, changed)
  return { inserted, updated, unchanged: vintages.updated + vintages.unchanged - updated }
}

function candleOf({ source, coin, interval }: CandleTarget, { time: timestamp, values }: SettledRow): CandleRow {
  const [open, high, low, close, volume, quality] = values
  return {
    source,
    cryptocurrency: coin,
    interval,
    timestamp,
    open: Number(open),
    high: Number(high),
    low: Number(low),
    close: Number(close),
    volume: numberOrNull(volume),
    quality: String(quality ?? ''),
  }
}

function fundingOf({ exchange, symbol, rateKind }: FundingTarget, { time: timestamp, values }: SettledRow): FundingRow {
  const [rate, predicted, fundingTime, hours, metadata] = values
  return {
    exchange,
    symbol,
    timestamp,
    kind: rateKind,
    fundingRate: Number(rate),
    predictedRate: numberOrNull(predicted),
    fundingTime: numberOrNull(fundingTime),
    intervalHours: numberOrNull(hours),
    metadata: typeof metadata === 'string' ? (JSON.parse(metadata) as Metadata) : null,
  }
}

function macroOf({ indicator }: MacroTarget, { time, values }: SettledRow): MacroRow {
  const [value, availableAt, isInterpolated, isForwardFilled, , quality] = values
  return {
    indicator,
    date: new Date(time).toISOString().slice(0, 10),
    value: numberOrNull(value),
    isInterpolated: isInterpolated === 1,
    isForwardFilled: isForwardFilled === 1,
    availableAt: Number(availableAt),
    quality: String(quality ?? ''),
  }
}

function vintageOf(target: MacroTarget, row: SettledRow): MacroVintageRow {
  const { indicator, date, availableAt, value } = macroOf(target, row)
  return { indicator, date, availableAt, value }
}

function sumOf(a: UpsertCounts | undefined, b: UpsertCounts): UpsertCounts {
  if (a === undefined) return b
  return { inserted: a.inserted + b.inserted, updated: a.updated + b.updated, unchanged: a.unchanged + b.unchanged }
}

function numberOrNull(cell: SettledRow['values'][number] | undefined): number | null {
  return typeof cell === 'number' ? cell : null
}
