/** The words of an import: what a file is taken for, what became of its rows, and why. */
export const IMPORT_KINDS = ['ohlcv', 'macro', 'funding'] as const
export type ImportKind = (typeof IMPORT_KINDS)[number]

/** What a column means. The names are those of `--map`. */
export const ROLES = [
  'timestamp',
  'date',
  'close_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'quote_volume',
  'quality',
  'source',
  'exchange',
  'coin',
  'symbol',
  'market',
  'interval',
  'funding_rate',
  'predicted_rate',
  'funding_time',
  'interval_hours',
  'kind',
  'metadata',
  'indicator',
  'value',
  'available_at',
  'known_from',
  'is_interpolated',
  'is_forward_filled',
] as const
export type Role = (typeof ROLES)[number]

export type DateOrder = 'dmy' | 'mdy'

/** What the user says of the files; anything else is looked for in them. */
export interface ImportWish {
  readonly kind: ImportKind | undefined
  readonly source: string | undefined
  readonly exchange: string | undefined
  readonly coin: string | undefined
  readonly symbol: string | undefined
  readonly interval: string | undefined
  readonly indicator: string | undefined
  /** IANA name of the zone of times without one. */
  readonly zone: string | undefined
  readonly dateOrder: DateOrder | undefined
  /** Days until a macro value is public. */
  readonly lagDays: number | undefined
  /** Role → name or number (from 1) of a column; `none` takes the role away. */
  readonly map: ReadonlyMap<Role, string>
}

/** One record of a file. */
export interface FileRecord {
  /** Line of its first character, from 1. */
  readonly line: number
  readonly cells: readonly string[]
  readonly raw: string
}

/** A row that is not stored, and why. */
export interface Rejected {
  readonly line: number
  readonly reason: string
  readonly raw: string
}

/** One thing that was found out of a file, and by what. */
export interface Decision {
  readonly about: string
  readonly decided: string
  readonly because: string
}

/** One series that rows of a file belong to. */
export type ImportSeries = CandleTarget | MacroTarget | FundingTarget

export interface CandleTarget {
  readonly kind: 'ohlcv'
  readonly name: string
  readonly source: string
  readonly coin: string
  readonly interval: string
  readonly intervalMs: number
  /** Units of the coin in one of the file's: 1000 for `1000SHIBUSDT`. */
  readonly multiplier: number
  readonly symbol: string | null
}

export interface MacroTarget {
  readonly kind: 'macro'
  readonly name: string
  readonly indicator: string
  /** The provider's id. */
  readonly id: string
  /** `vintage`: what a day's value was said to be from some moment on; `release` is told as a value of the day too. */
  readonly form: 'value' | 'vintage' | 'release'
  /** Moment from which the value of a day is public, ms. */
  readonly availableAt: (date: string) => number
}

export interface FundingTarget {
  readonly kind: 'funding'
  readonly name: string
  readonly exchange: string
  readonly symbol: string
  readonly rateKind: 'settled' | 'estimated' | 'special'
  readonly intervalMs: number | undefined
}

export interface SeriesReport {
  readonly kind: ImportKind
  readonly series: string
  readonly rows: number
  readonly stored: number | null
  readonly updated: number | null
  readonly unchanged: number | null
  /** Rows of a time that another row stands for: the same figures, or other ones (those are in the quarantine). */
  readonly duplicates: number
  readonly conflicts: number
  /** Of the conflicts, those with another price, rate or value. */
  readonly otherPrices: number
  /** Bars that were not over. */
  readonly unfinished: number
  /** Values that the file itself has as missing. */
  readonly missing: number
  /** Bars or payments between the first and the last one that are not there; `null` where no grid says what should be. */
  readonly holes: number | null
  readonly holeRanges: readonly { readonly from: number; readonly to: number; readonly rows: number }[]
  readonly first: number | null
  readonly last: number | null
}

export interface FileReport {
  readonly file: string
  readonly kinds: readonly ImportKind[]
  readonly rowsRead: number
  /** Rows that are wrong in themselves. */
  readonly refused: number
  readonly reasons: Readonly<Record<string, number>>
  readonly quarantined: number
  readonly quarantineFile: string | null
  readonly decisions: readonly Decision[]
  readonly warnings: readonly string[]
  readonly series: readonly SeriesReport[]
  /** Rows as they would be stored, of a dry run. */
  readonly sample: readonly Readonly<Record<string, unknown>>[]
}
