/** `mts strategies list` and `show`. */
import { findStrategy } from '../backtest/strategy-file.js'
import type { Strategy } from '../strategies/contract.js'
import { describeRange, type ParameterValues } from '../strategies/parameters.js'
import { type StrategySettings, settingsOfStrategy } from '../strategies/settings.js'
import type { BaseSession } from './base-command.js'
import type { Column } from './output/column.js'
import { renderTable } from './output/table.js'
import { pathFromHere } from './paths.js'
import { loadStrategies, settingsFiles } from './settings-files.js'

const LIST_COLUMNS: readonly Column[] = [
  { key: 'name' },
  { key: 'enabled', heading: 'in signals' },
  { key: 'needs', kind: 'text' },
  { key: 'assets', kind: 'text', isMinor: true },
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
  const { found, failures, settings } = await loadStrategies(session)
  const rows = found.map(({ strategy, file }, i) => ({
    name: strategy.name,
    enabled: settings[i]?.enabled ?? false,
    needs: needsOf(strategy, settings[i]?.parameters),
    assets: settings[i]?.assets ?? [],
    parameters: Object.keys(strategy.parameters),
    file: file === undefined ? null : pathFromHere(file.path),
    description: strategy.description,
  }))
  // Nobody has any: a column of nothing says nothing.
  const columns = LIST_COLUMNS.filter(({ key }) => key !== 'file' || rows.some(({ file }) => file !== null))
  await session.print({
    data: rows,
    columns,
    failures: failures.map(({ file, error }) => ({ source: file, code: error.code, message: error.message })),
  })
}

/** Of a name or a file: what it needs, and each parameter with the value that a run would take now. */
export async function showStrategy(session: BaseSession, name: string): Promise<void> {
  const { strategy, file } = await findStrategy(name, process.cwd(), session.config.strategyPaths)
  const { parameters: values, ...settings } = settingsOfStrategy(strategy, settingsFiles(process.cwd()))
  const parameters = Object.entries(strategy.parameters).map(([key, parameter]) => ({
    name: key,
    value: values[key] ?? null,
    ...parameter,
    range: describeRange(parameter),
  }))
  const warmup = strategy.warmup(values)
  const { description, scope = 'asset' } = strategy
  const needs = strategy.needs?.(values) ?? {}
  await session.print({
    data: { description, scope, warmup, needs, file: file === undefined ? null : pathFromHere(file.path), ...settings, parameters },
    view: {
      heading: `${strategy.name}: ${description}`,
      rows: parameters,
      columns: PARAMETER_COLUMNS,
      draw: async (painter, width) => {
        const table =
          parameters.length === 0
            ? 'It has no parameters.'
            : await renderTable(parameters.map(plain), PARAMETER_COLUMNS, painter, width)
        const wanted = needsOf(strategy, values)
        const asked = scope === 'portfolio' ? 'asked once a bar for all assets' : 'one instance an asset'
        return [
          `${painter.strong(strategy.name)}: ${description}`,
          `${warmup} bars of warm-up, ${asked}${wanted === '' ? '' : `, needs ${wanted}`}`,
          settingsText(settings),
          '',
          table,
        ].join('\n')
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

function settingsText({ enabled, assets, minConfidence, risk }: Omit<StrategySettings, 'parameters'>): string {
  const { maxPortfolioRisk, maxDrawdown } = risk
  const parts = [
    `signals ${enabled ? 'on' : 'off'}`,
    assets.length === 0 ? 'any asset' : assets.join(', '),
    `confidence from ${minConfidence}`,
    ...(maxPortfolioRisk === null ? [] : [`at most ${maxPortfolioRisk} of equity`]),
    ...(maxDrawdown === null ? [] : [`ends after a fall of ${maxDrawdown}`]),
  ]
  return parts.join('; ')
}
