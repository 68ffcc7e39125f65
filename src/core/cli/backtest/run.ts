/** `mts backtest` from its flags to its output. */
import path from 'node:path'
import { loadBenchmark } from '../../backtest/load/benchmark.js'
import { writeEquity, writeTrades } from '../../backtest/report/csv.js'
import type { Compatible } from '../../backtest/report/document.js'
import { type FinishedRun, runReported } from '../../backtest/run.js'
import { recordOf, type ShownRun } from '../../backtest/store.js'
import { UsageError } from '../../errors.js'
import { openHistory } from '../../storage/history.js'
import { BOOK_STRATEGIES } from '../../strategies/book-registry.js'
import type { BaseSession } from '../base-command.js'
import { pathFromHere } from '../paths.js'
import { drawRun, METRIC_COLUMNS, metricRows } from './draw.js'
import { decisionRows, drawDecisions } from './draw-decisions.js'
import type { BacktestFlags } from './flags.js'
import { openBars, prepareBacktest } from './prepare.js'

export interface RunFlags extends BacktestFlags, ShowFlags {
  /** `buyhold`, `none`, or a coin or symbol. */
  readonly benchmark: string
  readonly journal: string | undefined
  /** ms */
  readonly latency: number
  readonly trades: string | undefined
  readonly equity: string | undefined
  readonly explain: boolean
  readonly 'no-store': boolean
}

export interface ShowFlags {
  readonly report: string | undefined
  readonly 'explain-metrics': boolean
  readonly 'metrics-as': keyof Compatible | undefined
}

export async function runBacktestCommand(session: BaseSession, flags: RunFlags): Promise<void> {
  for (const file of [flags.report, flags.trades, flags.equity]) checkTarget(file)
  const { finished, notes } = await runOver(session, flags)
  for (const note of notes) session.note(note)
  if (!flags['no-store']) await store(session, finished)
  if (flags.trades !== undefined) writeTrades(path.resolve(flags.trades), finished.result.trades)
  if (flags.equity !== undefined) writeEquity(path.resolve(flags.equity), finished.result, finished.benchmark)
  await writeReports(session, flags.report, [finished])
  await printRun(session, finished, flags, flags.explain ? finished : undefined)
}

async function runOver(session: BaseSession, flags: RunFlags): Promise<{ finished: FinishedRun; notes: readonly string[] }> {
  const { journal, latency } = flags
  if (journal === undefined) {
    checkReadsBars(flags.strategy)
    return execute(session, flags)
  }
  const { runJournalBacktest } = await import('./run-journal.js')
  return runJournalBacktest(session, { ...flags, journal, latencyMs: latency })
}

/** A strategy on books without a journal: said before anything is looked for. */
function checkReadsBars(name: string | undefined): void {
  if (!BOOK_STRATEGIES.some((strategy) => strategy.name === name)) return
  throw new UsageError('USAGE_BACKTEST', `${name} looks at order books, which stored bars do not have`, {
    suggestions: [
      'Record some: mts stream --record --duration 10m',
      `Then: mts backtest --strategy ${name} --journal data/journal`,
    ],
  })
}

async function execute(session: BaseSession, flags: RunFlags): Promise<{ finished: FinishedRun; notes: readonly string[] }> {
  const reader = await openBars(session)
  try {
    const prepared = await prepareBacktest(session, reader, flags)
    const { strategy, file, config, data, market, notes } = prepared
    const { benchmark } = flags
    const isOther = benchmark !== 'buyhold' && benchmark !== 'none'
    const benchmarkMarket = isOther ? await loadBenchmark(reader, benchmark, market) : undefined
    const finished = runReported({
      strategy,
      strategyName: flags.strategy ?? strategy.name,
      strategyHash: file?.hash ?? null,
      config,
      data,
      market,
      hasBenchmark: benchmark !== 'none',
      benchmarkMarket,
      version: session.version,
    })
    return { finished, notes }
  } finally {
    reader.close()
  }
}

async function store(session: BaseSession, finished: FinishedRun): Promise<void> {
  const history = openHistory({ path: session.config.db, clock: await session.clock(), programVersion: session.version })
  try {
    history.saveBacktest(recordOf(finished))
  } finally {
    history.close()
  }
}

/** Before the work is done, not after it. */
export function checkTarget(file: string | undefined): void {
  if (file === undefined || file.trim() !== '') return
  throw new UsageError('USAGE_BAD_FLAG', 'A file to write to has no name', {
    suggestions: ['Name it, for example --report run.html'],
  })
}

/** One page for one run or for several beside each other. */
export async function writeReports(
  session: Pick<BaseSession, 'note'>,
  file: string | undefined,
  runs: readonly ShownRun[],
): Promise<void> {
  if (file === undefined) return
  const { writeReport } = await import('../../backtest/report/page.js')
  const target = path.resolve(file)
  writeReport(target, runs)
  session.note(`Report: ${pathFromHere(target)}`)
}

export async function printRun(
  session: Pick<BaseSession, 'print'>,
  { document, charts }: ShownRun,
  flags: Pick<ShowFlags, 'explain-metrics' | 'metrics-as'>,
  explained: FinishedRun | undefined,
): Promise<void> {
  const metricsAs = flags['metrics-as']
  const decisions = explained?.result.decisions
  await session.print({
    data: {
      ...document,
      ...(metricsAs !== undefined && { metricsAs: { program: metricsAs, figures: charts.compatible[metricsAs] } }),
      ...(decisions !== undefined && { decisions: decisionRows(decisions) }),
    },
    warnings: document.warnings,
    view: {
      heading: document.answer,
      rows: metricRows(document),
      columns: METRIC_COLUMNS,
      draw: async (painter, width) => {
        const drawn = await drawRun(document, charts, painter, width, { isExplained: flags['explain-metrics'], metricsAs })
        return decisions === undefined ? drawn : `${drawn}\n\n${await drawDecisions(decisions, painter, width)}`
      },
    },
  })
}
