/** Holds what mts said while things went wrong to what was done to it. */
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { GapEvent, MarketEvent } from '../../src/core/market/event.js'
import type { Truth } from '../../src/core/sandbox/faults/index.js'
import type { BookIds, Gate, Outgoing } from '../../src/core/sandbox/gate.js'
import { CoverageCheck } from './coverage-check.js'
import { BANS } from './fault-times.js'
import type { Live } from './live-feed.js'
import { SeedCheck } from './seed-check.js'
import { LATENCY_MS } from './virtual-net.js'

/** Ids that one book claims to have followed without a hole. */
interface Run {
  readonly book: string
  readonly from: number
  to: number
  /** The sandbox's number of the connection that brought it. */
  readonly connection: number
}

interface Asked {
  readonly exchange: string
  readonly at: number
}

const ENDS = new Set(['cut', 'close', 'half-open', 'stall', 'mute', 'refuse'])
const FIRST_RETRY_MS = 250
/** What was sent before the answer with the ban came: there and back. */
const IN_FLIGHT_MS = 2 * LATENCY_MS
/** A virtual clock tells whole milliseconds. */
const GRAIN_MS = 1

export class FaultCheck {
  readonly violations: string[] = []
  readonly runs: Run[] = []
  readonly #exchanges: ReadonlyMap<string, Exchange>
  readonly #isTimed: boolean
  readonly #open = new Map<string, Run>()
  readonly #connections = new Map<string, number>()
  readonly #asking = new Map<string, number>()
  readonly #asked: Asked[] = []
  readonly #seeds = new SeedCheck()
  readonly #coverage = new CoverageCheck()
  #now: () => number = () => 0

  /** `isTimed`: the clock is virtual, and every time can be held to. */
  constructor(exchanges: ReadonlyMap<string, Exchange>, { isTimed = true } = {}) {
    this.#exchanges = exchanges
    this.#isTimed = isTimed
  }

  /** To be put before the gate of the faults; `told` counts what went wrong on purpose so far. */
  gate(next: Gate, told: () => number): Gate {
    return (outgoing) => {
      if (outgoing.kind === 'frame' && outgoing.ids !== undefined)
        this.#connections.set(`${outgoing.exchange} ${outgoing.ids.symbol}`, outgoing.connection)
      if (outgoing.kind !== 'frame') this.#asked.push({ exchange: outgoing.exchange, at: this.#now() })
      const before = told()
      next(outgoing.kind === 'response' ? this.#count(outgoing) : outgoing)
      if (told() === before) this.#seeds.passed(outgoing)
    }
  }

  follow(live: Live, now: () => number): void {
    this.#now = now
    live.outputs.watch(({ sync, instrument: { exchange } }, kind) => {
      if (kind === 'book' && sync.book !== undefined) this.#readable(`${exchange} ${sync.symbol}`, sync.book.sequence)
    })
    live.outputs.keepCoverage((span) => this.#coverage.told(span))
    live.outputs.bus.subscribe({
      name: 'check',
      filter: {},
      policy: 'wait',
      maxBytes: Number.POSITIVE_INFINITY,
      handle: (event) => this.#told(event),
      onError: (error) => {
        throw error
      },
    })
  }

  /** Everything that does not fit together, in words. */
  judge(events: readonly MarketEvent[], truths: readonly Truth[]): string[] {
    const gaps = events.filter((event) => event.type === 'gap')
    return [
      ...this.violations,
      ...this.#seeds.violations,
      ...truths.filter(({ isLoss }) => isLoss).flatMap((truth) => this.#unannounced(truth)),
      ...gaps
        .filter((gap) => !truths.some((truth) => this.#explains(truth, gap)))
        .map((gap) => `no reason for ${JSON.stringify(gap)}`),
      ...silentHoles(events),
      ...toldTwice(events),
      ...this.#coverage.judge(gaps, truths, this.#isTimed),
      ...(this.#isTimed ? truths.flatMap((truth) => this.#intoBan(truth)) : []),
      ...(this.#isTimed ? [...this.#exchanges.keys()].flatMap((exchange) => lateRetries(exchange, events)) : []),
    ]
  }

  #readable(book: string, id: number): void {
    const connection = this.#connections.get(book) ?? 0
    const run = this.#open.get(book)
    if (run === undefined) {
      const begun = { book, from: id, to: id, connection }
      this.#open.set(book, begun)
      this.runs.push(begun)
    } else run.to = Math.max(run.to, id)
  }

  #told(event: MarketEvent): void {
    this.#seeds.event(event)
    const isEnd = (event.type === 'gap' && event.channel === 'book') || (event.type === 'status' && event.status === 'suspect')
    if (isEnd) this.#open.delete(`${event.exchange} ${event.symbol}`)
  }

  #unannounced(truth: Truth): string[] {
    const { ids, exchange, connection } = truth
    if (ids === undefined || ids.isSnapshot) return []
    const { first, last } = this.#wireIds(exchange, ids)
    const swallowed = this.runs.filter(
      (run) => run.book === `${exchange} ${ids.symbol}` && run.connection === connection && run.from < first && last <= run.to,
    )
    return swallowed.map((run) => `${run.book}: ${truth.kind} of ${first}..${last} is inside ${run.from}..${run.to}`)
  }

  #explains(truth: Truth, gap: GapEvent): boolean {
    if (truth.exchange !== gap.exchange) return false
    const isEarlier = truth.at <= gap.receivedAt + (this.#isTimed ? GRAIN_MS : 50)
    if (gap.nextId === null) return ENDS.has(truth.kind) && isEarlier
    if (!truth.isLoss && truth.kind !== 'reorder') return false
    if (gap.channel === 'trades') return isEarlier && (ENDS.has(truth.kind) || truth.ids === undefined)
    if (truth.ids?.symbol !== gap.symbol) return false
    const { first, last } = this.#wireIds(truth.exchange, truth.ids)
    // What overtook a snapshot came before there was a book, and is missing after it.
    const end = truth.kind === 'reorder' && truth.ids.isSnapshot ? last + 1 : last
    return end > (gap.lastId ?? 0) && first < gap.nextId
  }

  /** Bybit counts the topic's updates, from 2; the others tell the engine's ids. */
  #wireIds(exchange: string, { firstId, lastId, count }: BookIds): { first: number; last: number } {
    const isCounted = this.#exchanges.get(exchange)?.book.snapshot === 'stream'
    return isCounted ? { first: count + 1, last: count + 1 } : { first: firstId, last: lastId }
  }

  #count(outgoing: Extract<Outgoing, { kind: 'response' }>): typeof outgoing {
    const { exchange, path, query } = outgoing
    if (!path.endsWith('/depth')) return outgoing
    const name = `${exchange} ${query.get('symbol')}`
    const asking = (this.#asking.get(name) ?? 0) + 1
    this.#asking.set(name, asking)
    if (asking > 1) this.violations.push(`${name}: ${asking} snapshots asked for at once`)
    return {
      ...outgoing,
      respond: (response) => {
        this.#asking.set(name, (this.#asking.get(name) ?? 1) - 1)
        outgoing.respond(response)
      },
    }
  }

  /** Requests and new sockets alike. */
  #intoBan({ kind, exchange, at, until }: Truth): string[] {
    if (!BANS.has(kind)) return []
    const end = until ?? at + (this.#exchanges.get(exchange)?.bans.statuses[Number(kind)] ?? 0)
    return this.#asked
      .filter((asked) => asked.exchange === exchange && asked.at > at + IN_FLIGHT_MS && asked.at < end)
      .map((asked) => `${exchange}: asked ${asked.at - at} ms after ${kind}, ${end - asked.at} ms before its end`)
  }
}

/** The first try after a connection that had brought a whole book comes at once, unless nothing may be sent. */
function lateRetries(exchange: string, events: readonly MarketEvent[]): string[] {
  const good = new Set<number | null>()
  const endedAt = new Map<number | null, number>()
  const own = events.flatMap((event) => (event.type === 'status' && event.exchange === exchange ? [event] : []))
  return own.flatMap(({ status, receivedAt, connection }) => {
    const waited = receivedAt - (endedAt.get(connection) ?? receivedAt)
    if (status === 'synced') good.add(connection)
    if (status === 'disconnected' && good.delete(connection)) endedAt.set(connection, receivedAt)
    // An error, or an end of what was no good connection: it is held back, because the exchange asks for a pause.
    else if (status === 'connecting' || status === 'error' || status === 'disconnected') endedAt.delete(connection)
    return status === 'connecting' && waited > FIRST_RETRY_MS + GRAIN_MS ? [`${exchange}: tried again after ${waited} ms`] : []
  })
}

/** Each trade is one event, whether the stream brought it, brought it again, or it was fetched. */
function toldTwice(events: readonly MarketEvent[]): string[] {
  const seen = new Set<string>()
  return events.flatMap((event) => {
    if (event.type !== 'trade') return []
    const name = `${event.exchange} ${event.symbol}: trade ${event.tradeId}`
    const isRepeat = seen.has(name)
    seen.add(name)
    return isRepeat ? [`${name} told twice`] : []
  })
}

/** Every trade between the first and the last came, or is inside a hole that was told. */
function silentHoles(events: readonly MarketEvent[]): string[] {
  const ids = new Map<string, Set<number>>()
  const holes = new Map<string, GapEvent[]>()
  for (const event of events) {
    const name = `${event.exchange} ${event.symbol}`
    if (event.type === 'trade') ids.set(name, (ids.get(name) ?? new Set()).add(Number(event.tradeId)))
    if (event.type === 'gap' && event.channel === 'trades') holes.set(name, [...(holes.get(name) ?? []), event])
  }
  return [...ids].flatMap(([name, seen]) => {
    const sorted = [...seen].sort((a, b) => a - b)
    const told = holes.get(name) ?? []
    return sorted.flatMap((id, i) => {
      const before = sorted[i - 1] ?? id - 1
      if (before === id - 1 || told.some(({ lastId, nextId }) => (lastId ?? 0) <= before && id <= (nextId ?? 0))) return []
      return [`${name}: nobody told that trades ${before + 1}..${id - 1} are missing`]
    })
  })
}
