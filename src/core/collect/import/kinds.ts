/** Whether a file holds bars, funding rates or values of macro series, by its columns and its name. */
import { type Columns, needColumns, plainName } from './columns.js'
import type { ImportKind, ImportWish, Role } from './contract.js'
import { type Clues, idsOfName } from './file-name.js'
import type { MacroNames } from './macro-names.js'

export interface KindQuestion {
  readonly path: string
  readonly wish: ImportWish
  readonly macro: MacroNames
}

const PRICES: readonly Role[] = ['open', 'high', 'low', 'close']

/** Throws `DataValidationError` for a file that holds none of them. */
export function kindsOf(question: KindQuestion, columns: Columns, ofName: Clues): readonly ImportKind[] {
  const { at, names } = columns
  const { path, wish, macro } = question
  const hasBars = PRICES.every((role) => at.has(role))
  const isIndex = hasBars && isOfIndex(question, columns, ofName)
  const hasValues = at.has('value') || isIndex || seriesColumns(names, at, macro).length > 0
  const found: ImportKind[] = [
    ...(hasBars && !isIndex ? ['ohlcv' as const] : []),
    ...(at.has('funding_rate') ? ['funding' as const] : []),
  ]
  if (found.length === 0 && hasValues) found.push('macro')
  if (wish.kind === 'macro' && (hasValues || at.has('close'))) return ['macro']
  const kinds = wish.kind === undefined ? found : found.filter((kind) => kind === wish.kind)
  if (kinds.length > 0) return kinds
  if (at.has('close')) throw needColumns(path, names, 'it has prices but no bars: open, high, low and close are needed')
  throw needColumns(path, names, 'it has neither bars (open, high, low, close) nor funding rates nor values of a macro series')
}

/** Columns that are headed by a series, beside the time and nothing else that means something. */
export function seriesColumns(names: readonly string[], at: Columns['at'], macro: MacroNames): readonly number[] {
  const taken = new Set(at.values())
  const free = [...names.keys()].filter((column) => !taken.has(column) && plainName(names[column] ?? '') !== 'date')
  const known = free.filter((column) => macro.known(names[column] ?? '') !== undefined)
  if (known.length > 0) return known
  // FRED's own files have two columns, the second headed by the id.
  return names.length === 2 && free.length === 1 && /^[A-Z][A-Z0-9_]{1,39}$/.test(names[free[0] ?? 0] ?? '') ? free : []
}

/** Series that the table knows are meant before words that may be ids of others. */
export function seriesOfName(path: string, macro: MacroNames): readonly string[] {
  const words = idsOfName(path)
  const known = words.filter((word) => macro.known(word) !== undefined)
  return known.length > 0 ? known : words.filter((word) => /^[A-Z][A-Z0-9]+$/.test(word))
}

/** An index such as VIX has open, high, low and close too, but no coin and no volume; its value is its close. */
function isOfIndex({ path, wish, macro }: KindQuestion, { at }: Columns, ofName: Clues): boolean {
  if (wish.indicator !== undefined) return true
  const hasCoin = [wish.coin, wish.symbol, ofName.coin, ofName.symbol].some((clue) => clue !== undefined)
  if (hasCoin || at.has('coin') || at.has('symbol') || at.has('volume')) return false
  return idsOfName(path).filter((word) => macro.known(word) !== undefined).length === 1
}
