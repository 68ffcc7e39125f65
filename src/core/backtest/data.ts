/** The market that a backtest may look at: columns, checked once, shared by every run over them. */
import { createHash, type Hash } from 'node:crypto'
import { DataError } from '../errors.js'
import type { CandleColumns } from '../storage/candle-columns.js'

export type { CandleColumns }

export interface SeriesData {
  /** What `--symbols` named: `bitcoin`, `BTCUSDT`. */
  readonly asset: string
  readonly interval: string
  readonly intervalMs: number
  readonly columns: CandleColumns
}

/** Oldest publication first. */
export interface MacroData {
  readonly indicator: string
  /** First moment of the date observed, ms UTC. */
  readonly date: Float64Array
  readonly availableAt: Float64Array
  readonly value: Float64Array
}

/** Settled rates, oldest first. */
export interface FundingData {
  readonly asset: string
  readonly timestamp: Float64Array
  /** Fraction paid at that time. */
  readonly rate: Float64Array
  /** Price that the payment is of; NaN: the open of the bar. */
  readonly price?: Float64Array
  readonly intervalHours: number
}

/** Recorded books of an asset, to price a fill from. */
export interface BookSamples {
  readonly asset: string
  /**
   * Cost of taking `quantity` (base units) from the newest book at or before `timestamp`, as a fraction of its mid, fees apart;
   * undefined where no book is near enough or deep enough.
   */
  cost(side: 'buy' | 'sell', quantity: number, timestamp: number): number | undefined
}

/** Smallest steps of an asset; 0 is none. */
export interface AssetRules {
  readonly lotSize: number
  readonly minNotional: number
}

export interface MarketData {
  /** What is traded, all at one interval, in the order of the run. */
  readonly traded: readonly SeriesData[]
  /** Further series to look at, of any interval. */
  readonly context: readonly SeriesData[]
  readonly macro: readonly MacroData[]
  readonly funding: readonly FundingData[]
  readonly books: readonly BookSamples[]
  readonly rules: Readonly<Record<string, AssetRules>>
  /** SHA-256 of all of the above but the books, hexadecimal. */
  readonly hash: string
  /** Holes in the traded series, told once: bars are rows, nothing is filled in. */
  readonly warnings: readonly string[]
}

/** What a look at the same data would find again. */
export interface Findings {
  readonly hash: string
  readonly warnings: readonly string[]
}

/** Remembers findings by the names of the bytes that they are true of: hashing and checking a million bars takes as long as reading them. */
export interface Memory {
  /** Equal names, equal bytes; undefined where the bytes have none. */
  nameOf(columns: CandleColumns): string | undefined
  recall(key: string): Findings | undefined
  keep(key: string, findings: Findings): void
}

type Parts = Pick<MarketData, 'traded'> & Partial<Omit<MarketData, 'traded' | 'hash' | 'warnings'>>

const NAMES = ['timestamp', 'open', 'high', 'low', 'close', 'volume'] as const

/**
 * Checks every column and joins them; a view over the arrays given, which nobody may change afterwards.
 * Errors: `DATA_EMPTY`, `DATA_LENGTHS`, `DATA_NOT_FINITE`, `DATA_UNSORTED`, `DATA_DUPLICATE`, `DATA_BAR`, `DATA_INTERVALS`.
 */
export function createMarketData(parts: Parts, memory?: Memory): MarketData {
  const { traded, context = [], macro = [], funding = [], books = [], rules = {} } = parts
  if (traded.length === 0) throw new DataError('DATA_EMPTY', 'There is nothing to trade: no series was given')
  checkIntervals(traded)
  const data = { traded, context, macro, funding, rules }
  const key = memory === undefined ? undefined : keyOf(data, memory)
  const known = key === undefined ? undefined : memory?.recall(key)
  if (known !== undefined) return { ...data, books, ...known }
  const findings = { hash: hashOf(data, hashColumns), warnings: check(data) }
  if (key !== undefined) memory?.keep(key, findings)
  return { ...data, books, ...findings }
}

type Content = Omit<MarketData, 'books' | 'hash' | 'warnings'>

/** Holes in what is traded, told once; what cannot be is thrown. */
function check({ traded, context, macro, funding }: Content): string[] {
  const warnings: string[] = []
  for (const series of [...traded, ...context]) {
    checkCandles(series)
    const holes = describeHoles(series)
    if (holes !== undefined) warnings.push(holes)
  }
  for (const { indicator, date, availableAt, value } of macro) {
    checkOrdered(`Macro series ${indicator}`, availableAt, [date, value])
  }
  for (const { asset, timestamp, rate } of funding) checkOrdered(`Funding of ${asset}`, timestamp, [rate])
  return warnings
}

/** The hash of the data with the names of the bars' bytes in their places; undefined where some have none. */
function keyOf(data: Content, memory: Memory): string | undefined {
  const names = new Map([...data.traded, ...data.context].map(({ columns }) => [columns, memory.nameOf(columns)]))
  if ([...names.values()].includes(undefined)) return undefined
  return hashOf(data, (hash, { columns, intervalMs }) => hash.update(`${intervalMs} ${names.get(columns)}\n`))
}

function checkIntervals(traded: readonly SeriesData[]): void {
  const [first] = traded
  const other = traded.find((series) => series.intervalMs !== first?.intervalMs)
  if (first === undefined || other === undefined) return
  throw new DataError(
    'DATA_INTERVALS',
    `${first.asset} has bars of ${first.interval} and ${other.asset} of ${other.interval}: what is traded together needs one interval`,
    { suggestions: ['Choose one with --interval; a strategy may look at others besides'] },
  )
}

function checkCandles({ asset, interval, columns }: SeriesData): void {
  const name = `${asset} ${interval}`
  const n = columns.timestamp.length
  if (n === 0) throw new DataError('DATA_EMPTY', `${name} has no bars`, { suggestions: [`Get them: mts collect --coins ${asset}`] })
  for (const column of NAMES) {
    if (columns[column].length !== n) {
      throw new DataError('DATA_LENGTHS', `${name}: column ${column} has ${columns[column].length} values, timestamp ${n}`)
    }
  }
  checkTimes(name, columns.timestamp)
  const { open, high, low, close, volume } = columns
  for (let i = 0; i < n; i++) {
    const top = high[i] ?? Number.NaN
    const bottom = low[i] ?? Number.NaN
    const first = open[i] ?? Number.NaN
    const last = close[i] ?? Number.NaN
    // A comparison with NaN is false: whatever is not a number ends here too.
    const isSound = bottom > 0 && bottom <= first && first <= top && bottom <= last && last <= top && top < Number.POSITIVE_INFINITY
    if (!isSound || (volume[i] ?? 0) < 0) throw badBar(name, i, columns)
  }
}

function checkTimes(name: string, timestamp: Float64Array): void {
  let before = Number.NEGATIVE_INFINITY
  for (let i = 0; i < timestamp.length; i++) {
    const time = timestamp[i] ?? Number.NaN
    if (!Number.isSafeInteger(time)) throw new DataError('DATA_NOT_FINITE', `${name}: bar ${i} has no timestamp (${time})`)
    if (time === before) {
      throw new DataError('DATA_DUPLICATE', `${name}: bars ${i - 1} and ${i} have one timestamp, ${iso(time)}`, {
        suggestions: ['Keep one row for each bar'],
      })
    }
    if (time < before) {
      throw new DataError('DATA_UNSORTED', `${name}: bar ${i} of ${iso(time)} comes after ${iso(before)}`, {
        suggestions: ['Sort the rows by time, oldest first'],
      })
    }
    before = time
  }
}

function badBar(name: string, i: number, columns: CandleColumns): DataError {
  const values = NAMES.slice(1).map((column) => `${column} ${columns[column][i]}`)
  const at = iso(columns.timestamp[i] ?? 0)
  const isNumeric = NAMES.every((column) => column === 'volume' || Number.isFinite(columns[column][i]))
  if (!isNumeric) return new DataError('DATA_NOT_FINITE', `${name}: bar ${i} of ${at} is not all numbers: ${values.join(', ')}`)
  return new DataError('DATA_BAR', `${name}: bar ${i} of ${at} cannot be: ${values.join(', ')}`, {
    suggestions: ['Prices lie above 0 and between low and high, volume is not below 0'],
  })
}

function checkOrdered(name: string, times: Float64Array, others: readonly Float64Array[]): void {
  for (const [i, time] of times.entries()) {
    if (!Number.isFinite(time) || others.some((column) => !Number.isFinite(column[i]))) {
      throw new DataError('DATA_NOT_FINITE', `${name}: row ${i} is not all numbers`, { suggestions: ['Leave missing values out'] })
    }
    if (time < (times[i - 1] ?? time)) throw new DataError('DATA_UNSORTED', `${name}: row ${i} is older than the one before`)
  }
}

function describeHoles({ asset, interval, intervalMs, columns: { timestamp } }: SeriesData): string | undefined {
  let holes = 0
  let missing = 0
  let first = 0
  for (let i = 1; i < timestamp.length; i++) {
    const step = (timestamp[i] ?? 0) - (timestamp[i - 1] ?? 0)
    if (step < 1.5 * intervalMs) continue
    if (holes === 0) first = (timestamp[i - 1] ?? 0) + intervalMs
    holes += 1
    missing += Math.round(step / intervalMs) - 1
  }
  if (holes === 0) return undefined
  return `${asset} ${interval}: ${missing} bars missing in ${holes} ${holes === 1 ? 'hole' : 'holes'}, the first from ${iso(first)}; nothing is filled in`
}

function hashColumns(hash: Hash, { columns }: SeriesData): void {
  for (const name of NAMES) hash.update(bytes(columns[name]))
}

function hashOf(data: Content, addColumns: (hash: Hash, series: SeriesData) => void): string {
  const { traded, context, macro, funding, rules } = data
  const hash = createHash('sha256')
  for (const series of [...traded, ...context]) {
    hash.update(`candles ${series.asset} ${series.interval}\n`)
    addColumns(hash, series)
  }
  for (const { indicator, date, availableAt, value } of macro) {
    hash.update(`macro ${indicator}\n`)
    for (const column of [date, availableAt, value]) hash.update(bytes(column))
  }
  for (const { asset, timestamp, rate, price, intervalHours } of funding) {
    hash.update(`funding ${asset} ${intervalHours}\n`)
    for (const column of [timestamp, rate, price]) if (column !== undefined) hash.update(bytes(column))
  }
  for (const asset of Object.keys(rules).sort()) {
    hash.update(`rules ${asset} ${rules[asset]?.lotSize} ${rules[asset]?.minNotional}\n`)
  }
  return hash.digest('hex')
}

function bytes(column: Float64Array): Uint8Array {
  return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
