/** `mts backtest walkforward` from its flags to its output. */
import path from 'node:path'
import { runBenchmark } from '../../backtest/benchmark.js'
import { byDay } from '../../backtest/performance/daily.js'
import { DEFINITIONS } from '../../backtest/performance/definitions.js'
import { chartsOf, documentOf } from '../../backtest/report/build.js'
import { leftText } from '../../backtest/report/figures.js'
import { marketCautions } from '../../backtest/run.js'
import { type WalkForward, walkForward } from '../../backtest/walkforward/walk-forward.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { dotChart } from '../output/spark.js'
import { renderTable } from '../output/table.js'
import { pathFromHere } from '../paths.js'
import { plainRow } from '../stream/summary-table.js'
import { figureColumn, percentColumn } from './figure-columns.js'
import type { BacktestFlags } from './flags.js'
import { openBars, type Prepared, prepareBacktest } from './prepare.js'
import { checkTarget } from './run.js'
import { failuresOf, type SearchFlags, searchedSets, searchJobOf } from './run-optimize.js'

export interface WalkForwardFlags extends BacktestFlags, SearchFlags {
  readonly train: number
  readonly test: number
  readonly anchored: boolean
  readonly report: string | undefined
}

export async function runWalkForward(session: BaseSession, flags: WalkForwardFlags): Promise<void> {
  checkTarget(flags.report)
  const reader = await openBars(session)
  const bar = await session.bar('trials')
  try {
    const space = searchedSets(flags)
    const prepared = await prepareBacktest(session, reader, flags, space.expand)
    const result = await walkForward({
      ...searchJobOf(session, flags, prepared),
      ...space.plan(),
      names: space.names(),
      target: flags.metric,
      plan: { train: flags.train, test: flags.test, isAnchored: flags.anchored },
      onProgress: bar.set,
    })
    bar.end()
    await writeReport(session, flags, prepared, result, space.names())
    await print(session, flags, prepared, result, space.names())
  } finally {
    bar.end()
    reader.close()
  }
}

/** The tests are one run, so its page is that of a run, with what each window chose. */
async function writeReport(
  session: BaseSession,
  flags: WalkForwardFlags,
  { strategy, file, config, data, market, notes }: Prepared,
  walk: WalkForward,
  names: readonly string[],
): Promise<void> {
  if (flags.report === undefined) return
  const { writeWalkForwardReport } = await import('../../backtest/report/walk-forward-page.js')
  const { result } = walk
  const facts = {
    result,
    benchmark: runBenchmark({ config: result.config, data, version: session.version }, result.timestamps),
    market,
    description: strategy.description,
    strategyName: flags.strategy ?? strategy.name,
    strategyHash: file?.hash ?? null,
    warnings: [...notes, ...marketCautions(market, config), ...market.warnings],
  }
  const document = documentOf(facts)
  const target = path.resolve(flags.report)
  writeWalkForwardReport(target, {
    document: { ...document, id: '', parameters: searchedValues(flags), command: commandOf(flags, document.command) },
    charts: chartsOf(facts),
    walk,
    names,
    metric: flags.metric,
  })
  session.note(`Report: ${pathFromHere(target)}`)
}

function searchedValues({ param }: WalkForwardFlags): Record<string, string> {
  return Object.fromEntries(param.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]))
}

/** The run's own command with the search in the place of its parameters. */
function commandOf(flags: WalkForwardFlags, run: string): string {
  const { param, metric, method, trials, train, test, anchored } = flags
  const words = [
    run.replace('mts backtest', 'mts backtest walkforward'),
    ...param.map((text) => `--param ${text}`),
    `--metric ${metric} --method ${method}`,
    trials === undefined ? '' : `--trials ${trials}`,
    `--train ${formatDuration(train)} --test ${formatDuration(test)}`,
    anchored ? '--anchored' : '',
  ]
  return words.filter((word) => word !== '').join(' ')
}

async function print(
  session: BaseSession,
  flags: WalkForwardFlags,
  prepared: Prepared,
  walk: WalkForward,
  names: readonly string[],
): Promise<void> {
  const { result, windows } = walk
  const daily = byDay(result.timestamps, result.equity, prepared.market.intervalMs)
  const equity = Array.from(daily.equity, (value, i) => [daily.timestamps[i] ?? 0, value])
  const columns = columnsOf(names, flags.metric)
  const rows = windows.map((window) => ({
    ...window,
    ...Object.fromEntries(names.map((name, i) => [`p${i}`, window.parameters[name]])),
  }))
  await session.print({
    data: {
      strategy: prepared.strategy.name,
      metric: flags.metric,
      dataHash: prepared.data.hash,
      windows,
      stability: walk.stability,
      decay: walk.decay,
      performance: walk.performance,
      finalEquity: result.equity.at(-1) ?? null,
      trades: result.trades,
      open: result.open,
      blocked: result.blocked,
      equity,
      trials: walk.trials,
      trialsReused: walk.reused,
      file: walk.file,
    },
    warnings: [
      ...new Set([
        ...prepared.notes,
        ...marketCautions(prepared.market, prepared.config),
        ...prepared.market.warnings,
        ...result.warnings,
      ]),
    ],
    failures: failuresOf(walk),
    view: {
      heading: '',
      rows: windows,
      columns,
      draw: async (painter, width) => {
        const { market, strategy } = prepared
        const each = Math.round((walk.trials + walk.failures.length) / windows.length)
        const heading = `${strategy.name} on ${market.coins.join(', ')} (${market.source} ${market.interval}): ${windows.length} windows, ${each} sets each`
        const table = renderTable(rows.map(plainRow), columns, painter, width)
        return [painter.strong(heading), table, '', ...below(walk, flags, painter, [...daily.equity])].join('\n')
      },
    },
  })
}

function columnsOf(names: readonly string[], metric: WalkForwardFlags['metric']): Column[] {
  const { title } = DEFINITIONS[metric]
  return [
    { key: 'train_to', heading: 'used from', kind: 'time' },
    { key: 'test_to', heading: 'to', kind: 'time', isMinor: true },
    ...names.map((name, i): Column => ({ key: `p${i}`, heading: name })),
    { key: 'in_sample', heading: `${title} in sample`, kind: 'number', decimals: 2 },
    { key: 'out_of_sample', heading: 'out of sample', kind: 'number', decimals: 2 },
    percentColumn('total_return', 'return'),
    figureColumn('max_drawdown', { isMinor: true }),
    { key: 'trades', kind: 'number', decimals: 0 },
  ]
}

const CHART = { width: 64, height: 3 }

function below(walk: WalkForward, flags: WalkForwardFlags, painter: Painter, daily: readonly number[]): string[] {
  const { performance, decay, stability, file, windows } = walk
  const number = (value: number | null | undefined, digits = 2) =>
    value === null || value === undefined ? '–' : value.toFixed(digits)
  const percent = (value: number | null) => (value === null ? '–' : `${(value * 100).toFixed(2)} %`)
  const { total_return: total, sharpe, max_drawdown: drawdown, trades } = performance
  const kept = decay.kept === null ? '' : `, ${leftText(decay.kept)}`
  const isLost = decay.kept !== null && decay.kept < 0.5
  return [
    `Out of sample, one account: ${percent(total.value)}, Sharpe ${number(sharpe.value)}, max draw-down ${percent(drawdown.value)}, ${number(trades.value, 0)} trades`,
    ...dotChart(daily, CHART.width, CHART.height).map((line) => `  ${line}`),
    `${DEFINITIONS[flags.metric].title}: ${number(decay.inSample)} in sample, ${number(decay.outOfSample)} out of sample (means of windows)${kept}`,
    ...(isLost ? [painter.warn('Most of what the search found is gone out of sample')] : []),
    ...stability.map(({ name, chosen, changes }) => {
      const list = chosen.slice(0, 5).map(({ value, windows: times }) => `${value} (${times}×)`)
      const more = chosen.length > 5 ? `, ${chosen.length - 5} more` : ''
      return `${name}: ${list.join(', ')}${more}; changed ${changes} of ${Math.max(0, windows.length - 1)} times`
    }),
    `All trials: ${pathFromHere(file)}`,
  ]
}
