import type { Trade } from '../market/event.js'
import type { RepairEnd } from './trade-holes.js'

/** A hole in the book is noticed later than the first trade after the loss: so many trades back it may have been. */
const KEPT_MARKS = 128
/** Of those that were fetched so many are remembered, which is more than one list holds: the stream may bring them late. */
const KEPT_FETCHED = 4_096
/** More than any list holds: waiting for one that joins is of no use then. */
const MOST_SEEN = 2_000
/** The answer may lag behind the stream by some seconds. */
const MOST_ATTEMPTS = 5

/** A trade as far as it marks an end of a hole; `receivedAt` in ms. */
export interface Mark {
  readonly tradeId: string
  readonly timestamp: number
  readonly receivedAt: number
}

/** A stretch in which trades may be missing: after `last`, before `first`. */
export interface Stretch {
  readonly last: Mark
  readonly first: Mark
  /** Start of the row of coverage that tells it; `undefined`: none does. */
  readonly rowAt: number | undefined
  /** Ids of the stream since `last`: those are not missing. */
  readonly seen: Set<string>
  attempts: number
}

export interface OverlapEnd extends RepairEnd {
  readonly stretch: Stretch
  readonly found: number
}

/**
 * Where ids of trades do not count, what was missed shows only in a list of recent trades that reaches from the last one seen
 * to the first one after. Goes by records alone, as `TradeHoles` does.
 */
export class TradeOverlap {
  /** By id, oldest first. */
  readonly #marks = new Map<string, Mark>()
  readonly #fetched = new Set<string>()
  #last: Mark | undefined
  #stretch: Stretch | undefined
  /** Of the newest thing that is known to have come before a loss; `undefined`: no loss is suspected. */
  #doubtedSince: number | undefined

  /** To be asked for. */
  get next(): Stretch | undefined {
    return this.#stretch
  }

  /** It was told before, by the stream or as fetched. */
  knows(tradeId: string): boolean {
    return this.#marks.has(tradeId) || this.#fetched.has(tradeId)
  }

  /** Other records say that something was lost after this time, ms. */
  doubt(sinceMs: number): void {
    this.#doubtedSince = Math.min(sinceMs, this.#doubtedSince ?? sinceMs)
  }

  /** A trade of the stream; `lostRowAt` where coverage tells a loss before it. True when it ends a stretch worth asking for. */
  saw({ tradeId, timestamp }: Trade, receivedAt: number, lostRowAt: number | undefined): boolean {
    const mark = { tradeId, timestamp, receivedAt }
    const isEnd = this.#last !== undefined && (lostRowAt !== undefined || this.#doubtedSince !== undefined)
    if (isEnd) this.#open(mark, lostRowAt)
    const seen = this.#stretch?.seen
    if (seen !== undefined && seen.size < MOST_SEEN) seen.add(tradeId)
    this.#doubtedSince = undefined
    this.#last = mark
    this.#marks.set(tradeId, mark)
    dropOldest(this.#marks, KEPT_MARKS)
    return isEnd
  }

  #open(first: Mark, rowAt: number | undefined): void {
    // One that has not been answered yet grows: the list has to reach back to where it began.
    const begun = this.#stretch ?? {
      last: this.#lastBefore(this.#doubtedSince ?? Number.POSITIVE_INFINITY) ?? first,
      rowAt,
      seen: new Set(this.#marks.keys()),
      attempts: 0,
    }
    this.#stretch = { ...begun, first }
  }

  /** The newest one received until then, or the oldest of those that are remembered. */
  #lastBefore(ms: number): Mark | undefined {
    const marks = [...this.#marks.values()]
    return marks.findLast(({ receivedAt }) => receivedAt <= ms) ?? marks[0]
  }

  /** The list that was asked for, oldest first: what was missing, and how it ended if it did. */
  fill(rows: readonly Trade[]): { readonly trades: readonly Trade[]; readonly end?: OverlapEnd } {
    const stretch = this.#stretch
    if (stretch === undefined) return { trades: [] }
    const { last, first, seen } = stretch
    if (seen.size >= MOST_SEEN) return { trades: [], end: this.#giveUp(stretch, 'too many trades came before the list') }
    const end = rows.findIndex(({ tradeId }) => tradeId === first.tradeId)
    if (end === -1) {
      const failed = this.failed('the list of recent trades does not know the first one after it')
      return failed === undefined ? { trades: [] } : { trades: [], end: failed }
    }
    const begin = rows.findIndex(({ tradeId }) => tradeId === last.tradeId)
    const trades = rows.slice(begin + 1, end).filter(({ tradeId }) => !seen.has(tradeId))
    this.#stretch = undefined
    for (const { tradeId } of trades) this.#fetched.add(tradeId)
    dropOldest(this.#fetched, KEPT_FETCHED)
    const said = `${trades.length} trades fetched by overlap`
    if (begin !== -1) return { trades, end: { stretch, found: trades.length, isWhole: true, detail: said } }
    const oldest = rows[0]?.timestamp ?? first.timestamp
    const missing = `the list of recent trades does not reach back: nothing from ${timeOf(last.timestamp)} to ${timeOf(oldest)}`
    return { trades, end: { stretch, found: trades.length, isWhole: false, detail: `${said}; ${missing}` } }
  }

  /** No list, or one that is of no use yet. */
  failed(reason: string): OverlapEnd | undefined {
    const stretch = this.#stretch
    if (stretch === undefined) return undefined
    stretch.attempts += 1
    return stretch.attempts < MOST_ATTEMPTS ? undefined : this.#giveUp(stretch, reason)
  }

  /** Nobody asks any more, and what comes next does not continue this. */
  abandon(reason: string): OverlapEnd | undefined {
    const stretch = this.#stretch
    this.#last = undefined
    this.#marks.clear()
    this.#doubtedSince = undefined
    return stretch === undefined ? undefined : this.#giveUp(stretch, reason)
  }

  #giveUp(stretch: Stretch, reason: string): OverlapEnd {
    this.#stretch = undefined
    return { stretch, found: 0, isWhole: false, detail: `0 trades fetched by overlap; ${reason}` }
  }
}

function dropOldest(kept: Map<string, unknown> | Set<string>, most: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= most) return
    kept.delete(oldest)
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23)
}
