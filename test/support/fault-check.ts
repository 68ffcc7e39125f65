/** Holds what mts said while things went wrong to what was done to it. */
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { GapEvent, MarketEvent } from '../../src/core/market/event.js'
import type { Truth } from '../../src/core/sandbox/faults/index.js'
import type { BookIds, Gate, Outgoing } from '../../src/core/sandbox/gate.js'
import type { Live } from './live-feed.js'

/** Ids that one book claims to have followed without a hole. */
interface Run {
  readonly book: string
  readonly from: number
  to: number
  /** The sandbox's number of the connection that brought it. */
  readonly connection: number
}

const ENDS = new Set(['cut', 'close', 'half-open', 'stall', 'mute', 'refuse'])
const FIRST_RETRY_MS = 250
const BANS = new Set(['429', '418', '403'])

export class FaultCheck {
  readonly violations: string[] = []
  readonly runs: Run[] = []
  readonly #exchanges: ReadonlyMap<string, Exchange>
  readonly #open = new Map<string, Run>()
  readonly #connections = new Map<string, number>()
  readonly #asking = new Map<string, number>()
  readonly #answered: { readonly exchange: string; readonly at: number }[] = []
  #now: () => number = () => 0

  readonly #slackMs: number

  /** `slackMs`: what a busy machine may add to any time. */
  constructor(exchanges: ReadonlyMap<string, Exchange>, slackMs: number) {
    this.#exchanges = exchanges
    this.#slackMs = slackMs
  }

  /** To be put before the gate of the faults. */
  gate(next: Gate): Gate {
    return (outgoing) => {
      if (outgoing.kind === 'frame' && outgoing.ids !== undefined)
        this.#connections.set(`${outgoing.exchange} ${outgoing.ids.symbol}`, outgoing.connection)
      next(outgoing.kind === 'response' ? this.#count(outgoing) : outgoing)
    }
  }

  follow(live: Live, now: () => number): void {
    this.#now = now
    live.outputs.watch(({ sync, instrument: { exchange } }, kind) => {
      if (kind === 'book' && sync.book !== undefined) this.#readable(`${exchange} ${sync.symbol}`, sync.book.sequence)
    })
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
      ...truths.filter(({ isLoss }) => isLoss).flatMap((truth) => this.#unannounced(truth)),
      ...gaps
        .filter((gap) => !truths.some((truth) => this.#explains(truth, gap)))
        .map((gap) => `no reason for ${JSON.stringify(gap)}`),
      ...truths.flatMap((truth) => this.#intoBan(truth)),
      ...[...this.#exchanges.keys()].flatMap((exchange) => this.#lateRetries(exchange, events)),
    ]
  }

  /** The first try after a connection that had brought a whole book comes at once. */
  #lateRetries(exchange: string, events: readonly MarketEvent[]): string[] {
    const late: string[] = []
    const own = events.flatMap((event) => (event.type === 'status' && event.exchange === exchange ? [event] : []))
    let isGood = false
    let endedAt: number | undefined
    for (const { status, receivedAt } of own) {
      const waited = receivedAt - (endedAt ?? receivedAt)
      if (status === 'connecting' && waited > FIRST_RETRY_MS + this.#slackMs)
        late.push(`${exchange}: tried again after ${waited} ms`)
      if (status === 'disconnected') endedAt = isGood ? receivedAt : undefined
      if (status === 'synced' || status === 'disconnected') isGood = status === 'synced'
      if (status === 'connecting') endedAt = undefined
    }
    return late
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
    const name = `${event.exchange} ${event.symbol}`
    if (event.type === 'gap' || (event.type === 'status' && event.status === 'suspect')) this.#open.delete(name)
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
    if (gap.nextId === null) return ENDS.has(truth.kind) && truth.at <= gap.receivedAt + 50
    if (truth.ids?.symbol !== gap.symbol || (!truth.isLoss && truth.kind !== 'reorder')) return false
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
    this.#answered.push({ exchange, at: this.#now() })
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

  /** What was on its way when the ban came does not count. */
  #intoBan({ kind, exchange, at, until }: Truth): string[] {
    if (!BANS.has(kind)) return []
    const status = Number(kind)
    const end = until ?? at + (this.#exchanges.get(exchange)?.bans.statuses[status] ?? 0)
    return this.#answered
      .filter((request) => request.exchange === exchange && request.at > at + this.#slackMs && request.at < end - 100)
      .map((request) => `${exchange}: a request ${request.at - at} ms after ${kind}`)
  }
}
