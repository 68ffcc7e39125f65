/** Which columns of a file hold values of which macro series. */
import { DataValidationError } from '../../errors.js'
import type { Columns } from './columns.js'
import type { Decision, MacroTarget } from './contract.js'
import { type KindQuestion, seriesColumns, seriesOfName } from './kinds.js'
import type { Times } from './read-times.js'
import type { SeriesBook } from './series-book.js'
import { readTime } from './times.js'

export interface MacroColumn {
  readonly column: number
  readonly series: number
}

export interface MacroPlan {
  /** Each has the values of one series, unless `byName` says which. */
  readonly columns: readonly MacroColumn[]
  /** Where a column names the series of each row. */
  readonly byName: ((name: string) => number) | undefined
  readonly decisions: readonly Decision[]
  readonly warnings: readonly string[]
}

export const NO_MACRO: MacroPlan = { columns: [], byName: undefined, decisions: [], warnings: [] }

interface Material {
  readonly columns: Columns
  readonly rows: readonly (readonly string[])[]
  readonly times: Times
  readonly book: SeriesBook
}

type Add = (name: string, days: readonly number[]) => number

/** Throws `DataValidationError` where nothing says which series it is, or when its values are public. */
export function planMacro(question: KindQuestion, material: Material): MacroPlan {
  const { wish, macro, path } = question
  const { columns, times, book } = material
  const { at, names } = columns
  const warnings: string[] = []
  const form = formOf(at)
  const add: Add = (name, days) => {
    const { target, warnings: said } = macro.target(name, { days, form, isDated: at.has('available_at') || form === 'release' })
    warnings.push(...said)
    return book.add(target)
  }
  const days = times.moments.map(({ ms }) => ms)
  if (at.has('indicator') && wish.indicator === undefined) {
    return { columns: [{ column: at.get('value') ?? 0, series: 0 }], byName: byName(material, add), decisions: [], warnings }
  }
  const headed = at.has('value') || at.has('close') ? [] : seriesColumns(names, at, macro)
  if (headed.length > 0 && wish.indicator === undefined) {
    const found = headed.map((column) => ({ column, series: add(names[column] ?? '', days) }))
    const decisions = found.map(({ column, series }) => decisionOf(book, series, `the heading ${names[column]}`))
    return { columns: found, byName: undefined, decisions, warnings }
  }
  const [ofName, ...others] = seriesOfName(path, macro)
  const name = wish.indicator ?? (others.length === 0 ? ofName : undefined)
  if (name === undefined) throw nameless(path)
  const column = at.get('value') ?? at.get('close') ?? headed[0] ?? 1
  const series = add(name, days)
  const because = `${wish.indicator === undefined ? 'the name of the file' : '--indicator'}; its value is ${names[column]}`
  return { columns: [{ column, series }], byName: undefined, decisions: [decisionOf(book, series, because)], warnings }
}

function formOf(at: Columns['at']): MacroTarget['form'] {
  if (at.has('known_from')) return 'release'
  return at.has('available_at') && at.has('indicator') && !at.has('is_interpolated') ? 'vintage' : 'value'
}

function byName({ columns, rows, times }: Material, add: Add): (name: string) => number {
  const column = columns.at.get('indicator') ?? 0
  const daysOf = (name: string) => {
    const own = rows.filter((cells) => cells[column]?.trim() === name)
    return own.flatMap((cells) => readTime(cells[times.column] ?? '', times.order)?.ms ?? [])
  }
  const known = new Map<string, number>()
  return (name) => {
    const found = known.get(name) ?? add(name, daysOf(name))
    known.set(name, found)
    return found
  }
}

function decisionOf(book: SeriesBook, series: number, because: string): Decision {
  const target = book.all[series]
  return { about: 'series', decided: target?.kind === 'macro' ? `${target.indicator} (${target.id})` : '', because }
}

function nameless(path: string): DataValidationError {
  return new DataValidationError('DATA_IMPORT_IDENTITY', `${path}: nothing says which series it is`, {
    suggestions: ['Say it: --indicator DGS10'],
  })
}
