/** The series that the rows of a file belong to, each found once: by what the rows themselves say, before what the file's name does. */
import { DataValidationError } from '../../errors.js'
import type { Columns } from './columns.js'
import type { FundingTarget, ImportSeries, ImportWish, Role } from './contract.js'
import type { Clues } from './file-name.js'
import { intervalNamed } from './file-name.js'
import { marketNamed } from './instrument-names.js'
import { isMissing } from './numbers.js'
import type { SeriesFinder } from './series-finder.js'

const IDENTITY: readonly Role[] = ['source', 'exchange', 'coin', 'symbol', 'market', 'interval', 'interval_hours', 'kind']

export interface SeriesBook {
  readonly all: readonly ImportSeries[]
  /** Number of a series, which is added where it is new. Throws `DataValidationError` where two instruments would be one series. */
  add(series: ImportSeries): number
  /** Both throw `DataValidationError` for what nothing says. */
  candles(cells: readonly string[]): number
  funding(cells: readonly string[]): number
}

export interface BookOptions {
  readonly path: string
  readonly columns: Columns
  readonly wish: ImportWish
  readonly ofName: Clues
  readonly finder: SeriesFinder
  /** Length of the bars by their steps, where no column says it. */
  readonly interval: string | undefined
}

/** What tells the series of rows apart. */
export function identityOf(columns: Columns): (cells: readonly string[]) => string {
  const at = IDENTITY.flatMap((role) => columns.at.get(role) ?? [])
  return (cells) => (at.length === 0 ? '' : at.map((column) => cells[column]).join('\u0000'))
}

export function openSeriesBook(path: string, options: BookOptions): SeriesBook {
  const { columns, finder } = options
  const all: ImportSeries[] = []
  const byName = new Map<string, number>()
  const add = (series: ImportSeries): number => {
    const name = `${series.kind} ${series.name} ${series.kind === 'funding' ? series.rateKind : ''}`
    const known = byName.get(name)
    if (known === undefined) {
      byName.set(name, all.length)
      return all.push(series) - 1
    }
    const before = all[known]
    if (before?.kind === 'ohlcv' && series.kind === 'ohlcv' && before.symbol !== series.symbol) throw mixed(path, before, series)
    return known
  }
  const identity = identityOf(columns)
  const cached = (find: (cells: readonly string[]) => ImportSeries) => {
    const known = new Map<string, number>()
    return (cells: readonly string[]): number => {
      const key = identity(cells)
      const before = known.get(key)
      if (before !== undefined) return before
      const found = add(find(cells))
      known.set(key, found)
      return found
    }
  }
  return {
    all,
    add,
    candles: cached((cells) => finder.candles(cluesOf(options, cells))),
    funding: cached((cells) => finder.funding(cluesOf(options, cells), rateKindOf(columns, cells))),
  }
}

function cluesOf({ columns, wish, ofName, interval }: BookOptions, cells: readonly string[]): Clues {
  const cell = (role: Role): string | undefined => {
    const column = columns.at.get(role)
    const text = column === undefined ? '' : (cells[column] ?? '')
    return isMissing(text) ? undefined : text.trim()
  }
  const ofRow = cell('symbol')
  const market = cell('market')
  // A symbol in the row says more of the coin than the file's name.
  const symbol = wish.symbol ?? ofRow ?? (wish.coin === undefined && cell('coin') === undefined ? ofName.symbol : undefined)
  return {
    source: wish.source ?? cell('source'),
    exchange: wish.exchange ?? cell('exchange') ?? ofName.exchange,
    coin: wish.coin ?? (wish.symbol === undefined ? cell('coin') : undefined) ?? (symbol === undefined ? ofName.coin : undefined),
    symbol,
    market: (market === undefined ? undefined : marketNamed(market)) ?? ofName.market,
    interval: wish.interval ?? intervalNamed(cell('interval') ?? '') ?? interval ?? ofName.interval,
  }
}

function rateKindOf({ at }: Columns, cells: readonly string[]): FundingTarget['rateKind'] {
  const text = cells[at.get('kind') ?? -1]
  return text === 'estimated' || text === 'special' ? text : 'settled'
}

function mixed(path: string, a: ImportSeries & { kind: 'ohlcv' }, b: ImportSeries & { kind: 'ohlcv' }): DataValidationError {
  return new DataValidationError('DATA_IMPORT_MIXED', `${path}: ${a.symbol} and ${b.symbol} would both be ${a.name}`, {
    suggestions: ['Two contracts in one series would be no series: import them from files of their own, each with its --source'],
  })
}
