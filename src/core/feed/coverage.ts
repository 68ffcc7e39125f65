import type { Exchange } from '../exchanges/contract.js'
import type { Channel } from '../market/event.js'
import { CoverageRows } from './coverage-rows.js'
import type { CoverageSpan } from './coverage-span.js'
import { Track } from './coverage-track.js'

const LOOK_EVERY_MS = 1_000
/** How far the open rows have come is told so often. */
const REACH_EVERY_MS = 10_000

/**
 * Says of every moment of every channel in exactly one word what was seen of it, as rows that follow each other without hole
 * or overlap. It goes by the records' times alone. A row begins where knowledge ended: a gap at the last message before it.
 */
export class Coverage {
  /** What was found out afterwards changes them. */
  readonly rows: CoverageRows
  readonly #exchange: Exchange
  readonly #tracks = new Map<string, Partial<Record<Channel, Track>>>()
  readonly #all: Track[] = []
  readonly #topics = new Map<string, Track>()
  /** Receive time of the newest frame by connection, ms. */
  readonly #heardAt: number[] = []
  readonly #open = new Set<number>()
  #reachAt = 0
  /** From this time on `advance` has something to do. */
  due = 0

  constructor(exchange: Exchange, write: (span: CoverageSpan) => void) {
    this.#exchange = exchange
    this.rows = new CoverageRows(exchange.id, write)
  }

  /** `undefined`: nothing of this channel was asked for or came. */
  find(channel: Channel, symbol: string): Track | undefined {
    return this.#tracks.get(symbol)?.[channel]
  }

  track(channel: Channel, symbol: string): Track {
    return this.find(channel, symbol) ?? this.#add(channel, symbol)
  }

  // ---- What happens -----------------------------------------------------------------------------------------------------

  subscribed(channel: Channel, symbol: string, connection: number, nowMs: number): void {
    const track = this.track(channel, symbol)
    if (track.openCarrier() === undefined) track.connection = connection
    if (connection >= 0) track.carry(connection, this.#open.has(connection))
    if (track.span !== undefined && track.span.state !== 'unsubscribed') return
    this.rows.enter(track, 'resync', nowMs, 'waiting for the first message')
    if (this.#heardAt[connection] !== undefined) this.#meansNothing(track, nowMs)
  }

  unsubscribed(channel: Channel, symbol: string, nowMs: number): void {
    const track = this.find(channel, symbol)
    if (track !== undefined) track.carriers = []
    if (track?.span === undefined) return
    track.lastId = -1
    this.rows.enter(track, 'unsubscribed', nowMs, '')
  }

  /** Any frame at all: its connection lives. */
  alive(connection: number, nowMs: number): void {
    if (connection >= 0) this.#heardAt[connection] = nowMs
  }

  /** A message came and, where ids prove something, was checked before. */
  heard(track: Track, connection: number, nowMs: number): void {
    const { cadence, siblings } = track
    // The first message is late when it was long in coming, whether or not a timer looked meanwhile.
    const isLate = nowMs - cadence.lastMs > cadence.quietAfterMs
    if (isLate) for (const each of siblings) this.#age(each, nowMs)
    cadence.heard(nowMs)
    if (connection >= 0) track.connection = connection
    for (const each of siblings) {
      if (each === track || each.span !== undefined) this.resume(each, nowMs)
    }
  }

  /** A proven loss between the last message and this moment; gives the start of the row that tells it. */
  gap(track: Track, lastId: number | null, nextId: number | null, reason: string, nowMs: number): number {
    if (track.span?.state === 'unsubscribed') return nowMs
    track.isUncertain = false
    this.rows.lose(track, this.#lastKnown(track, nowMs), `${lastId ?? ''}..${nextId ?? ''} ${reason}`)
    track.holes += 1
    return track.span?.startedAt ?? nowMs
  }

  /** The book became readable, or is being made so. */
  book(symbol: string, isReadable: boolean, detail: string, nowMs: number): void {
    const track = this.track('book', symbol)
    if (track.span?.state === 'unsubscribed') return
    if (isReadable) this.rows.enter(track, 'contiguous', nowMs, detail)
    else if (track.span?.state !== 'gap') this.rows.enter(track, 'resync', nowMs, detail)
  }

  /** One of several carriers brought a message of this channel, which may have come before. */
  echo(channel: Channel, symbol: string, connection: number): void {
    const carrier = this.track(channel, symbol).carrier(connection)
    if (carrier !== undefined) carrier.heardMs = this.rows.now
  }

  isCarrier(channel: Channel, symbol: string, connection: number): boolean {
    return this.find(channel, symbol)?.carrier(connection) !== undefined
  }

  /** Receive time of the newest message that a carrier brought while there were several, ms; 0: none. */
  heardBy(channel: Channel, symbol: string, connection: number): number {
    return this.find(channel, symbol)?.carrier(connection)?.heardMs ?? 0
  }

  /** An open connection that carries the channel, and is not `except`. */
  openCarrier(channel: Channel, symbol: string, except = -1): number | undefined {
    return this.find(channel, symbol)?.openCarrier(except)
  }

  /** A channel of this instrument has more than one carrier. */
  isShared(symbol: string): boolean {
    return Object.values(this.#tracks.get(symbol) ?? {}).some(({ carriers }) => carriers.length > 1)
  }

  opened(connection: number, nowMs: number): void {
    this.#heardAt[connection] = nowMs
    this.#open.add(connection)
    for (const track of this.#all) {
      const carrier = track.carrier(connection)
      if (carrier !== undefined) {
        carrier.isOpen = true
        carrier.heardMs = 0
      }
      if (carrier !== undefined || track.connection === connection) this.#meansNothing(track, nowMs)
    }
  }

  /** Nothing comes over a connection any longer; `isForGood`: nor will it again. */
  down(connection: number, isForGood: boolean): void {
    this.#open.delete(connection)
    for (const track of this.#all) track.down(connection, isForGood)
  }

  /** `isLoss`: the market goes on and we do not see it; else we wanted it so, and the rows end here. */
  closed(connection: number, detail: string, isLoss: boolean, nowMs: number): void {
    for (const track of this.#all) {
      const isCarried = track.openCarrier(connection) !== undefined
      if (track.connection !== connection || isCarried || track.span === undefined || track.span.state === 'unsubscribed') continue
      if (!isLoss) this.rows.end(track, nowMs)
      else {
        track.isUncertain = track.lastId >= 0 && track.span.state !== 'gap'
        this.rows.lose(track, this.#lastKnown(track, nowMs), `connection ${connection} closed: ${detail}`)
      }
    }
  }

  /** The program began anew: what was known ends with the last record of its predecessor. */
  started(): void {
    this.#heardAt.length = 0
    this.#open.clear()
    for (const track of this.#all) track.carriers = []
    this.close(this.rows.now)
  }

  /** Called with the time of each record, and from a timer when nothing comes. */
  advance(nowMs: number): void {
    this.rows.now = nowMs
    if (nowMs < this.due) return
    // Whole seconds since the epoch, so that it does not matter who called before: a timer, or nobody as in a replay.
    const lookedAt = Math.floor(nowMs / LOOK_EVERY_MS) * LOOK_EVERY_MS
    this.due = lookedAt + LOOK_EVERY_MS
    for (const track of this.#all) this.#age(track, lookedAt)
    if (nowMs < this.#reachAt) return
    this.#reachAt = nowMs + REACH_EVERY_MS
    for (const track of this.#all) this.rows.reach(track)
  }

  close(nowMs: number): void {
    for (const track of this.#all) {
      this.#age(track, nowMs)
      this.rows.end(track, nowMs)
    }
  }

  // ---- Inside -----------------------------------------------------------------------------------------------------------

  #add(channel: Channel, symbol: string): Track {
    const rule = this.#exchange.channels[channel]
    const topic = this.#exchange.stream.topics({ channel, symbol })[0]?.name ?? `${channel} ${symbol}`
    const track = new Track(channel, symbol, rule, this.#topics.get(topic))
    this.#topics.set(topic, track)
    this.#all.push(track)
    this.#tracks.set(symbol, { ...this.#tracks.get(symbol), [channel]: track })
    return track
  }

  /** Until when we know that nothing is missing. */
  #lastKnown(track: Track, nowMs: number): number {
    const last = track.hasRule ? track.cadence.lastMs : (this.#heardAt[track.connection] ?? 0)
    return last > 0 ? Math.min(last, nowMs) : nowMs
  }

  /** Where silence is no fault, an open connection is all there is to know. */
  #meansNothing(track: Track, nowMs: number): void {
    const state = track.span?.state
    if (!track.hasRule && (state === 'gap' || state === 'resync')) this.rows.enter(track, 'quiet', nowMs, '')
  }

  // Hot: a `#` method would check at each call whose object it is.
  private resume(track: Track, nowMs: number): void {
    const base = track.hasIds ? 'contiguous' : 'unproven'
    const { span } = track
    if (span?.state === base || span?.state === 'unsubscribed') return
    const isLost = span === undefined || span.state === 'gap' || span.state === 'resync'
    if (track.channel === 'book' && isLost) return
    if (track.hasIds && span?.state === 'stale') this.rows.restate(track, base, 'silent, and by the ids nothing was missed')
    else if (track.isUncertain) this.rows.restate(track, base, `${span?.detail}; by the ids nothing was missed`)
    else this.rows.enter(track, base, nowMs, '')
    track.isUncertain = false
  }

  /** What silence makes of a row. It begins with the last message: since then nothing is known. */
  #age(track: Track, nowMs: number): void {
    const { cadence, span } = track
    if (span === undefined || nowMs <= cadence.lastMs) return
    const silence = nowMs - Math.max(cadence.lastMs, span.startedAt)
    const isStale = silence > cadence.staleAfterMs
    if (span.state === 'contiguous' || span.state === 'unproven') {
      if (silence > cadence.quietAfterMs) this.rows.enter(track, isStale ? 'stale' : 'quiet', cadence.lastMs, '')
    } else if (isStale && (span.state === 'quiet' || (span.state === 'resync' && track.channel !== 'book'))) {
      this.rows.restate(track, 'stale', '')
    }
  }
}
