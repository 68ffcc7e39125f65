/** Holds the rows of coverage to the losses that were injected: every one of them, and nothing else. */
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import type { GapEvent } from '../../src/core/market/event.js'
import type { Truth } from '../../src/core/sandbox/faults/index.js'
import { LATENCY_MS } from './virtual-net.js'

/** Losses within one millisecond get rows of 1 ms each, after one another. */
const SAME_MS = 10
const SEEN: ReadonlySet<string> = new Set(['contiguous', 'unproven', 'quiet'])

export class CoverageCheck {
  readonly #rows = new Map<string, Map<number, CoverageSpan>>()

  /** A row with a start that was told before takes its place. */
  told(span: CoverageSpan): void {
    const name = nameOf(span)
    const rows = this.#rows.get(name) ?? new Map<number, CoverageSpan>()
    this.#rows.set(name, rows.set(span.startedAt, span))
  }

  judge(gaps: readonly GapEvent[], truths: readonly Truth[], isTimed: boolean): string[] {
    // Rows go by receive times: what came before a loss and arrived after it was seen when it came.
    const late = new Set(truths.flatMap(({ kind, exchange }) => (kind === 'reorder' || kind === 'delay' ? [exchange] : [])))
    return [
      ...[...this.#rows].flatMap(([name, rows]) => chained(name, [...rows.values()].sort(byStart))),
      ...gaps.flatMap((gap) => this.#isUncovered(gap)),
      ...[...this.#rows.values()].flatMap((rows) => [...rows.values()].flatMap((row) => withoutGap(row, gaps))),
      ...(isTimed ? truths.flatMap((truth) => this.#seenThough(truth, late)) : []),
    ]
  }

  #rowsOf(name: string): CoverageSpan[] {
    return [...(this.#rows.get(name)?.values() ?? [])].sort(byStart)
  }

  #isUncovered(gap: GapEvent): string[] {
    const rows = this.#rowsOf(nameOf(gap))
    const isCovered = rows.some((row) => row.state === 'gap' && isWithin(gap, row))
    return isCovered ? [] : [`no row of coverage for ${JSON.stringify(gap)}`]
  }

  /** The frame never came: at that moment nobody may claim to have seen the book. */
  #seenThough({ kind, isLoss, ids, exchange, at }: Truth, late: ReadonlySet<string>): string[] {
    if (!isLoss || ids === undefined || late.has(exchange)) return []
    const name = nameOf({ exchange, symbol: ids.symbol, channel: 'book' })
    const missedAt = at + LATENCY_MS
    const row = this.#rowsOf(name).find((each) => each.startedAt <= missedAt && missedAt < each.endedAt)
    if (row === undefined || !SEEN.has(row.state)) return []
    return [`${name}: ${kind} at ${at}, and yet ${row.state} from ${row.startedAt} to ${row.endedAt}`]
  }
}

/** Rows follow each other without hole or overlap. */
function chained(name: string, rows: readonly CoverageSpan[]): string[] {
  return rows.flatMap((row, i) => {
    const next = rows[i + 1]
    return next === undefined || row.endedAt === next.startedAt ? [] : [`${name}: ${row.endedAt} is not ${next.startedAt}`]
  })
}

/** Books and trades of which nothing is said to be lost that no gap told. */
function withoutGap(row: CoverageSpan, gaps: readonly GapEvent[]): string[] {
  if (row.state !== 'gap') return []
  const isTold = gaps.some((gap) => nameOf(gap) === nameOf(row) && isWithin(gap, row))
  // The end of a connection loses trades of which the next id only tells whether there were any.
  return isTold || row.detail.includes('closed') ? [] : [`no gap was told for ${JSON.stringify(row)}`]
}

function isWithin({ receivedAt }: GapEvent, { startedAt, endedAt }: CoverageSpan): boolean {
  return startedAt - SAME_MS <= receivedAt && receivedAt <= endedAt
}

function nameOf({ exchange, symbol, channel }: Pick<CoverageSpan, 'exchange' | 'symbol' | 'channel'>): string {
  return `${exchange} ${symbol} ${channel}`
}

function byStart(a: CoverageSpan, b: CoverageSpan): number {
  return a.startedAt - b.startedAt
}
