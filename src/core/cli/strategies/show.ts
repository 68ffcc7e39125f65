/** `mts strategies list` and `show`. */
import path from 'node:path'
import { type FoundBookStrategy, type FoundStrategy, findStrategy, loadLibrary } from '../../backtest/strategy-file.js'
import { BOOK_STRATEGIES } from '../../strategies/book-registry.js'
import type { Strategy } from '../../strategies/contract.js'
import { describeRange, type ParameterValues } from '../../strategies/parameters.js'
import { STRATEGIES } from '../../strategies/registry.js'
import { type StrategySettings, settingsOfStrategy } from '../../strategies/settings.js'
import { TRIGGERS } from '../../strategies/triggers.js'
import type { BaseSession } from '../base-command.js'
import { type Column, yesOrNo } from '../output/column.js'
import { renderTable } from '../output/table.js'
import { wrapLines } from '../output/text-width.js'
import { pathFromHere } from '../paths.js'
import { loadStrategies, settingsFiles } from './settings-files.js'

const LIST_COLUMNS: readonly Column[] = [
  { key: 'name' },
  { key: 'enabled', heading: 'in signals', text: yesOrNo },
  { key: 'needs', kind: 'text', isMinor: true },
  { key: 'assets', text: (value) => (Array.isArray(value) && value.length > 0 ? value.join(', ') : 'any'), isMinor: true },
  { key: 'file', cut: 'start', isMinor: true },
  { key: 'description', cut: 'end' },
]

const PARAMETER_COLUMNS: readonly Column[] = [
  { key: 'name' },
  { key: 'value', kind: 'text' },
  { key: 'range', kind: 'text' },
  { key: 'description', cut: 'end' },
]

/** Those that come with mts and the user's own; a file that holds no strategy is a failure, not an end. */
export async function listStrategies(session: BaseSession): Promise<void> {
  const { found, failures, settings, books, triggers } = await loadStrategies(session)
  const rows = [
    ...found.map(({ strategy, file }, i) => rowOf(strategy, settings[i], file, needsOf(strategy, settings[i]?.parameters))),
    ...books.map((each) => rowOf(each.strategy, each.settings, each.file, 'order books')),
    ...triggers.map((each) => rowOf(each.trigger, each.settings, undefined, `live ${each.trigger.channels.join(', ')}`)),
  ].sort((a, b) => (a.name < b.name ? -1 : 1))
  // Nobody has any: a column of nothing says nothing.
  const columns = LIST_COLUMNS.filter(({ key }) => key !== 'file' || rows.some(({ file }) => file !== null))
  await session.print({
    data: rows,
    columns,
    failures: failures.map(({ file, error }) => ({ source: file, code: error.code, message: error.message })),
  })
}

type Described = Pick<Strategy, 'name' | 'description' | 'parameters'>

function rowOf(strategy: Described, settings: StrategySettings | undefined, file: FoundStrategy['file'], needs: string) {
  return {
    name: strategy.name,
    enabled: settings?.enabled ?? false,
    needs,
    assets: settings?.assets ?? [],
    parameters: Object.keys(strategy.parameters),
    file: file === undefined ? null : pathFromHere(file.path),
    description: strategy.description,
  }
}

/** Of a name or a file: what it needs, and each parameter with the value that a run would take now. */
export async function showStrategy(session: BaseSession, name: string): Promise<void> {
  const onBooks = await bookStrategyNamed(session, name)
  if (onBooks !== undefined) {
    const { strategy, file } = onBooks
    const settings = settingsOfStrategy(strategy, settingsFiles(process.cwd()))
    const needs = strategy.needs(settings.parameters)
    await print(session, strategy, settings, {
      facts: { scope: 'markets', needs, file: file === undefined ? null : pathFromHere(file.path) },
      line: `steps of ${needs.stepMs} ms on order books`,
    })
    return
  }
  const trigger = TRIGGERS.find((each) => each.name === name && !STRATEGIES.some((strategy) => strategy.name === name))
  if (trigger !== undefined) {
    const settings = settingsOfStrategy(trigger, settingsFiles(process.cwd()))
    const line = `on the live feed alone, needs ${trigger.channels.join(', ')}`
    await print(session, trigger, settings, { facts: { scope: 'live', needs: { channels: trigger.channels }, file: null }, line })
    return
  }
  const { strategy, file } = await findStrategy(name, process.cwd(), session.config.strategyPaths)
  const settings = settingsOfStrategy(strategy, settingsFiles(process.cwd()))
  const { scope = 'asset' } = strategy
  const warmup = strategy.warmup(settings.parameters)
  const wanted = needsOf(strategy, settings.parameters)
  const asked = scope === 'portfolio' ? 'asked once a bar for all assets' : 'one instance an asset'
  const live = TRIGGERS.find((each) => each.name === strategy.name && file === undefined)
  const ofFeed = live && settingsOfStrategy(live, settingsFiles(process.cwd()))
  const whole = { ...strategy, parameters: { ...strategy.parameters, ...live?.parameters } }
  const values = { ...settings, parameters: { ...settings.parameters, ...ofFeed?.parameters } }
  await print(session, whole, values, {
    facts: {
      scope,
      warmup,
      needs: strategy.needs?.(settings.parameters) ?? {},
      file: file === undefined ? null : pathFromHere(file.path),
    },
    line: `${warmup} bars of warm-up, ${asked}${wanted === '' ? '' : `, needs ${wanted}`}`,
  })
}

/** Undefined for what is none on order books; what it is then is found out by its name or file. */
async function bookStrategyNamed({ config }: BaseSession, name: string): Promise<FoundBookStrategy | undefined> {
  const shipped = BOOK_STRATEGIES.find((strategy) => strategy.name === name)
  if (shipped !== undefined) return { strategy: shipped, file: undefined }
  if ([...STRATEGIES, ...TRIGGERS].some((strategy) => strategy.name === name)) return undefined
  const { books } = await loadLibrary(process.cwd(), config.strategyPaths)
  return books.find(({ strategy, file }) => strategy.name === name || file?.path === path.resolve(name))
}

interface Facts {
  readonly facts: object
  /** The same in words. */
  readonly line: string
}

async function print(
  session: BaseSession,
  { name, description, parameters: schema }: Described,
  { parameters: values, ...settings }: StrategySettings,
  { facts, line }: Facts,
): Promise<void> {
  const parameters = Object.entries(schema).map(([key, parameter]) => ({
    name: key,
    value: values[key] ?? null,
    ...parameter,
    range: describeRange(parameter),
  }))
  await session.print({
    data: { description, ...facts, ...settings, parameters },
    view: {
      heading: `${name}: ${description}`,
      rows: parameters,
      columns: PARAMETER_COLUMNS,
      draw: async (painter, width) => {
        const table =
          parameters.length === 0 ? 'It has no parameters.' : renderTable(parameters.map(plain), PARAMETER_COLUMNS, painter, width)
        const told = [`${painter.strong(name)}: ${description}`, line, settingsText(settings)].join('\n')
        return `${wrapLines(told, width)}\n\n${table}`
      },
    },
  })
}

function plain({ name, value, range, description }: { name: string; value: unknown; range: string; description: string }) {
  return { name, value: String(value), range, description }
}

/** What has to be there beside the bars of the run. */
function needsOf({ needs }: Strategy, values: ParameterValues = {}): string {
  const { macro = [], funding = false, volume = false, series = {} } = needs?.(values) ?? {}
  const bars = Object.values(series).map(({ asset, interval }) => [asset, interval, 'bars'].filter((part) => part !== undefined))
  const wanted = [...bars.map((parts) => parts.join(' ')), ...macro, funding ? 'funding' : '', volume ? 'volume' : '']
  return wanted.filter((text) => text !== '').join(', ')
}

function settingsText({ enabled, assets, minConfidence, signalWeight, risk }: Omit<StrategySettings, 'parameters'>): string {
  const { maxPortfolioRisk, maxDrawdown } = risk
  const parts = [
    `signals ${enabled ? 'on' : 'off'}`,
    assets.length === 0 ? 'any asset' : assets.join(', '),
    `confidence from ${minConfidence}`,
    ...(signalWeight === 1 ? [] : [`weight ${signalWeight}`]),
    ...(maxPortfolioRisk === null ? [] : [`at most ${maxPortfolioRisk} of equity`]),
    ...(maxDrawdown === null ? [] : [`ends after a fall of ${maxDrawdown}`]),
  ]
  return parts.join('; ')
}
