import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DataValidationError, MtsError } from '../../errors.js'
import type { Exchange, FrameSink, HttpRequest } from '../../exchanges/contract.js'
import { linesOf, parseStamp, type Recording, type RestFile } from './recording.js'
import { encodeRest } from './record.js'
import type { JournalWriter } from './writer.js'

export interface ImportResult {
  readonly path: string
  readonly frames: number
  readonly unknown: number
  readonly rest: number
  readonly sent: number
  /** Receive times that went back and were held at the one before. */
  readonly held: number
  /** Where the receive times come from. */
  readonly times: 'recording' | 'exchange'
  readonly firstStamp: number
  readonly lastStamp: number
}

interface Body {
  readonly request: HttpRequest
  readonly text: string
  /** Id of the book in it; `undefined`: no book, goes first. */
  readonly bookId: number | undefined
  readonly symbol: string
  /** Lies among the frames, in the order of arrival. */
  isInline: boolean
  isPlaced: boolean
}

const MAX_PENDING = 16 << 20
const DRAIN_EVERY = 512
/** Frames looked at to learn which symbols a recording is about. */
const PROBED_FRAMES = 5_000

/**
 * Turns a recording into journal records of one connection. REST bodies go where they lie among the frames, or else right
 * after the first frame that reaches their id: that is where a live client needs them. Throws `DataValidationError`.
 */
export async function importRecording(
  recording: Recording,
  exchange: Exchange,
  connection: number,
  journal: JournalWriter,
): Promise<ImportResult> {
  const probe = new FrameProbe()
  const decode = exchange.stream.decoder()
  const bodies = await readBodies(recording, exchange)
  const stamps = recording.recv === undefined ? undefined : linesOf(recording.recv)
  const result = { frames: 0, unknown: 0, rest: 0, sent: 0, held: 0, firstStamp: 0, lastStamp: 0 }
  const put = (body: Body, stamp: number) => {
    body.isPlaced = true
    result.rest += 1
    journal.append(exchange.id, 0, stamp, 'rest', encodeRest(urlOf(exchange, body.request), 200, body.text))
  }
  for await (const frame of linesOf(recording.frames)) {
    probe.clear()
    const inline = bodies.find((body) => body.isInline && isSame(frame, body.text))
    if (inline === undefined) decode(frame, probe)
    const stamp = await nextStamp(stamps, probe, result, recording)
    if (result.frames + result.rest === 0) {
      result.firstStamp = stamp
      journal.append(exchange.id, connection, stamp, 'open', Buffer.from(`recording ${basename(recording.frames)}`))
      result.sent = await importSent(recording, exchange, connection, stamp, journal)
      for (const body of bodies) if (body.bookId === undefined) put(body, stamp)
    }
    result.lastStamp = stamp
    if (inline !== undefined) {
      put(inline, stamp)
      continue
    }
    journal.append(exchange.id, connection, stamp, 'ws', frame)
    result.frames += 1
    if (probe.isUnknown) result.unknown += 1
    const due = bodies.find(
      (body) =>
        !body.isPlaced &&
        !body.isInline &&
        body.symbol === probe.symbol &&
        body.bookId !== undefined &&
        probe.bookId >= body.bookId,
    )
    if (due !== undefined) put(due, stamp + 1)
    if (result.frames % DRAIN_EVERY === 0 && journal.pendingBytes > MAX_PENDING) await journal.drain()
  }
  for (const body of bodies) if (!body.isPlaced) put(body, result.lastStamp + 1)
  journal.append(exchange.id, connection, result.lastStamp + 1, 'close', Buffer.from('stopped'))
  return { path: recording.frames, ...result, times: stamps === undefined ? 'exchange' : 'recording' }
}

async function nextStamp(
  stamps: AsyncGenerator<Buffer> | undefined,
  probe: FrameProbe,
  result: { held: number; lastStamp: number; frames: number; rest: number },
  recording: Recording,
): Promise<number> {
  let stamp = probe.timestamp * 1000
  if (stamps !== undefined) {
    const line = await stamps.next()
    stamp = line.done === true ? Number.NaN : parseStamp(line.value.toString())
    if (Number.isNaN(stamp)) {
      throw new DataValidationError('JOURNAL_RECV', `${recording.recv}: no receive time in line ${result.frames + result.rest + 1}`)
    }
  }
  if (stamp >= result.lastStamp) return stamp
  if (stamp > 0) result.held += 1
  return result.lastStamp
}

async function importSent(
  recording: Recording,
  exchange: Exchange,
  connection: number,
  stamp: number,
  journal: JournalWriter,
): Promise<number> {
  let count = 0
  if (recording.sent === undefined) return count
  for await (const line of linesOf(recording.sent)) {
    journal.append(exchange.id, connection, stamp, 'sent', line)
    count += 1
  }
  return count
}

/** The REST bodies, each with its symbol from its file's name and whether it lies among the frames. */
async function readBodies(recording: Recording, exchange: Exchange): Promise<Body[]> {
  if (recording.rest.length === 0) return []
  const symbols = new Set<string>()
  const probe = new FrameProbe()
  const decode = exchange.stream.decoder()
  let seen = 0
  for await (const frame of linesOf(recording.frames)) {
    probe.clear()
    decode(frame, probe)
    if (probe.symbol !== '') symbols.add(probe.symbol)
    if (++seen === PROBED_FRAMES) break
  }
  const bodies = await Promise.all(recording.rest.map((file) => readBody(file, exchange, symbols)))
  for await (const frame of linesOf(recording.frames)) {
    const same = bodies.find((body) => !body.isInline && isSame(frame, body.text))
    if (same !== undefined) same.isInline = true
    if (bodies.every((body) => body.isInline)) break
  }
  return bodies
}

async function readBody(file: RestFile, exchange: Exchange, symbols: ReadonlySet<string>): Promise<Body> {
  const raw = await readFile(file.path)
  const text = (file.path.endsWith('.gz') ? await promisify(gunzip)(raw) : raw).toString().trim()
  const words = basename(file.path).toUpperCase().split(/[_.]/)
  const symbol = file.symbol ?? [...symbols].find((each) => words.includes(each.toUpperCase()))
  const { orderBook, instruments } = exchange.rest
  const depth = exchange.book.snapshotDepth
  try {
    const body: unknown = JSON.parse(text)
    const book = symbol === undefined ? undefined : attempt(() => orderBook.parse(body, { symbol, depth }).rows[0])
    if (book !== undefined && symbol !== undefined) {
      return {
        request: orderBook.request({ symbol, depth }),
        text: oneLine(text),
        bookId: book.lastId,
        symbol,
        isInline: false,
        isPlaced: false,
      }
    }
    instruments.parse(body, {})
    return {
      request: instruments.request({}),
      text: oneLine(text),
      bookId: undefined,
      symbol: '',
      isInline: false,
      isPlaced: false,
    }
  } catch (cause) {
    throw new DataValidationError(
      'JOURNAL_REST',
      `${file.path} is neither an order book nor a list of instruments of ${exchange.name}`,
      {
        cause,
        suggestions: ['Name the symbol: --rest SYMBOL=FILE'],
      },
    )
  }
}

function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof MtsError) return undefined
    throw error
  }
}

function oneLine(text: string): string {
  return text.includes('\n') ? JSON.stringify(JSON.parse(text)) : text
}

function isSame(frame: Buffer, text: string): boolean {
  return Math.abs(frame.length - text.length) < 8 && frame.toString().trim() === text
}

function urlOf(exchange: Exchange, { path, query }: HttpRequest): string {
  const url = new URL(exchange.endpoints.rest + path)
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value))
  return url.href
}

/** Notes what a frame is about: its symbol, the exchange's time, the last book id. */
class FrameProbe implements FrameSink {
  symbol = ''
  timestamp = 0
  bookId = -1
  isUnknown = false

  clear(): void {
    this.symbol = ''
    this.timestamp = 0
    this.bookId = -1
    this.isUnknown = false
  }

  book(update: Parameters<FrameSink['book']>[0]): void {
    this.#note(update.symbol, update.sentAt || update.timestamp)
    this.bookId = update.lastId
  }
  trade(trade: Parameters<FrameSink['trade']>[0]): void {
    this.#note(trade.symbol, trade.timestamp)
  }
  ticker(symbol: string, timestamp: number | null): void {
    this.#note(symbol, timestamp)
  }
  funding(symbol: string, timestamp: number | null): void {
    this.#note(symbol, timestamp)
  }
  openInterest(symbol: string, timestamp: number | null): void {
    this.#note(symbol, timestamp)
  }
  liquidation(liquidation: Parameters<FrameSink['liquidation']>[0]): void {
    this.#note(liquidation.symbol, liquidation.timestamp)
  }
  candle(candle: Parameters<FrameSink['candle']>[0], pushedAt: number): void {
    this.#note(candle.symbol, pushedAt)
  }
  control(): void {}
  unknown(): void {
    this.isUnknown = true
  }
  remark(): void {}

  #note(symbol: string, timestamp: number | null): void {
    this.symbol = symbol
    this.timestamp = timestamp ?? 0
  }
}
