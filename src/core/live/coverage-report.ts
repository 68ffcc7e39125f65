import { BACKFILLED, COVERAGE_STATES, type CoverageState } from '../feed/coverage-span.js'
import type { CoverageRow } from '../storage/rows.js'

/**
 * One channel of one instrument over a time. Its states add up to the whole; `seenPercentage`: contiguous, quiet and unproven,
 * as it happened. What was fetched afterwards is counted apart from it, whatever its state.
 */
export interface ChannelCoverage {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly from: number
  readonly to: number
  readonly seenPercentage: number
  readonly backfilledPercentage: number
  readonly gaps: number
  /** ms that were not seen and of which everything was fetched afterwards. */
  readonly backfilledMs: number
  /** ms in each state. */
  readonly ms: Readonly<Record<CoverageState, number>>
  readonly percentages: Readonly<Record<CoverageState, number>>
}

/** A time that was not seen as it happened. Ids are the exchange's: the last one had and the first one after. */
export interface Unseen {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly state: CoverageState
  readonly startedAt: number
  readonly endedAt: number
  readonly ms: number
  readonly lastId: number | null
  readonly nextId: number | null
  /** Everything of it was fetched afterwards. */
  readonly isBackfilled: boolean
  readonly detail: string
}

export interface CoverageReport {
  readonly channels: readonly ChannelCoverage[]
  readonly unseen: readonly Unseen[]
}

/** A channel and the first time that anything is known of it. */
export interface Series {
  readonly exchange: string
  readonly symbol: string
  readonly channel: string
  readonly firstAt: number
  readonly lastAt: number
}

/** Half open, ms. */
export interface Window {
  readonly from: number
  readonly to: number
  /** It ends now: a run that goes on has not told its last seconds yet. */
  readonly isOpen: boolean
}

/** A run that goes on tells four times a second how far it has come, and later where its journal or the disk is slow. */
const SEALED_WITHIN_MS = 20_000

type Span = Pick<Window, 'from' | 'to'>

const SEEN: ReadonlySet<CoverageState> = new Set(['contiguous', 'quiet', 'unproven'])

/**
 * What was seen of each channel in a time, from the first moment of which anything is stored; without a window, to the last.
 * Where no row says anything nothing ran, and so nothing was subscribed to.
 */
export function reportCoverage(
  rows: readonly CoverageRow[],
  series: readonly Series[],
  window: Window | undefined,
): CoverageReport {
  const byKey = new Map<string, CoverageRow[]>()
  for (const row of rows) {
    const own = byKey.get(keyOf(row))
    if (own === undefined) byKey.set(keyOf(row), [row])
    else own.push(row)
  }
  const channels: ChannelCoverage[] = []
  const unseen: Unseen[] = []
  for (const each of series) {
    const span = cut(each, window)
    if (span.from >= span.to) continue
    const spans = fill(each, byKey.get(keyOf(each)) ?? [], span)
    channels.push(summarise(each, spans, span))
    for (const each of spans) if (!isSeen(each)) unseen.push(each)
  }
  return { channels, unseen: unseen.sort((a, b) => a.startedAt - b.startedAt) }
}

function cut({ firstAt, lastAt }: Series, window: Window | undefined): Span {
  if (window === undefined) return { from: firstAt, to: lastAt }
  const isSealed = window.isOpen && window.to > lastAt && window.to - lastAt < SEALED_WITHIN_MS
  return { from: Math.max(window.from, firstAt), to: isSealed ? lastAt : window.to }
}

/** The channel that was seen least. */
export function worstOf(channels: readonly ChannelCoverage[]): ChannelCoverage | undefined {
  return channels.reduce<ChannelCoverage | undefined>(
    (worst, each) => (worst === undefined || each.seenPercentage < worst.seenPercentage ? each : worst),
    undefined,
  )
}

/** Rows in order, cut to the window, with what lies between them. Of rows that overlap (two runs at once) the earlier holds. */
function fill(series: Series, rows: readonly CoverageRow[], { from, to }: Span): Unseen[] {
  const spans: Unseen[] = []
  let at = from
  const add = (state: CoverageState, endedAt: number, detail: string) => {
    if (endedAt <= at) return
    const { exchange, symbol, channel } = series
    const times = { startedAt: at, endedAt, ms: endedAt - at }
    spans.push({ exchange, symbol, channel, state, ...times, ...idsOf(detail), isBackfilled: detail.endsWith(BACKFILLED), detail })
    at = endedAt
  }
  for (const row of rows.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const state = COVERAGE_STATES.find((each) => each === row.state)
    // Without an end nothing is proven beyond its start.
    if (state === undefined || row.endedAt === null) continue
    add('unsubscribed', Math.min(to, row.startedAt), 'mts did not run')
    add(state, Math.min(to, row.endedAt), row.detail)
  }
  add('unsubscribed', to, 'mts did not run')
  return spans
}

function summarise({ exchange, symbol, channel }: Series, spans: readonly Unseen[], { from, to }: Span): ChannelCoverage {
  const ms = byState((state) => spans.reduce((sum, span) => sum + (span.state === state ? span.ms : 0), 0))
  const percentages = byState((state) => (100 * ms[state]) / (to - from))
  const msOf = (chosen: readonly Unseen[]) => chosen.reduce((sum, span) => sum + span.ms, 0)
  const backfilledMs = msOf(spans.filter(({ isBackfilled }) => isBackfilled))
  return {
    exchange,
    symbol,
    channel,
    from,
    to,
    seenPercentage: (100 * msOf(spans.filter(isSeen))) / (to - from),
    backfilledPercentage: (100 * backfilledMs) / (to - from),
    gaps: spans.filter(({ state, isBackfilled }) => state === 'gap' || isBackfilled).length,
    backfilledMs,
    ms,
    percentages,
  }
}

function isSeen({ state, isBackfilled }: Unseen): boolean {
  return SEEN.has(state) && !isBackfilled
}

function byState(value: (state: CoverageState) => number): Record<CoverageState, number> {
  return {
    contiguous: value('contiguous'),
    quiet: value('quiet'),
    unproven: value('unproven'),
    gap: value('gap'),
    resync: value('resync'),
    stale: value('stale'),
    unsubscribed: value('unsubscribed'),
  }
}

/** `123..130 reason` */
function idsOf(detail: string): Pick<Unseen, 'lastId' | 'nextId'> {
  const [, last, next] = /^(\d*)\.\.(\d*) /.exec(detail) ?? []
  return { lastId: last ? Number(last) : null, nextId: next ? Number(next) : null }
}

function keyOf({ exchange, symbol, channel }: Pick<Series, 'exchange' | 'symbol' | 'channel'>): string {
  return `${exchange} ${symbol} ${channel}`
}
