/** Several backtests in the terminal: a run is a line, what all have in common is said once. */
import type { MetricName } from '../../backtest/performance/definitions.js'
import { comparedFacts, parametersText } from '../../backtest/report/comparison.js'
import { figuresOf, metricText } from '../../backtest/report/figures.js'
import type { ShownRun } from '../../backtest/store.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import type { Plain } from '../output/keys.js'
import type { View } from '../output/output.js'
import { renderTable } from '../output/table.js'
import { percentColumn } from './figure-columns.js'

/** With a heading for narrow terminals, which leave out the last ones first. */
const SHOWN: readonly (readonly [MetricName, string])[] = [
  ['total_return', 'return'],
  ['sharpe', 'Sharpe'],
  ['max_drawdown', 'dd'],
  ['trades', 'trades'],
  ['cagr', 'CAGR'],
  ['volatility', 'vol'],
  ['win_rate', 'won'],
  ['exposure', 'exposed'],
  ['fees', 'fees'],
  ['profit_factor', 'PF'],
  ['sortino', 'Sortino'],
  ['calmar', 'Calmar'],
  ['turnover', 'turnover'],
  ['slippage', 'slippage'],
  ['funding', 'funding'],
]
/** These are shown on any terminal. */
const MAJOR = 4
const NOTHING = '–'

/** Rows and columns of the table; its drawing has above it what all runs share, and below it their parameters. */
export function comparisonView(runs: readonly ShownRun[]): View {
  const facts = comparedFacts(runs)
  const common = facts.filter(({ texts }) => new Set(texts).size === 1)
  const differing = facts.filter(({ texts }) => new Set(texts).size > 1)
  const rows = runs.map(({ document }, i) => ({
    run: document.id.slice(0, 8),
    strategy: document.strategy,
    ...Object.fromEntries(differing.map(({ key, texts }) => [key, texts[i] ?? ''])),
    ...Object.fromEntries(SHOWN.map(([name]) => [name, document.metrics[name].value])),
    benchmark_return: document.result.benchmarkReturn,
  }))
  const columns = [
    { key: 'run' },
    { key: 'strategy' },
    ...differing.map(({ key, figure }): Column => ({ key, heading: figure, kind: 'text' })),
    ...SHOWN.map(([name, brief], i) => ({ ...figureColumn(runs, name), brief, isMinor: i >= MAJOR })),
    percentColumn('benchmark_return', 'Buy and hold', { brief: 'hold', isMinor: true }),
  ] satisfies Column[]
  return {
    heading: '',
    rows,
    columns,
    draw: async (painter, width) => {
      const table = renderTable(rows, columns, painter, width)
      return `${common.map(({ texts }) => texts[0]).join(', ')}\n\n${table}\n\nParameters\n${parameterLines(runs, painter).join('\n')}`
    },
  }
}

function figureColumn(runs: readonly ShownRun[], name: MetricName): Column {
  const [figure] = runs.flatMap(({ document }) => figuresOf(document, [name]))
  if (figure === undefined) return { key: name }
  const { title, unit, metric } = figure
  const text = (value: Plain) => (typeof value === 'number' ? metricText({ ...metric, value }) : NOTHING)
  return { key: name, heading: title, kind: 'number', text, ...(unit !== '' && { unit }) }
}

function parameterLines(runs: readonly ShownRun[], painter: Painter): string[] {
  const width = Math.max(...runs.map(({ document }) => document.strategy.length))
  return runs.map(({ document }) => {
    return `${document.strategy.padEnd(width)}  ${painter.quiet(parametersText(document.parameters) || 'none')}`
  })
}
