import type { Channel } from '../market/event.js'
import { BACKFILLED, type CoverageSpan, type CoverageState } from './coverage-span.js'
import type { Track } from './coverage-track.js'

/** What became of what was missing in the row that began at `rowAt`. */
export interface Mended {
  readonly rowAt: number
  readonly isWhole: boolean
  /** By ids that count one by one. */
  readonly isProven: boolean
  /** Something was sent meanwhile. */
  readonly hasMissed: boolean
  readonly detail: string
}

/** Rows of one channel that can still be mended. */
const MOST_LOST = 100
const LONGEST_DETAIL = 500

/**
 * The rows of coverage of one exchange as they begin, change and end. Each change is told at once: at any moment what was told is what is
 * known, with one open row for each channel that reaches until now. After a crash nobody can add anything.
 */
export class CoverageRows {
  /** ms. */
  now = 0
  readonly #exchange: string
  readonly #write: (span: CoverageSpan) => void

  constructor(exchange: string, write: (span: CoverageSpan) => void) {
    this.#exchange = exchange
    this.#write = write
  }

  /** A new row from `atMs`, which may lie before rows that were already told to last longer, but not before their start. */
  enter(track: Track, state: CoverageState, atMs: number, detail: string): void {
    const { span, symbol, channel } = track
    if (span?.state === state) return
    const startedAt = span === undefined ? atMs : Math.max(atMs, soonestEnd(span))
    if (span !== undefined && span.startedAt < startedAt) this.#leave(track, { ...span, endedAt: startedAt, isOpen: false })
    track.holes = 0
    if (state === 'gap') track.losses += 1
    track.span = { exchange: this.#exchange, symbol, channel, startedAt, state, detail }
    this.#write({ ...track.span, endedAt: startedAt, isOpen: true })
  }

  /** The row was something else from its start on. */
  restate(track: Track, state: CoverageState, detail: string): void {
    if (track.span === undefined) return
    track.span = { ...track.span, state, detail }
    this.reach(track)
  }

  /** Something was lost after `atMs`: a row of its own, or one more reason for the present one. */
  lose(track: Track, atMs: number, detail: string): void {
    if (track.span?.state !== 'gap') this.enter(track, 'gap', atMs, detail)
    // An exchange that is down says the same at each attempt.
    else if (!track.span.detail.includes(detail)) this.restate(track, 'gap', joined(track.span.detail, detail, false))
  }

  /** Tells how far the row has come by now. */
  reach({ span }: Track): void {
    if (span !== undefined) this.#write({ ...span, endedAt: Math.max(this.now, span.startedAt), isOpen: true })
  }

  end(track: Track, nowMs: number): void {
    const { span } = track
    if (span !== undefined) this.#leave(track, { ...span, endedAt: Math.max(nowMs, soonestEnd(span)), isOpen: false })
    track.holes = 0
    track.span = undefined
    track.lastId = -1
    track.isUncertain = false
  }

  /** What was missing was fetched, or will never be. A row without ids that was fetched whole is `unproven` from now on. */
  mended(track: Track, { rowAt, isWhole, isProven, hasMissed, detail }: Mended): void {
    if (track.span?.startedAt === rowAt) {
      if (isWhole) track.holes -= 1
      this.restate(track, track.span.state, joined(track.span.detail, detail, isWhole && track.holes === 0))
      return
    }
    const row = track.lost.find(({ span }) => span.startedAt === rowAt)
    if (row === undefined) return
    if (isWhole && isProven) row.holes -= 1
    const isDone = isWhole && row.holes <= 0
    const state = isDone && !isProven ? 'unproven' : row.span.state
    row.span = { ...row.span, state, detail: joined(row.span.detail, detail, isDone && hasMissed) }
    this.#write(row.span)
  }

  /** Something turned out to be missing in a time that was thought to be seen: `fromMs <= t < toMs` of the present row. */
  found(track: Track, fromMs: number, toMs: number, { isWhole, detail }: Pick<Mended, 'isWhole' | 'detail'>): void {
    const { span } = track
    if (span === undefined || span.startedAt >= toMs) return
    const startedAt = Math.max(fromMs, span.startedAt)
    const endedAt = Math.max(toMs, startedAt + 1)
    const state = isWhole ? 'unproven' : 'gap'
    if (startedAt > span.startedAt) this.#write({ ...span, endedAt: startedAt, isOpen: false })
    this.#write({ ...span, startedAt, endedAt, state, detail: `${detail}${isWhole ? BACKFILLED : ''}`, isOpen: false })
    track.span = { ...span, startedAt: endedAt }
    this.reach(track)
  }

  #leave(track: Track, span: CoverageSpan): void {
    this.#write(span)
    if (track.channel !== MENDED || (span.state !== 'gap' && span.state !== 'stale')) return
    track.lost.push({ span, holes: track.holes })
    if (track.lost.length > MOST_LOST) track.lost.shift()
  }
}

/** The channel whose losses can be fetched afterwards. */
const MENDED: Channel = 'trades'

/** A loss within one millisecond is a loss. */
function soonestEnd({ startedAt, state }: Pick<CoverageSpan, 'startedAt' | 'state'>): number {
  return startedAt + (state === 'gap' ? 1 : 0)
}

/** Both, as far as there is room; the end is what a report goes by, and so is never cut. */
function joined(before: string, after: string, isBackfilled: boolean): string {
  const end = isBackfilled ? BACKFILLED : ''
  return `${before}; ${after}`.slice(0, LONGEST_DETAIL - end.length) + end
}
