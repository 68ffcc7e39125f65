/** Opportunities in the path of live books and replays alike: each is an event on the bus and a row. */
import type { ClosedOpportunity } from '../../analysis/arbitrage/contract.js'
import type { ClosedFundingOpportunity } from '../../analysis/arbitrage/funding.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { OpportunityEvent } from '../../market/event.js'
import type { ArbitrageRow } from '../../storage/rows.js'
import type { ScanOptions } from './options.js'
import { Scanner } from './scanner.js'
import { opportunityEvent, opportunityRow, type ScanSummary, summariseScan } from './told.js'
import { fundingOpportunityEvent, fundingOpportunityRow } from './told-funding.js'

export interface OpportunityWatch {
  readonly scanner: Scanner
  /** So many are there at present. */
  readonly open: number
  /** The newest that are over, as told. */
  readonly newest: readonly OpportunityEvent[]
  readonly closed: readonly (ClosedOpportunity | ClosedFundingOpportunity)[]
  /** Rows go there: once when one opens, again with its end. */
  keepBy(keep: (row: ArbitrageRow) => void): void
  summary(): ScanSummary
  /** Ends everything that is open: after the last record. */
  finish(nowMs: number): void
}

/** So many that are over are kept for the summary: a watch of weeks must not fill the memory. */
const MOST_KEPT = 10_000
const NEWEST = 8

/** One that is over, as a line. */
export function closedEvent(one: ClosedOpportunity | ClosedFundingOpportunity): OpportunityEvent {
  return one.type === 'funding' ? fundingOpportunityEvent(one, one) : opportunityEvent(one, one)
}

/** Connects the detectors with the feed. Nothing looks at books for it unless this is called. */
export function watchOpportunities(
  outputs: Outputs,
  pipelines: () => Iterable<Pipeline>,
  options: ScanOptions & { readonly isWanted?: (state: MarketState) => boolean },
): OpportunityWatch {
  const closed: (ClosedOpportunity | ClosedFundingOpportunity)[] = []
  const newest: OpportunityEvent[] = []
  let keep: (row: ArbitrageRow) => void = () => undefined
  let over = 0
  let open = 0
  const tell = (event: OpportunityEvent, row: ArbitrageRow) => {
    keep(row)
    outputs.publish(event)
  }
  const begin = (event: OpportunityEvent, row: ArbitrageRow) => {
    open += 1
    tell(event, row)
  }
  const end = (one: ClosedOpportunity | ClosedFundingOpportunity, row: ArbitrageRow) => {
    const event = closedEvent(one)
    over += 1
    open -= 1
    closed.push(one)
    newest.push(event)
    if (closed.length > MOST_KEPT) closed.shift()
    if (newest.length > NEWEST) newest.shift()
    tell(event, row)
  }
  const scanner = new Scanner(pipelines, options, {
    opened: (one) => begin(opportunityEvent(one), opportunityRow(one)),
    closed: (one) => end(one, opportunityRow(one, one)),
    fundingOpened: (one) => begin(fundingOpportunityEvent(one), fundingOpportunityRow(one)),
    fundingClosed: (one) => end(one, fundingOpportunityRow(one, one)),
  })
  scanner.follow(outputs)
  return {
    scanner,
    get open() {
      return open
    },
    newest,
    closed,
    keepBy: (each) => {
      keep = each
    },
    summary: () => ({ ...summariseScan(scanner, closed), count: over }),
    finish: (nowMs) => scanner.finish(nowMs),
  }
}
