/** Frames of two exchanges, sent over two connections that lose, delay and interleave them, into the one pipeline. */
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import { Pipeline } from '../../src/core/feed/pipeline.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import type { Channel, MarketEvent } from '../../src/core/market/event.js'
import { bookText } from './feed.js'

const START_MS = Date.UTC(2026, 10, 21, 10)
const STEP_MS = 20
/** @public */
export const LONGEST_WAY_MS = 200

/** One message of an exchange: what it says, and what a connection that begins at it is sent first. */
export interface Sent {
  readonly frame: string
  readonly first?: string
}

export type Fate = 'both' | 'only-1' | 'only-2' | 'lost'

export interface Way {
  readonly fate: Fate
  /** ms to each connection. */
  readonly delays: readonly [number, number]
}

/** The connection is down while it would have brought these messages. */
export interface Cut {
  readonly connection: 1 | 2
  readonly from: number
  readonly to: number
}

const LOSSLESS: Way = { fate: 'both', delays: [0, 0] }

interface Arrival {
  readonly stamp: number
  readonly connection: number
  readonly what: 'open' | 'close' | 'answer' | Buffer
}

export function timeOf(index: number): number {
  return START_MS + index * STEP_MS
}

function arrivals(connection: 1 | 2, sent: readonly Sent[], ways: readonly Way[], cut: Cut | undefined): Arrival[] {
  const own = cut?.connection === connection ? cut : undefined
  const list: Arrival[] = [{ stamp: (START_MS - 10) * 1000 + connection, connection, what: 'open' }]
  let last = 0
  let isFirst = true
  const add = (ms: number, what: Arrival['what']) => {
    last = Math.max(last + 2, ms * 1000 + connection)
    list.push({ stamp: last, connection, what })
    isFirst = what === 'open'
  }
  for (const [i, { frame, first = frame }] of sent.entries()) {
    const { fate, delays } = ways[i] ?? LOSSLESS
    const ms = timeOf(i) + (delays[connection - 1] ?? 0)
    if (i === own?.from) add(ms, 'close')
    if (i === own?.to) add(timeOf(i), 'open')
    if (isBrought(connection, i, fate, own)) add(ms, Buffer.from(isFirst ? first : frame))
  }
  return list
}

function isBrought(connection: 1 | 2, index: number, fate: Fate, cut: Cut | undefined): boolean {
  if (cut !== undefined && index >= cut.from && index < cut.to) return false
  return fate === 'both' || fate === `only-${connection}`
}

/** One connection that loses nothing, or two with their ways, in the order of arrival. */
function recordsOf({ sent, snapshot }: Play, ways: readonly Way[] | undefined, cut: Cut | undefined): Arrival[] {
  const records = arrivals(1, sent, ways ?? [], cut)
  if (ways !== undefined) records.push(...arrivals(2, sent, ways, cut))
  // By then everything before it has come.
  const patienceMs = ways === undefined ? 0 : LONGEST_WAY_MS
  if (snapshot !== undefined)
    records.push({ stamp: (timeOf(snapshot.after) + patienceMs) * 1000 + 500, connection: 0, what: 'answer' })
  return records.sort((a, b) => a.stamp - b.stamp)
}

export interface Run {
  readonly events: readonly MarketEvent[]
  /** Every state of the book that could be read, by sequence. */
  readonly books: ReadonlyMap<string, string>
  readonly lastBook: string | undefined
  readonly fields: string
  readonly coverage: readonly CoverageSpan[]
}

export interface Play {
  readonly exchange: Exchange
  readonly symbol: string
  readonly channels: readonly Channel[]
  readonly sent: readonly Sent[]
  /** Answered once so many messages have gone. */
  readonly snapshot?: { readonly after: number; readonly url: string; readonly body: string }
}

/** `ways` missing: one connection that loses nothing. */
export function play(played: Play, ways?: readonly Way[], cut?: Cut): Run {
  const { exchange, symbol, channels, sent, snapshot } = played
  const events: MarketEvent[] = []
  const books = new Map<string, string>()
  const coverage = new Map<string, CoverageSpan>()
  const pipeline = new Pipeline(exchange, {
    publish: (event) => events.push(event),
    changed: (state, kind) => {
      const text = kind === 'book' ? bookText(state) : undefined
      if (text !== undefined) books.set(text.slice(0, text.indexOf(' ')), text)
    },
    cure: () => undefined,
    control: () => undefined,
    cover: (span) => coverage.set(`${span.channel} ${span.startedAt}`, span),
    unknown: (_exchange, reason) => {
      throw new Error(reason)
    },
    limits: DEFAULT_LIMITS,
  })
  for (const channel of channels) {
    for (const connection of ways === undefined ? [1] : [1, 2])
      pipeline.subscribed((START_MS - 20) * 1000, channel, symbol, connection)
  }
  for (const arrival of recordsOf(played, ways, cut)) feed(pipeline, arrival, snapshot)
  // Something else of the exchange comes later: what waited for too long is told.
  const end = timeOf(sent.length) + 1_000
  pipeline.rest(end * 1000, 'http://x/nothing', 200, '{}')
  const state = pipeline.state(symbol)
  const fields = JSON.stringify([state.ticker.fields, state.funding.fields, state.openInterest.fields])
  pipeline.coverage.close(end)
  return { events, books, lastBook: bookText(state), fields, coverage: [...coverage.values()] }
}

function feed(pipeline: Pipeline, { stamp, connection, what }: Arrival, snapshot: Play['snapshot']): void {
  if (what === 'open') pipeline.opened(connection, stamp, 'ws://x')
  else if (what === 'close') pipeline.closed(connection, stamp, 'cut')
  else if (what === 'answer') pipeline.rest(stamp, snapshot?.url ?? '', 200, snapshot?.body ?? '')
  else pipeline.frame(connection, stamp, what)
}

/** Events of these types without what depends on when they came. */
export function told({ events }: Run, ...types: MarketEvent['type'][]): string[] {
  return events.filter(({ type }) => types.includes(type)).map(({ receivedAt: _, ...event }) => JSON.stringify(event))
}
