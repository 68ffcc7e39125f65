/** `mts macro` from its flags to its output. */
import path from 'node:path'
import { collectMacro, type MacroResult } from '../../collect/collect-macro.js'
import { failuresOf } from '../../collect/failures.js'
import { FILLS, type Fill } from '../../collect/fill.js'
import { findMacroSeries } from '../../collect/macro-series.js'
import { periodOf } from '../../collect/period.js'
import { nearest, UsageError } from '../../errors.js'
import type { MacroSeries } from '../../providers/contract.js'
import { loadMacroProvider } from '../../providers/registry.js'
import { writeMacroCsv } from '../../storage/macro-csv.js'
import { openReader } from '../../storage/reader.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { asJob } from './job.js'
import { historyWorld } from './sources.js'

export interface MacroFlags {
  readonly days: number | undefined
  readonly from: string | undefined
  readonly to: string | undefined
  readonly indicators: readonly string[] | undefined
  readonly fill: readonly string[]
  readonly vintages: boolean
  readonly wait: boolean
}

const USUAL_DAYS = 365

const COLUMNS: readonly Column[] = [
  { key: 'indicator' },
  { key: 'series', isMinor: true },
  { key: 'observations', kind: 'number', decimals: 0 },
  { key: 'missing', kind: 'number', decimals: 0 },
  { key: 'interpolated', kind: 'number', decimals: 0 },
  { key: 'forward_filled', kind: 'number', decimals: 0 },
  { key: 'stored', kind: 'number', decimals: 0 },
  { key: 'updated', kind: 'number', decimals: 0 },
  { key: 'revised', kind: 'number', decimals: 0 },
  { key: 'late', kind: 'number', decimals: 0 },
  { key: 'vintages', kind: 'number', decimals: 0 },
  { key: 'first', kind: 'text' },
  { key: 'last', kind: 'text' },
]

export async function runMacro(session: BaseSession, flags: MacroFlags): Promise<void> {
  const { config } = session
  const clock = await session.clock()
  const provider = await loadMacroProvider()
  const fills = fillsOf(flags.fill)
  const series = findMacroSeries(provider, flags.indicators, config.macroIndicators)
  const period = periodOf(flags, clock.now(), USUAL_DAYS)
  const [firstDay, lastDay] = [dayOf(period.from), dayOf(period.to - 1)]
  const world = await historyWorld(session)
  const access = world.access(provider)
  const bar = await session.bar('series')
  const results = await asJob(session, { job: 'macro', scope: provider.id, isWaiting: flags.wait }, (history) => {
    const onStored = (indicator: string) => writeCsv(config, indicator)
    const onProgress = (done: number, expected: number) => bar.set(done, expected)
    const options = { provider, series, firstDay, lastDay, fills, withVintages: flags.vintages }
    return collectMacro({ ...world, access, history, onStored, onProgress }, options)
  }).finally(() => bar.end())
  const failures = failuresOf(results, ({ source, indicator, stored, updated, unchanged }) => {
    return { source, series: indicator, hasStored: stored + updated + unchanged > 0 }
  })
  const rows = results.map(({ failure: _, ...row }) => row)
  await session.print({
    data: rows,
    warnings: notesOf(series, flags.vintages),
    failures,
    view: { heading: headingOf(results, firstDay, lastDay), rows, columns: columnsFor(results, fills, flags.vintages) },
    isForPeople: true,
  })
}

function fillsOf(names: readonly string[]): ReadonlySet<Fill> {
  const fills = names.map((name) => {
    const found = FILLS.find((fill) => fill === name.toLowerCase())
    if (found !== undefined) return found
    const near = nearest(name, FILLS, 1)
    throw new UsageError('USAGE_BAD_FILL', `Unknown --fill: ${name}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near[0]}?` : `Take ${FILLS.join(', ')}; forward and interpolate combine`],
    })
  })
  if (!fills.includes('none') || fills.length === 1) return new Set(fills)
  throw new UsageError('USAGE_BAD_FILL', '--fill none goes with no other', { suggestions: ['Take forward,interpolate, or none'] })
}

/** Every stored day of the indicator, so that the file says what the database says. */
function writeCsv({ db, dataDir }: BaseSession['config'], indicator: string): void {
  const reader = openReader(db)
  try {
    const rows = reader.macro({ indicators: [indicator], limit: Number.POSITIVE_INFINITY })
    writeMacroCsv(path.join(dataDir, 'raw', 'macro', `${encodeURIComponent(indicator)}.csv`), rows)
  } finally {
    reader.close()
  }
}

function notesOf(series: readonly MacroSeries[], withVintages: boolean): string[] {
  const revised = withVintages ? [] : series.filter(({ isRevised }) => isRevised)
  const guessed = series.filter(({ lagFrom }) => lagFrom === 'frequency')
  return [
    ...series.flatMap(({ indicator, id, note }) => (note === undefined ? [] : [`${indicator} is ${id}: ${note}`])),
    ...revised.map(
      ({ indicator }) =>
        `${indicator} is revised after its release: without --vintages a backtest sees, of days before the first run, the newest wording`,
    ),
    ...guessed.map(
      ({ indicator, lagDays, frequency }) =>
        `${indicator}: no lag is known; ${lagDays} days are taken, safe for ${frequency} series`,
    ),
  ]
}

function columnsFor(results: readonly MacroResult[], fills: ReadonlySet<Fill>, withVintages: boolean): readonly Column[] {
  const isShown: Readonly<Record<string, boolean>> = {
    interpolated: fills.has('interpolate'),
    forward_filled: fills.has('forward'),
    revised: results.some(({ revised }) => revised > 0),
    late: results.some(({ late }) => late > 0),
    vintages: withVintages,
  }
  return COLUMNS.filter(({ key }) => isShown[key] ?? true)
}

function headingOf(results: readonly MacroResult[], firstDay: string, lastDay: string): string {
  const changed = results.reduce(
    (sum, { stored, updated, removed, vintages }) => sum + stored + updated + removed + (vintages ?? 0),
    0,
  )
  return `${firstDay} to ${lastDay}: ${changed === 0 ? 'nothing new' : `${changed} rows stored, updated or removed`}`
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
