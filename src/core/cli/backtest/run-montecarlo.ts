/** `mts backtest montecarlo` from its flags to its output. */
import { runBacktest } from '../../backtest/engine.js'
import { monteCarloInput } from '../../backtest/montecarlo/input.js'
import { type Bands, type MonteCarloInput, monteCarlo, type Resampled } from '../../backtest/montecarlo/monte-carlo.js'
import { readRun } from '../../backtest/store.js'
import { DataError } from '../../errors.js'
import { intervalMs } from '../../market/interval.js'
import type { Reader } from '../../storage/reader.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import { renderTable } from '../output/table.js'
import { plainRow } from '../stream/summary-table.js'
import type { BacktestFlags } from './flags.js'
import { openBars, prepareBacktest } from './prepare.js'

export interface MonteCarloFlags extends BacktestFlags {
  readonly paths: number
  readonly block: number | undefined
  readonly drawdown: number
}

interface Source {
  readonly input: MonteCarloInput
  /** What was resampled. */
  readonly name: string
  readonly warnings: readonly string[]
}

const COLUMNS: readonly Column[] = [
  { key: 'figure' },
  ...(['p05', 'p25', 'p50', 'p75', 'p95'] as const).map(
    (key): Column => ({
      key,
      heading: `${Number(key.slice(1))} %`,
      kind: 'number',
      decimals: 2,
    }),
  ),
]

export async function runMonteCarlo(session: BaseSession, id: string | undefined, flags: MonteCarloFlags): Promise<void> {
  const reader = await openBars(session)
  try {
    const source = id === undefined ? await freshRun(session, reader, flags) : storedRun(reader, id)
    const { paths, seed, block, drawdown } = flags
    const results = monteCarlo(source.input, { runs: paths, seed, block, drawdown })
    if (results.length === 0) {
      throw new DataError('DATA_TOO_SHORT', 'Fewer than ten returns and fewer than ten trades: there is nothing to resample', {
        suggestions: ['Take a longer time, or a strategy that trades more'],
      })
    }
    await session.print({
      data: { run: source.name, paths, seed, drawdown, cash: source.input.cash, methods: results },
      warnings: source.warnings,
      view: {
        heading: '',
        rows: results.flatMap(rowsOf),
        columns: COLUMNS,
        draw: async (painter, width) => {
          const parts: string[] = []
          for (const each of results) {
            const table = renderTable(rowsOf(each).map(plainRow), COLUMNS, painter, width)
            parts.push(
              [painter.strong(headingOf(each, source.name, paths, seed)), table, ...chances(each, drawdown, paths)].join('\n'),
            )
          }
          return parts.join('\n\n')
        },
      },
    })
  } finally {
    reader.close()
  }
}

async function freshRun(session: BaseSession, reader: Reader, flags: MonteCarloFlags): Promise<Source> {
  const { strategy, config, data, market, notes } = await prepareBacktest(session, reader, flags)
  const result = runBacktest(config, data, strategy, { version: session.version })
  const { timestamps, equity, trades } = result
  return {
    input: monteCarloInput({ cash: config.cash, timestamps, equity, trades, intervalMs: market.intervalMs }),
    name: `${strategy.name} on ${market.coins.join(', ')} (${market.source} ${market.interval})`,
    warnings: [...notes, ...market.warnings, ...result.warnings],
  }
}

function storedRun(reader: Reader, prefix: string): Source {
  const { document } = readRun(reader, prefix)
  const { timestamp, equity } = reader.backtestEquity(document.id)
  const length = intervalMs(document.interval) ?? 0
  return {
    input: monteCarloInput({
      cash: document.result.cash,
      timestamps: timestamp,
      equity,
      trades: document.trades,
      intervalMs: length,
    }),
    name: `run ${document.id}, ${document.strategy}`,
    warnings: document.warnings,
  }
}

function rowsOf({ finalEquity, maxDrawdown, sharpe }: Resampled): (Bands & { readonly figure: string })[] {
  const rows = [
    { figure: 'final equity', ...finalEquity },
    { figure: 'max draw-down (%)', ...inPercent(maxDrawdown) },
  ]
  return sharpe === null ? rows : [...rows, { figure: 'Sharpe', ...sharpe }]
}

function inPercent({ p05, p25, p50, p75, p95 }: Bands): Bands {
  return { p05: p05 * 100, p25: p25 * 100, p50: p50 * 100, p75: p75 * 100, p95: p95 * 100 }
}

function headingOf({ method, length, unit, blockLength }: Resampled, name: string, paths: number, seed: number): string {
  const what = unit === null ? method : `${method} of ${unit}s in blocks of ${(blockLength ?? 1).toFixed(1)} on average`
  return `${name}: ${length} ${what}, ${paths.toLocaleString('en-US')} paths, seed ${seed}`
}

/** With the error of the simulation itself: two standard deviations of a share. */
function chances({ probabilityOfLoss, probabilityOfDrawdown }: Resampled, drawdown: number, paths: number): string[] {
  const share = (p: number) => `${(p * 100).toFixed(1)} % (± ${(200 * Math.sqrt((p * (1 - p)) / paths)).toFixed(1)})`
  return [
    `Probability of a loss ${share(probabilityOfLoss)}, of a draw-down of ${(drawdown * 100).toFixed(0)} % or more ${share(probabilityOfDrawdown)}`,
  ]
}
