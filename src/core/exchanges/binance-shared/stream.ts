/** The frame of Binance's streams, of futures and spot: combined or bare, single or in arrays, answers to our messages. */

import type { Control, Decoder, FrameSink, StreamProtocol } from '../contract.js'
import { Scanner } from '../scanner.js'
import { fastPath, readBook, readBookTicker } from './book.js'
import { type Fields, hasLongNumber, idOf, isCoinMargined, isFields } from './fields.js'
import { readAggTrade, readTrade } from './trade.js'

/** What one event tells. */
export type Telling = (sink: FrameSink) => void

/** Reads one event of a known name. `null`: of no interest; `undefined`: not of the form that we know. */
export type EventReader = (data: Fields, stream: string) => Telling | null | undefined

/** Readers by the event's name `e`. */
export type EventReaders = Readonly<Record<string, EventReader>>

export const messages: Pick<StreamProtocol, 'subscribe' | 'unsubscribe'> = {
  subscribe: (topics, id) => JSON.stringify({ method: 'SUBSCRIBE', params: topics, id }),
  unsubscribe: (topics, id) => JSON.stringify({ method: 'UNSUBSCRIBE', params: topics, id }),
}

/** There is no ping for clients; the list of subscriptions is answered, so it proves the connection as well. */
export function pingMessage(id: number): string {
  return JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id })
}

export const bookReaders: EventReaders = {
  depthUpdate: readBook,
  bookTicker: readBookTicker,
  aggTrade: readAggTrade,
  trade: readTrade,
}

/** Which events an exchange has: those that are read, and those that are known but of no interest. */
export interface EventTable {
  readonly readers: EventReaders
  readonly ignored: ReadonlySet<string>
}

export function makeDecoder(table: EventTable): Decoder {
  const isFast = fastPath(new Scanner())
  return (frame, sink) => {
    if (!isFast(frame, sink)) decodeText(frame.toString(), table, sink)
  }
}

function decodeText(text: string, table: EventTable, sink: FrameSink): void {
  const frame = parseJson(text)
  const control = isFields(frame) ? readControl(frame) : undefined
  if (control !== undefined) {
    sink.control(control)
    return
  }
  const tellings = frame === undefined ? 'not-json' : readFrame(frame, table)
  if (typeof tellings === 'string') {
    sink.unknown(tellings)
    return
  }
  if (tellings.length > 0 && hasLongNumber(text)) sink.remark('inexact-number')
  for (const telling of tellings) telling(sink)
}

/** All events are read before one is told: a frame is told wholly or not at all. Text: why it is not understood. */
function readFrame(frame: unknown, table: EventTable): Telling[] | string {
  const isCombined = isFields(frame) && typeof frame['stream'] === 'string'
  const stream = isCombined ? String(frame['stream']) : ''
  const data = isCombined ? frame['data'] : frame
  const tellings: Telling[] = []
  for (const event of Array.isArray(data) ? data : [data]) {
    const telling = readEvent(event, stream, table)
    if (typeof telling === 'string') return telling
    if (telling !== null) tellings.push(telling)
  }
  return tellings
}

function readEvent(event: unknown, stream: string, { readers, ignored }: EventTable): Telling | null | string {
  const name = isFields(event) ? eventName(event) : undefined
  if (!isFields(event) || name === undefined) return 'no-event'
  if (ignored.has(name) || isCoinMargined(event)) return null
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (reader === undefined) return 'unknown-event'
  const telling = reader(event, stream)
  return telling === undefined ? `malformed-${name}` : telling
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Spot's top of the book says no name. */
function eventName({ e, u, b, B, a, A }: Fields): string | undefined {
  if (typeof e === 'string') return e
  const isSpotTicker = e === undefined && [u, b, B, a, A].every((field) => field !== undefined)
  return isSpotTicker ? 'bookTicker' : undefined
}

/**
 * `{"result":null,"id":1}` confirms any message: whether it subscribed or unsubscribed is known to the sender of the id.
 * A list answers our ping. Errors come as `{"code","msg"}` and as `{"error":{"code","msg"},"id"}`.
 */
function readControl(frame: Fields): Control | undefined {
  const id = idOf(frame['id'])
  const echoed = id < 0 ? undefined : id
  if (frame['result'] === null) return { kind: 'subscribed', id: echoed }
  if (Array.isArray(frame['result'])) return { kind: 'pong', id: echoed }
  const error = isFields(frame['error']) ? frame['error'] : frame
  const { code, msg } = error
  if (typeof code !== 'number' || typeof msg !== 'string') return undefined
  return { kind: 'rejected', id: echoed, message: `${msg} (${code})`, topic: undefined, isDuplicate: false }
}
