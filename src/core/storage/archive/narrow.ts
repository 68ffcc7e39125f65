/**
 * What a query needs of the database's tables, by DuckDB's own plan over the empty tables: columns that it never looks at and rows
 * that its conditions exclude need not be brought in. Levels of books are nearly all of their bytes.
 */
import type { StoredColumn } from './columns.js'
import type { Engine } from './engine.js'
import { type Relation, STORE } from './relations.js'

export interface Needed {
  readonly columns: ReadonlySet<string>
  /** A condition that SQLite and DuckDB read alike; it may let more rows pass than needed. */
  readonly where: string
}

/** Of each table that the plan scans. `undefined` where there is no plan: then everything is needed. */
export async function neededOf({ connection }: Engine, sql: string, relations: readonly Relation[]) {
  if (/\bpivot\b|^\s*explain\b/i.test(sql)) return undefined
  // What is known of an empty table would make the plan empty too.
  await connection.run("SET disabled_optimizers = 'statistics_propagation,empty_result_pullup,compressed_materialization'")
  try {
    const plan = (await connection.runAndReadAll(`EXPLAIN (FORMAT json) ${sql}`)).getRowsJson()[0]?.[1]
    return readPlan(JSON.parse(String(plan)), relations)
  } catch (error) {
    // SHOW and the like have no plan. A query that is wrong says so itself when it runs.
    if (error instanceof Error) return undefined
    throw error
  } finally {
    await connection.run('RESET disabled_optimizers')
  }
}

interface Node {
  readonly name: string
  readonly children?: readonly Node[]
  readonly extra_info?: {
    readonly Table?: string
    readonly Projections?: string | readonly string[]
    readonly Filters?: string | readonly string[]
  }
}

function readPlan(plan: readonly Node[], relations: readonly Relation[]): ReadonlyMap<string, Needed> {
  const needed = new Map<string, Needed>()
  const scans = plan.flatMap(scansOf)
  for (const { name, columns } of relations) {
    const own = scans.filter(({ extra_info: info }) => info?.Table?.endsWith(`.${STORE}.${name}`))
    // A table that the plan does not show may be read in a way that it does not show.
    if (own.length > 0 && own.every((scan) => scan.name.trim() === 'SEQ_SCAN')) needed.set(name, neededBy(own, columns))
  }
  return needed
}

function scansOf(node: Node): Node[] {
  const own = node.extra_info?.Table === undefined ? [] : [node]
  return [...own, ...(node.children ?? []).flatMap(scansOf)]
}

function neededBy(scans: readonly Node[], columns: readonly StoredColumn[]): Needed {
  const filters = scans.map(({ extra_info: info }) => listOf(info?.Filters))
  const read = scans.flatMap(({ extra_info: info }) => listOf(info?.Projections))
  const words = new Set([...read, ...filters.flat().flatMap((filter) => filter.match(/\w+/g) ?? [])])
  const [first = [], ...others] = filters.map((list) => conditionsOf(list, columns))
  const common = first.filter((condition) => others.every((list) => list.includes(condition)))
  return {
    columns: new Set(columns.map(({ name }) => name).filter((name) => words.has(name) || words.has(`"${name}"`))),
    where: common.length === 0 ? 'true' : common.join(' AND '),
  }
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? [])
}

const COMPARISON = /^"?(\w+)"?(=|>=|<=|>|<)(-?\d+|'(?:[^']|'')*')$/

/** Comparisons with one whole number or text; all others are left to DuckDB. */
function conditionsOf(filters: readonly string[], columns: readonly StoredColumn[]): string[] {
  const parts = filters.filter((filter) => !filter.includes(' OR ')).flatMap((filter) => filter.split(' AND '))
  return parts.filter((part) => {
    const [, name, , value = ''] = COMPARISON.exec(part) ?? []
    const kind = columns.find((column) => column.name === name)?.kind
    return value.startsWith("'") ? kind === 'text' : kind === 'integer'
  })
}
