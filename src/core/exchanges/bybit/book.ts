/**
 * Book frames: `{"topic":"orderbook.50.BTCUSDT","type":"delta","ts":…,"data":{"s":…,"b":[…],"a":[…],"u":…,"seq":…},"cts":…}`.
 * https://bybit-exchange.github.io/docs/v5/websocket/public/orderbook
 */
import { BookUpdate, type LevelArray } from '../../market/book-update.js'
import type { Scanner } from '../scanner.js'
import { numeric } from '../wire.js'
import type { WireRecord } from './ticker.js'
import { readTopic } from './topics.js'

const TOPIC = Buffer.from('{"topic":')
const BOOK = Buffer.from('{"topic":"orderbook.')
const TYPE = Buffer.from(',"type":')
const SNAPSHOT = Buffer.from('"snapshot"')
const DELTA = Buffer.from('"delta"')
const TS = Buffer.from(',"ts":')
const SYMBOL = Buffer.from(',"data":{"s":')
const BIDS = Buffer.from(',"b":')
const ASKS = Buffer.from(',"a":')
const U = Buffer.from(',"u":')
const SEQ = Buffer.from(',"seq":')
const CTS = Buffer.from('},"cts":')
const END = Buffer.from('}')
const END_OF_DATA = Buffer.from('}}')

/** A full year's listings at every depth; beyond it the topics begin anew. */
const MOST_TOPICS = 8192

export interface BookTopic {
  readonly symbol: string
  readonly depth: number
}

/** What the book's fast path keeps between frames. */
export class BookReader {
  /** Filled by a successful read, valid until the next one. */
  readonly update = new BookUpdate()
  readonly #scanner: Scanner
  readonly #topics = new Map<string, BookTopic>()

  constructor(scanner: Scanner) {
    this.#scanner = scanner
  }

  get isInexact(): boolean {
    return this.#scanner.isInexact
  }

  /** True: `update` holds the frame. False: no book frame, or not in one of the key orders seen so far. */
  scan(frame: Buffer): boolean {
    const scanner = this.#scanner
    scanner.reset(frame)
    if (!scanner.literal(BOOK)) return false
    scanner.position = TOPIC.length
    const name = scanner.symbol()
    const topic = name === undefined ? undefined : this.#topic(name)
    if (topic === undefined) return false
    const update = this.update
    update.clear()
    if (!this.#head() || !scanner.literal(SYMBOL) || scanner.symbol() !== topic.symbol) return false
    if (!scanner.literal(BIDS) || !scanner.levels(update.bids)) return false
    if (!scanner.literal(ASKS) || !scanner.levels(update.asks)) return false
    if (!this.#ids() || !this.#tail()) return false
    update.symbol = topic.symbol
    update.depth = topic.depth
    finish(update)
    return true
  }

  /** Level 1 sends `ts` before `type`, the other depths after it. */
  #head(): boolean {
    const scanner = this.#scanner
    const isTimeFirst = scanner.literal(TS)
    if (isTimeFirst && !this.#time()) return false
    if (!scanner.literal(TYPE)) return false
    this.update.isSnapshot = scanner.literal(SNAPSHOT)
    if (!this.update.isSnapshot && !scanner.literal(DELTA)) return false
    return isTimeFirst || (scanner.literal(TS) && this.#time())
  }

  #time(): boolean {
    this.update.sentAt = this.#scanner.integer()
    return this.update.sentAt >= 0
  }

  #ids(): boolean {
    const scanner = this.#scanner
    const update = this.update
    const isSequenceFirst = scanner.literal(SEQ)
    if (isSequenceFirst) update.crossId = scanner.integer()
    if (!scanner.literal(U)) return false
    update.lastId = scanner.integer()
    if (!isSequenceFirst && scanner.literal(SEQ)) update.crossId = scanner.integer()
    return update.lastId >= 0 && update.crossId >= 0
  }

  /** Frames of before 2024 have no `cts`. */
  #tail(): boolean {
    const scanner = this.#scanner
    if (!scanner.literal(CTS)) return scanner.literal(END_OF_DATA) && scanner.atEnd()
    this.update.timestamp = scanner.integer()
    return this.update.timestamp >= 0 && scanner.literal(END) && scanner.atEnd()
  }

  #topic(name: string): BookTopic | undefined {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const topic = readTopic(name)
    if (topic?.kind !== 'book') return undefined
    if (this.#topics.size >= MOST_TOPICS) this.#topics.clear()
    this.#topics.set(name, topic)
    return topic
  }
}

/** The same from a parsed frame in any key order. False when it is no book; `update` is then worthless. */
export function readBook(frame: WireRecord, topic: BookTopic, update: BookUpdate): boolean {
  const data = frame['data']
  if (typeof data !== 'object' || data === null || (frame['type'] !== 'snapshot' && frame['type'] !== 'delta')) return false
  const { s, b, a, u, seq } = data as WireRecord
  update.clear()
  update.symbol = topic.symbol
  update.depth = topic.depth
  update.isSnapshot = frame['type'] === 'snapshot'
  update.sentAt = wholeNumber(frame['ts'])
  update.timestamp = frame['cts'] === undefined ? 0 : wholeNumber(frame['cts'])
  update.lastId = wholeNumber(u)
  update.crossId = wholeNumber(seq)
  const isWhole = Math.min(update.sentAt, update.timestamp, update.lastId, update.crossId) >= 0
  if (!isWhole || s !== topic.symbol || !readLevels(b, update.bids) || !readLevels(a, update.asks)) return false
  finish(update)
  return true
}

/** `u` counts the topic's own updates, one each; after a restart of the service it begins anew with 1, and that is a snapshot. */
function finish(update: BookUpdate): void {
  update.firstId = update.lastId
  if (update.lastId === 1) update.isSnapshot = true
  if (update.timestamp === 0) update.timestamp = update.sentAt
}

function readLevels(levels: unknown, into: LevelArray): boolean {
  if (!Array.isArray(levels)) return false
  for (const level of levels) {
    if (!Array.isArray(level) || level.length !== 2) return false
    const price = numeric(level[0])
    const quantity = numeric(level[1])
    if (!(price >= 0 && quantity >= 0)) return false
    into.push(price, quantity)
  }
  return true
}

/** A time or an id, also as text, as one official note shows it; −1 when it is none. */
export function wholeNumber(value: unknown): number {
  const number = numeric(value)
  return Number.isSafeInteger(number) && number >= 0 ? number : -1
}
