/** What columns are called in the files that people have, and what they mean: a table and the user's `--map`. */
import { DataValidationError, nearest, UsageError } from '../../errors.js'
import { type Decision, ROLES, type Role } from './contract.js'

/** Without case, signs and brackets. The order within a role is the order of preference. */
const NAMES: Readonly<Record<Role, readonly string[]>> = {
  timestamp: [
    'timestamp',
    'unix timestamp',
    'unix',
    'unixtime',
    'open time',
    'opentime',
    'epoch',
    'ts',
    'datetime',
    'date time',
    'time',
    'gmt time',
    'local time',
    'calc time',
    'start time',
    'start',
    'candle begin time',
    'snapped at',
    'observation date',
    'date',
    'day',
  ],
  date: ['date str'],
  close_time: ['close time', 'closetime', 'end time', 'candle end time'],
  open: ['open', 'open price', 'price open', 'px open', 'o'],
  high: ['high', 'high price', 'price high', 'px high', 'max', 'h'],
  low: ['low', 'low price', 'price low', 'px low', 'min', 'l'],
  close: ['close', 'close price', 'price close', 'px close', 'last', 'close last', 'c', 'price'],
  volume: ['volume', 'vol', 'base volume', 'volume base', 'volume base asset', 'base asset volume', 'volume traded', 'v'],
  quote_volume: [
    'quote volume',
    'quote asset volume',
    'volume quote',
    'volume quote asset',
    'volume currency',
    'turnover',
    'amount',
    'quotevolume',
  ],
  quality: ['quality'],
  source: ['source'],
  exchange: ['exchange', 'venue', 'market place'],
  coin: ['cryptocurrency', 'coin', 'coin id', 'crypto', 'currency', 'asset', 'base', 'base asset'],
  symbol: ['symbol', 'pair', 'ticker', 'instrument', 'contracts', 'contract name', 'product id', 'inst id', 'instid'],
  market: ['contract', 'contract type', 'market', 'market type', 'instrument type'],
  interval: ['interval', 'period', 'timeframe', 'granularity', 'resolution'],
  funding_rate: ['funding rate', 'fundingrate', 'last funding rate', 'rate', 'realized rate', 'funding'],
  predicted_rate: ['predicted rate', 'predicted funding rate', 'next funding rate'],
  funding_time: ['funding time', 'fundingtime', 'funding timestamp', 'fundingratetimestamp', 'funding rate timestamp'],
  interval_hours: ['interval hours', 'funding interval', 'funding interval hours'],
  kind: ['kind'],
  metadata: ['metadata'],
  indicator: ['indicator', 'series id', 'series'],
  value: ['value'],
  available_at: ['available at'],
  known_from: ['known from'],
  is_interpolated: ['is interpolated'],
  is_forward_filled: ['is forward filled'],
}

const BY_NAME = new Map(ROLES.flatMap((role) => NAMES[role].map((name, rank) => [name, { role, rank }] as const)))
/** Of a volume that is counted in these, it is the quote's. */
const MONEY = new Set(['usd', 'usdt', 'usdc', 'busd', 'fdusd', 'tusd', 'eur', 'gbp', 'jpy', 'krw', 'try', 'dai'])

export interface Columns {
  readonly at: ReadonlyMap<Role, number>
  /** Every column that may hold the time, the preferred one first. */
  readonly times: readonly number[]
  /** Every column that counts what was traded. */
  readonly volumes: readonly number[]
  readonly names: readonly string[]
  readonly decisions: readonly Decision[]
  /** Roles that the user gave. */
  readonly given: ReadonlySet<Role>
  /** The heading of the rates says percent. */
  readonly isPercent: boolean
}

export function plainName(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[^a-z0-9%]+/g, ' ')
    .trim()
}

/** Of a heading: the roles of its columns, those of `map` first. Throws `UsageError` for a column of `map` that is not there. */
export function findColumns(names: readonly string[], map: ReadonlyMap<Role, string>): Columns {
  const found = names
    .flatMap((name, column) => meaningOf(plainName(name), column) ?? [])
    .toSorted((a, b) => b.rank - a.rank || b.column - a.column)
  const columnsOf = (...roles: readonly Role[]) => found.filter(({ role }) => roles.includes(role)).map(({ column }) => column)
  const at = new Map(found.map(({ role, column }) => [role, column]))
  const decisions: Decision[] = []
  for (const [role, wanted] of map) applyMap(at, decisions, names, role, wanted.replace(/%$/, ''))
  const time = map.has('timestamp') ? at.get('timestamp') : undefined
  return {
    at,
    times: time === undefined ? columnsOf('timestamp').toReversed() : [time],
    volumes: columnsOf('volume', 'quote_volume'),
    names,
    decisions,
    given: new Set(map.keys()),
    isPercent:
      map.get('funding_rate')?.endsWith('%') === true || /%|percent|\bpct\b/i.test(names[at.get('funding_rate') ?? -1] ?? ''),
  }
}

/** The roles of `--map timestamp=date,close=last`. Throws `UsageError`. */
export function readMap(entries: readonly string[]): Map<Role, string> {
  return new Map(
    entries.map((entry) => {
      const [, name = '', column = ''] = /^([^=]+)=(.+)$/.exec(entry) ?? []
      const role = ROLES.find((each) => each === name.trim().toLowerCase())
      if (role !== undefined) return [role, column.trim()]
      const near = nearest(name, ROLES)
      throw new UsageError('USAGE_BAD_MAP', `--map: no such role: ${entry}`, {
        suggestions: [
          near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Write it like timestamp=date,close=last or volume=none',
        ],
      })
    }),
  )
}

export function needColumns(path: string, names: readonly string[], what: string): DataValidationError {
  return new DataValidationError('DATA_IMPORT_COLUMNS', `${path}: ${what}`, {
    suggestions: [
      `Its columns: ${names.join(', ').slice(0, 300)}`,
      'Say which is which: --map timestamp=1,open=2,high=3,low=4,close=5',
    ],
  })
}

interface Meaning {
  readonly role: Role
  /** 0 is the name that fits best. */
  readonly rank: number
  readonly column: number
}

function meaningOf(name: string, column: number): Meaning | undefined {
  const found = roleNamed(name)
  return found === undefined ? undefined : { ...found, column }
}

function roleNamed(name: string): Pick<Meaning, 'role' | 'rank'> | undefined {
  const known = BY_NAME.get(name) ?? BY_NAME.get(name.replace(/ ?%| (?:percent|pct)$/g, ''))
  if (known !== undefined) return known
  const [, unit] = /^(?:volume|vol) (?:in )?([a-z0-9]+)$/.exec(name) ?? []
  if (unit !== undefined) return { role: MONEY.has(unit) ? 'quote_volume' : 'volume', rank: 0 }
  // "Time (UTC)", "Date GMT+1": which zone is read elsewhere.
  const [, bare] = /^(timestamp|time|date|datetime|open time) (?:utc|gmt|[a-z]+ [a-z ]+)/.exec(name) ?? []
  return bare === undefined ? undefined : BY_NAME.get(bare)
}

function applyMap(at: Map<Role, number>, decisions: Decision[], names: readonly string[], role: Role, wanted: string): void {
  if (wanted === 'none') {
    at.delete(role)
    decisions.push({ about: role, decided: 'not taken', because: '--map' })
    return
  }
  const byName = names.findIndex((name) => name.trim().toLowerCase() === wanted.toLowerCase())
  const column = byName >= 0 ? byName : /^\d+$/.test(wanted) ? Number(wanted) - 1 : -1
  if (column < 0 || column >= names.length) {
    const near = nearest(wanted, names)
    throw new UsageError('USAGE_BAD_MAP', `--map: there is no column ${wanted}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near.join(', ')}?` : `Columns: ${names.join(', ').slice(0, 300)}`],
    })
  }
  // A column has one meaning: the one that the user gives.
  for (const [other, taken] of at) if (taken === column) at.delete(other)
  at.set(role, column)
  decisions.push({ about: role, decided: `column ${names[column] ?? column + 1}`, because: '--map' })
}
