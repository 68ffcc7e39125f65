/** From a finished run over a journal to the result that every backtest has, and what only such a run can tell. */
import type { Unreadable } from '../../strategies/book-contract.js'
import type { SeriesData } from '../data.js'
import { openPositionOf } from '../position.js'
import { provenanceOf } from '../provenance.js'
import type { BacktestResult } from '../result.js'
import type { JournalBacktest, JournalOutcome } from './journal-run.js'
import type { PairTrade } from './pairs.js'
import type { Silence } from './silence.js'

/** One instrument of the run, and how much of its book could be read. */
export interface JournalMarket {
  readonly asset: string
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  readonly takerFee: number
  /** Steps at which its book could not be read, by why. */
  readonly unreadable: Readonly<Partial<Record<Unreadable, number>>>
  readonly gaps: number
}

export interface JournalFacts {
  /** As the user named it. */
  readonly path: string
  /** Instruments as the user named them; empty: all. */
  readonly symbols: readonly string[]
  readonly records: number
  /** First and last record, ms UTC. */
  readonly from: number
  readonly to: number
  readonly stepMs: number
  readonly latencyMs: number
  readonly markets: readonly JournalMarket[]
  /** Legs that were opened together, judged together. */
  readonly pairs: readonly PairTrade[]
  /** Why the strategy said nothing, most frequent first. */
  readonly silences: readonly Silence[]
}

export function journalResult(request: JournalBacktest, outcome: JournalOutcome, version: string): BacktestResult {
  const { run, dataHash } = outcome
  const { strategy, config } = request
  const { columns, journal, account, markets, parameters, needs } = run
  const resolved = { ...config, parameters }
  return {
    strategy: strategy.name,
    parameters,
    config: resolved,
    assets: markets.map(({ name }) => name),
    interval: stepText(needs.stepMs),
    provenance: provenanceOf(strategy.name, parameters, resolved, { dataHash, version }),
    timestamps: columns.timestamps,
    equity: columns.equity,
    held: columns.held,
    trades: journal.trades,
    fills: journal.fills,
    funding: journal.funding,
    open: account.positions.filter(({ quantity }) => quantity !== 0).map(openPositionOf),
    decisions: journal.decisions,
    blocked: journal.summary(),
    silences: run.decisions.silences.map(({ asset, reason, steps }) => {
      return { reason: asset === null ? reason : `${asset}: ${reason}`, count: steps }
    }),
    warnings: warningsOf(request, outcome),
    analysis: { [strategy.name]: run.analysis() },
  }
}

export function journalFacts(
  { run, records, from, to }: JournalOutcome,
  named: Pick<JournalFacts, 'path' | 'symbols' | 'latencyMs'>,
): JournalFacts {
  return {
    ...named,
    ...{ records, from, to },
    stepMs: run.needs.stepMs,
    markets: run.markets.map(({ name, state, takerFee, unread }) => {
      const { exchange, symbol, pair } = state.instrument
      return { asset: name, exchange, symbol, pair, takerFee, unreadable: Object.fromEntries(unread), gaps: state.sync.counts.gaps }
    }),
    pairs: run.pairs.closed,
    silences: run.decisions.silences,
  }
}

/** Mids at the ends of the steps, as bars of one price: what is drawn, and what holding is measured by. */
export function midSeries({ run }: JournalOutcome): SeriesData[] {
  const { stepMs } = run.needs
  return run.markets.flatMap(({ name }) => {
    const { timestamps, mids } = run.columns.midsOf(name)
    if (mids.length === 0) return []
    const timestamp = timestamps.map((end) => end - stepMs)
    const volume = new Float64Array(mids.length).fill(Number.NaN)
    return [
      {
        asset: name,
        interval: stepText(stepMs),
        intervalMs: stepMs,
        columns: { timestamp, open: mids, high: mids, low: mids, close: mids, volume },
      },
    ]
  })
}

/** `1s`, `250ms`. */
export function stepText(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

function warningsOf({ config }: JournalBacktest, { run, damages, warnings }: JournalOutcome): string[] {
  const { columns, markets, funding, account } = run
  const steps = columns.length
  const unread = markets.flatMap(({ name, unread: counts }) => {
    const reasons = [...counts].map(([why, count]) => `${why} ${count}`)
    return reasons.length === 0 ? [] : [`The book of ${name} could not be read on some of ${steps} steps: ${reasons.join(', ')}`]
  })
  const marks = markets.filter(({ staleMarks }) => staleMarks > 0)
  const quotes = new Set(markets.map(({ quote }) => quote))
  const unsized = markets.filter(({ lotSize }) => lotSize === 0).map(({ name }) => name)
  const open = account.positions.filter(({ quantity }) => quantity !== 0).length
  return [
    ...warnings,
    ...damages.map(({ path, message }) => `${path}: ${message}`),
    ...unread,
    ...marks.map(
      ({ name, staleMarks }) => `${name} was held on ${staleMarks} steps with an unreadable book: its last mid stands in`,
    ),
    ...(funding.missing > 0 ? [`${funding.missing} funding payments fell due on a position and no rate of them was told`] : []),
    ...(unsized.length > 0 ? [`Smallest steps are not in the recording of ${unsized.join(', ')}: quantities are not rounded`] : []),
    ...(quotes.size > 1 ? [`${[...quotes].join(', ')} are counted as the same money`] : []),
    ...(open > 0 ? [`${open} positions are still open at the end: valued at the mid, their way out is not paid`] : []),
    ...((config.latencyMs ?? 0) === 0 ? ['Orders reach the exchange in no time, which nobody can do: for comparison only'] : []),
  ]
}
