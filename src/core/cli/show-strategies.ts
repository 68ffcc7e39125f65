/** `mts strategies list`, `show` and `new`. */
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { findStrategy } from '../backtest/strategy-file.js'
import { strategyTemplate } from '../backtest/strategy-template.js'
import { UsageError } from '../errors.js'
import { storageError } from '../storage/storage-errors.js'
import type { Strategy } from '../strategies/contract.js'
import { describeRange, resolveParameters } from '../strategies/parameters.js'
import { STRATEGIES } from '../strategies/registry.js'
import { settingsOfStrategy } from '../strategies/settings.js'
import type { BaseSession } from './base-command.js'
import type { Column } from './output/column.js'
import { renderTable } from './output/table.js'
import { pathFromHere } from './paths.js'
import { settingsFiles } from './settings-files.js'

const LIST_COLUMNS: readonly Column[] = [{ key: 'name' }, { key: 'parameters', kind: 'text' }, { key: 'description', cut: 'end' }]

const PARAMETER_COLUMNS: readonly Column[] = [
  { key: 'name' },
  { key: 'value', kind: 'text' },
  { key: 'range', kind: 'text' },
  { key: 'description', cut: 'end' },
]

export async function listStrategies(session: BaseSession): Promise<void> {
  const rows = STRATEGIES.map(({ name, description, parameters }) => ({
    name,
    parameters: Object.keys(parameters).join(', '),
    description,
  }))
  await session.print({ data: rows, columns: LIST_COLUMNS })
}

/** Of a name or a file: what it needs, and each parameter with the value that a run would take now. */
export async function showStrategy(session: BaseSession, name: string): Promise<void> {
  const { strategy } = await findStrategy(name, process.cwd())
  const values = settingsOfStrategy(strategy, settingsFiles(process.cwd())).parameters
  const parameters = Object.entries(strategy.parameters).map(([key, parameter]) => ({
    name: key,
    value: values[key] ?? null,
    ...parameter,
    range: describeRange(parameter),
  }))
  const warmup = strategy.warmup(values)
  const needs = strategy.needs?.(values) ?? {}
  await session.print({
    data: { name: strategy.name, description: strategy.description, scope: strategy.scope ?? 'asset', warmup, needs, parameters },
    view: {
      heading: `${strategy.name}: ${strategy.description}`,
      rows: parameters,
      columns: PARAMETER_COLUMNS,
      draw: async (painter, width) => {
        const table =
          parameters.length === 0
            ? 'It has no parameters.'
            : await renderTable(parameters.map(plain), PARAMETER_COLUMNS, painter, width)
        return `${painter.strong(strategy.name)}: ${strategy.description}\n${needsText(strategy, warmup)}\n\n${table}`
      },
    },
  })
}

function plain({ name, value, range, description }: { name: string; value: unknown; range: string; description: string }) {
  return { name, value: String(value), range, description }
}

function needsText({ scope, needs, parameters }: Strategy, warmup: number): string {
  const { macro = [], funding = false, volume = false } = needs?.(resolveParameters({ name: '', parameters }, {})) ?? {}
  const wanted = [...macro.map((name) => `macro ${name}`), funding ? 'funding' : '', volume ? 'volume' : ''].filter(
    (text) => text !== '',
  )
  const asked = scope === 'portfolio' ? 'asked once a bar for all assets' : 'one instance an asset'
  return `${warmup} bars of warm-up, ${asked}${wanted.length > 0 ? `, needs ${wanted.join(', ')}` : ''}`
}

/** Writes a file that runs at once. Throws `UsageError` for a name that cannot be one, or a file that is there. */
export async function newStrategy(session: BaseSession, given: string, isForced: boolean): Promise<void> {
  const name = path.basename(given).replace(/\.mjs$/, '')
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new UsageError('USAGE_STRATEGY_FILE', `A strategy cannot be called ${name === '' ? 'nothing' : name}`, {
      suggestions: ['Lower-case letters, digits and -, such as my-dip'],
    })
  }
  const file = path.resolve(path.dirname(given), `${name}.mjs`)
  if (existsSync(file) && !isForced) {
    throw new UsageError('USAGE_STRATEGY_FILE', `${pathFromHere(file)} is there already`, {
      suggestions: ['Another name, or --force to write over it'],
    })
  }
  try {
    writeFileSync(file, strategyTemplate(name))
  } catch (error) {
    throw storageError(error, file)
  }
  session.note(`Run it: mts backtest --strategy ./${pathFromHere(file)} --symbols BTC`)
  await session.print({
    data: { file: pathFromHere(file) },
    view: {
      heading: '',
      rows: [{ file: pathFromHere(file) }],
      columns: [{ key: 'file' }],
      draw: async () => `Wrote ${pathFromHere(file)}`,
    },
  })
}
