/** `mts backtest optimize` from its flags to its output. */
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { runBacktest } from '../../backtest/engine.js'
import { type Optimisation, optimise } from '../../backtest/optimise/optimise.js'
import type { Target } from '../../backtest/optimise/rank.js'
import type { SearchPlan } from '../../backtest/optimise/search.js'
import { cornersOf, gridOf, type ParameterSets, randomSets, readSpace } from '../../backtest/optimise/space.js'
import type { Trial } from '../../backtest/optimise/trial.js'
import { seededRandom } from '../../backtest/random.js'
import { marketCautions } from '../../backtest/run.js'
import { UsageError } from '../../errors.js'
import type { Strategy } from '../../strategies/contract.js'
import type { BaseSession } from '../base-command.js'
import type { Column } from '../output/column.js'
import type { Failure } from '../output/output.js'
import { renderTable } from '../output/table.js'
import { pathFromHere } from '../paths.js'
import { plainRow } from '../stream/summary-table.js'
import { figureColumn } from './figure-columns.js'
import type { BacktestFlags } from './flags.js'
import { type Given, openBars, type Prepared, prepareBacktest } from './prepare.js'
import { periodsAYear, trialSetupOf } from './trial-setup.js'

export interface OptimizeFlags extends BacktestFlags, SearchFlags {
  readonly top: number
}

export interface SearchFlags {
  readonly metric: Target
  readonly method: 'grid' | 'random' | 'bayesian'
  readonly trials: number | undefined
  readonly jobs: number | undefined
}

const USUAL_TRIALS = 100
/** Drawn blindly before there is anything to learn from. */
const FIRST_TRIALS = 20

export async function runOptimize(session: BaseSession, flags: OptimizeFlags): Promise<void> {
  const reader = await openBars(session)
  const bar = await session.bar('trials')
  try {
    const space = searchedSets(flags)
    const prepared = await prepareBacktest(session, reader, flags, space.expand)
    const result = await optimise({
      ...searchJobOf(session, flags, prepared),
      ...space.plan(),
      names: space.names(),
      target: flags.metric,
      periods: periodsAYear(prepared.market.intervalMs),
      onProgress: bar.set,
    })
    bar.end()
    await printOptimisation(session, flags, prepared, result, space)
  } finally {
    bar.end()
    reader.close()
  }
}

/** What every search is given; the threads are as many as cores. */
export function searchJobOf(session: BaseSession, flags: OptimizeFlags | (BacktestFlags & SearchFlags), prepared: Prepared) {
  return {
    setup: trialSetupOf(session, prepared),
    source: { name: prepared.file?.path ?? prepared.strategy.name, folder: process.cwd() },
    strategyHash: prepared.file?.hash,
    folder: path.join(session.config.dataDir, 'trials'),
    holder: `process ${process.pid}`,
    threads: flags.jobs ?? availableParallelism(),
    signal: session.signal,
  }
}

export interface SearchedSets {
  /** The first sets, and those that say what all others may need. */
  readonly expand: (strategy: Strategy, given: Given) => ParameterSets['sets']
  /** Known once `expand` was asked. */
  plan(): Pick<SearchPlan, 'sets' | 'adaptive'>
  names(): readonly string[]
  invalid(): number
}

/** Reads the ranges when the strategy is known. */
export function searchedSets({ method, trials, seed, param }: SearchFlags & Pick<BacktestFlags, 'seed' | 'param'>): SearchedSets {
  let names: readonly string[] = []
  let invalid = 0
  let plan: Pick<SearchPlan, 'sets' | 'adaptive'> = { sets: [] }
  return {
    expand: (strategy, { settings, params }) => {
      const space = readSpace(strategy, params, settings)
      names = space.dimensions.map(({ name }) => name)
      if (names.length === 0) throw nothingToSearch(strategy, param)
      const wanted = trials ?? USUAL_TRIALS
      const isBayesian = method === 'bayesian'
      const first = isBayesian ? Math.min(FIRST_TRIALS, wanted) : wanted
      const found = method === 'grid' ? gridOf(strategy, space) : randomSets(strategy, space, first, seededRandom(seed))
      invalid = found.invalid
      if (found.sets.length === 0) {
        throw new UsageError('USAGE_BAD_PARAMETER', `Each of the ${invalid} sets is invalid: ${found.rule ?? 'a rule is broken'}`)
      }
      plan = { sets: found.sets, adaptive: isBayesian ? { space, trials: wanted, seed } : undefined }
      return isBayesian ? [...found.sets, ...cornersOf(strategy, space)] : found.sets
    },
    plan: () => plan,
    names: () => names,
    invalid: () => invalid,
  }
}

function nothingToSearch(strategy: Strategy, param: readonly string[]): UsageError {
  const numbers = Object.entries(strategy.parameters).filter(([, { kind }]) => kind === 'integer' || kind === 'number')
  const [name] = numbers.map(([each]) => each)
  return new UsageError(
    'USAGE_BAD_PARAMETER',
    param.length === 0 ? 'There is nothing to search over' : 'No parameter has more than one value',
    {
      suggestions: [
        name === undefined
          ? `${strategy.name} has no parameter with a range`
          : `Give a range: --param ${name}=5:50:5, or a list: ${name}=5,10,20`,
      ],
    },
  )
}

async function printOptimisation(
  session: BaseSession,
  flags: OptimizeFlags,
  prepared: Prepared,
  result: Optimisation,
  space: SearchedSets,
): Promise<void> {
  const { luck, neighbourhood, winner, trials } = result
  const rows = trials.map((trial, i) => rowOf(trial, i + 1, flags.metric))
  const skipped = space.invalid()
  const facts = {
    strategy: prepared.strategy.name,
    metric: flags.metric,
    dataHash: prepared.data.hash,
    trialsRun: trials.length - result.reused,
    trialsReused: result.reused,
    trialsInvalid: skipped,
    trialsFailed: result.failures.length,
    winner: rowOf(winner, 1, flags.metric),
    luck,
    neighbourhood,
    doubts: result.doubts,
    file: result.file,
  }
  const { config, data, strategy } = prepared
  // What a trial does not keep, such as funding that is not in its costs.
  const { warnings } = runBacktest({ ...config, parameters: winner.parameters }, data, strategy, { version: session.version })
  const told = [...prepared.notes, ...marketCautions(prepared.market, config), ...prepared.market.warnings, ...warnings]
  if (result.unreadable > 0) told.push(`${result.unreadable} lines of ${result.file} could not be read: their trials ran again`)
  const columns = columnsOf(space.names(), flags.metric)
  // Names of parameters may hold dots, which fields take for paths.
  const shown = rows.slice(0, flags.top).map((row, i) => {
    return { ...row, ...Object.fromEntries(space.names().map((name, at) => [`p${at}`, trials[i]?.parameters[name]])) }
  })
  await session.print({
    data: { ...facts, trials: rows },
    warnings: told,
    failures: failuresOf(result),
    view: {
      heading: '',
      rows: rows.slice(0, flags.top),
      columns,
      draw: async (painter, width) => {
        const table = renderTable(shown.map(plainRow), columns, painter, width)
        const more = rows.length > flags.top ? [`… and ${rows.length - flags.top} more (--top)`] : []
        const below = verdict(prepared, result, flags.metric, space.names())
        return [painter.strong(headingOf(prepared, result, skipped)), table, ...more, '', ...below].join('\n')
      },
    },
  })
}

function rowOf(trial: Trial, rank: number, metric: Target): Record<string, unknown> {
  const { parameters, metrics, finalEquity, configHash } = trial
  const shown = { [metric]: metrics[metric] ?? null, sharpe: metrics.sharpe ?? null, total_return: metrics.total_return ?? null }
  const trades = { max_drawdown: metrics.max_drawdown ?? null, trades: metrics.trades ?? null }
  return { rank, parameters, ...shown, ...trades, finalEquity, configHash }
}

function columnsOf(names: readonly string[], metric: Target): Column[] {
  return [
    { key: 'rank', kind: 'number', decimals: 0 },
    ...names.map((name, i): Column => ({ key: `p${i}`, heading: name })),
    ...[...new Set<Target>([metric, 'sharpe', 'total_return', 'max_drawdown'])].map((name) => figureColumn(name)),
    { key: 'trades', kind: 'number', decimals: 0 },
    { key: 'final_equity', kind: 'number', decimals: 2, isMinor: true },
  ]
}

function headingOf({ strategy, market }: Prepared, { trials, reused }: Optimisation, skipped: number): string {
  const parts = [`${trials.length} trials`]
  if (reused > 0) parts.push(`${reused} of them from disk`)
  if (skipped > 0) parts.push(`${skipped} sets skipped that break a rule`)
  return `${strategy.name} on ${market.coins.join(', ')} (${market.source} ${market.interval}): ${parts.join(', ')}`
}

/** What the winner is worth, for people. */
function verdict({ strategy }: Prepared, result: Optimisation, metric: Target, names: readonly string[]): string[] {
  const { winner, luck, neighbourhood: near } = result
  const set = names.map((name) => `${name}=${winner.parameters[name]}`).join(' ')
  const share = (value: number | null) => (value === null ? 'not to be had (too few returns)' : `${(value * 100).toFixed(1)} %`)
  const number = (value: number | null | undefined) => (value === null || value === undefined ? '–' : value.toFixed(4))
  return [
    `Winner: ${strategy.name} ${set}, ${metric} ${number(winner.metrics[metric])}, the best of ${luck.trials} trials on this data`,
    `Deflated Sharpe (probability that it is more than luck): ${share(luck.deflatedSharpe)}; luck alone would show ${number(luck.expectedBestSharpe)}`,
    `Probability of overfitting (CSCV): ${share(luck.overfitting)}${luck.splits === null ? '' : `, ${luck.splits.toLocaleString('en-US')} splits`}`,
    `Neighbours: ${near.neighbours}, median ${metric} ${number(near.median)}, worst ${number(near.worst)}: ${near.shape}`,
    ...result.doubts,
    `All trials: ${pathFromHere(result.file)}`,
  ]
}

/** One for each kind: a thousand sets fail for the same reason. */
export function failuresOf({ failures }: Pick<Optimisation, 'failures'>): Failure[] {
  const kinds = new Map<string, { count: number; message: string }>()
  for (const { task, error } of failures) {
    const known = kinds.get(error.code)
    if (known === undefined) kinds.set(error.code, { count: 1, message: `${JSON.stringify(task.parameters)}: ${error.message}` })
    else known.count += 1
  }
  return [...kinds].map(([code, { count, message }]) => ({
    source: 'backtest',
    code,
    message: `${count} ${count === 1 ? 'set' : 'sets'}, the first ${message}`,
  }))
}
