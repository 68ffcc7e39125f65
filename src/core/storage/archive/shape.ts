/** How a partition's columns are kept in its file: found while its rows pass by, written into the manifest. */
import type { Cell } from '../tables.js'
import type { StoredColumn } from './columns.js'
import { quoteName } from './engine.js'
import { Scale } from './scale.js'

/** Type of each column in the file. */
export type FileTypes = Readonly<Record<string, string>>

export interface Shape {
  add(cells: readonly Cell[]): void
  types(): FileTypes
}

interface ColumnShape {
  add(cell: Cell): void
  type(): string
}

export function shapeOf(columns: readonly StoredColumn[]): Shape {
  const shapes = columns.map(columnShape)
  return {
    add: (cells) => {
      for (let i = 0; i < shapes.length; i++) shapes[i]?.add(cells[i] ?? null)
    },
    types: () => Object.fromEntries(columns.map(({ name }, i) => [name, shapes[i]?.type() ?? 'VARCHAR'])),
  }
}

function columnShape({ kind }: StoredColumn): ColumnShape {
  if (kind === 'real') return realShape()
  if (kind === 'levels') return levelsShape()
  if (kind === 'text') return textShape()
  return { add: () => undefined, type: () => (kind === 'flag' ? 'BOOLEAN' : 'BIGINT') }
}

/** What the number's own text is: no sign, no zero in front, within the safe integers. */
const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,14})$/

/** Ids of trades count up: as numbers they take next to nothing. */
function textShape(): ColumnShape {
  let isNumber = true
  return {
    add: (cell) => {
      if (isNumber && cell !== null) isNumber = WHOLE_NUMBER.test(String(cell))
    },
    type: () => (isNumber ? 'BIGINT' : 'VARCHAR'),
  }
}

function realShape(): ColumnShape {
  const scale = new Scale()
  return {
    add: (cell) => {
      if (typeof cell === 'number') scale.add(cell)
    },
    type: () => scale.type(),
  }
}

/** Prices and sizes beside each other pack to half of their text; text that we did not write ourselves stays as it is. */
function levelsShape(): ColumnShape {
  const price = new Scale()
  const size = new Scale()
  let isCanonical = true
  return {
    add: (cell) => {
      if (cell === null || !isCanonical) return
      const levels = parseLevels(String(cell))
      isCanonical = levels !== undefined
      for (const [each, quantity] of levels ?? []) {
        price.add(each)
        size.add(quantity)
      }
    },
    type: () => (isCanonical ? `STRUCT(price ${price.type()}, size ${size.type()})[]` : 'VARCHAR'),
  }
}

/** `undefined` where turning the levels into text again would give another text. */
function parseLevels(text: string): readonly (readonly [number, number])[] | undefined {
  try {
    const levels = JSON.parse(text) as unknown
    if (!Array.isArray(levels) || !levels.every(isLevel)) return undefined
    return JSON.stringify(levels) === text ? levels : undefined
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function isLevel(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((each) => typeof each === 'number')
}

/** A staged column as it goes into the file. */
export function fileExpression({ name, kind }: StoredColumn, type: string): string {
  const quoted = quoteName(name)
  if (kind !== 'levels' || type === 'VARCHAR') return `${quoted}::${type} AS ${quoted}`
  const pairs = `list_transform(${quoted}::DOUBLE[][], level -> {'price': level[1], 'size': level[2]})`
  return `${pairs}::${type} AS ${quoted}`
}

/** A column of the file as a query sees it. */
export function expressionFromFile({ name, kind }: StoredColumn, type: string, seenType: string): string {
  const quoted = quoteName(name)
  if (kind !== 'levels' || seenType === 'VARCHAR') return `${quoted}::${seenType} AS ${quoted}`
  if (type === 'VARCHAR') return `TRY_CAST(${quoted} AS ${seenType}) AS ${quoted}`
  return `list_transform(${quoted}, level -> [level.price::DOUBLE, level.size::DOUBLE])::${seenType} AS ${quoted}`
}
