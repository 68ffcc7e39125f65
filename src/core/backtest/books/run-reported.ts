/** A backtest on a journal as its user asks for it: the run, and the document that every backtest has. */
import { DAY_MS } from '../../market/time.js'
import { chartsOf, documentOf, type ReportedMarket } from '../report/build.js'
import type { FinishedRun } from '../run.js'
import { type JournalBacktest, type JournalOutcome, playJournal } from './journal-run.js'
import { journalFacts, journalResult, midSeries, stepText } from './result.js'

export interface JournalRequest extends JournalBacktest {
  /** As the user named the strategy, and the hash of its file where it is one. */
  readonly strategyName: string
  readonly strategyHash: string | null
  /** As the user named them. */
  readonly path: string
  readonly symbols: readonly string[]
  readonly version: string
}

/** Errors: those of `playJournal`. */
export async function runJournalReported(request: JournalRequest): Promise<FinishedRun & { readonly outcome: JournalOutcome }> {
  const { strategy, strategyName, strategyHash, config, version, path, symbols } = request
  const outcome = await playJournal(request)
  const result = journalResult(request, outcome, version)
  const market = reportedMarket(outcome)
  const facts = {
    ...{ result, market, strategyName, strategyHash },
    benchmark: undefined,
    description: strategy.description,
    warnings: cautions(outcome),
    journal: journalFacts(outcome, { path, symbols, latencyMs: config.latencyMs ?? 0 }),
  }
  return { document: documentOf(facts), charts: chartsOf(facts), result, benchmark: undefined, outcome }
}

function reportedMarket({ run, from, to, ...outcome }: JournalOutcome): ReportedMarket {
  const traded = midSeries({ run, from, to, ...outcome })
  return {
    source: 'journal',
    interval: stepText(run.needs.stepMs),
    intervalMs: run.needs.stepMs,
    coins: run.markets.map(({ name }) => name),
    start: from,
    end: to,
    data: { traded },
    instruments: new Map(run.markets.map(({ name, symbol, quote }) => [name, { symbol, quote }])),
  }
}

function cautions({ from, to }: JournalOutcome): string[] {
  if (to - from >= 30 * DAY_MS) return []
  const minutes = (to - from) / 60_000
  return [`${minutes.toFixed(1)} minutes are little: what a year would bring cannot be told from them`]
}
