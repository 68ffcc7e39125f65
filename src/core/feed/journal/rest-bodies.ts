import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { DataValidationError, MtsError } from '../../errors.js'
import type { Exchange, FrameSink, HttpRequest } from '../../exchanges/contract.js'
import { linesOf, type Recording, type RestFile } from './recording.js'

/** A REST answer that was kept beside a recording. */
export interface RestBody {
  readonly request: HttpRequest
  readonly text: string
  /** Id of the book in it; `undefined`: no book, goes first. */
  readonly bookId: number | undefined
  readonly symbol: string
  /** Lies among the frames, in the order of arrival. */
  isInline: boolean
  isPlaced: boolean
}

/** Frames looked at to learn which symbols a recording is about. */
const PROBED_FRAMES = 5_000

/** The REST bodies, each with its symbol from its file's name and whether it lies among the frames. */
export async function readBodies(recording: Recording, exchange: Exchange): Promise<RestBody[]> {
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

async function readBody(file: RestFile, exchange: Exchange, symbols: ReadonlySet<string>): Promise<RestBody> {
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

export function isSame(frame: Buffer, text: string): boolean {
  return Math.abs(frame.length - text.length) < 8 && frame.toString().trim() === text
}

/** Notes what a frame is about: its symbol, the exchange's time, the last book id. */
export class FrameProbe implements FrameSink {
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
