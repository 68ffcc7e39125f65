import { isUtf8 } from 'node:buffer'
import { DataValidationError } from '../../errors.js'

/**
 * One line of a journal: `<received µs> <connection> <kind> <payload>\n`.
 *
 * `ws`: a frame as it came. `sent`: a frame that we sent. `open`: the URL of a socket that opened (on connection 0: the
 * program started, a subscription began, or what the run knew from elsewhere). `close`: code and reason (on connection 0: a
 * subscription ended, or the symbol whose book begins anew). `rest`: `METHOD url status body`; status 0 with an error text says
 * that no answer came. A payload that is not one line of UTF-8 is base64 and its kind ends in `-base64`.
 */
export const RECORD_KINDS = ['ws', 'rest', 'sent', 'open', 'close'] as const
export type RecordKind = (typeof RECORD_KINDS)[number]

export interface JournalRecord {
  readonly stamp: number
  readonly connection: number
  readonly kind: RecordKind
  /** Only valid until the next record is read. */
  readonly payload: Buffer
}

const NEWLINE = 0x0a
const RETURN = 0x0d
const SPACE = 0x20
const BASE64_SUFFIX = '-base64'

export function needsBase64(payload: Buffer): boolean {
  return payload.includes(NEWLINE) || payload.includes(RETURN) || !isUtf8(payload)
}

/** The line's text before the payload, and the payload as it is written. */
export function encodeHead(stamp: number, connection: number, kind: RecordKind, isBase64: boolean): string {
  return `${stamp} ${connection} ${kind}${isBase64 ? BASE64_SUFFIX : ''} `
}

/** Reads one line (without its newline). Throws `DataValidationError` where it is no record. */
export function parseRecord(line: Buffer): JournalRecord {
  const first = line.indexOf(SPACE)
  const second = line.indexOf(SPACE, first + 1)
  const third = line.indexOf(SPACE, second + 1)
  if (first < 1 || second < 0 || third < 0) throw notARecord(line)
  const stamp = digits(line, 0, first)
  const connection = digits(line, first + 1, second)
  const word = line.toString('latin1', second + 1, third)
  const isBase64 = word.endsWith(BASE64_SUFFIX)
  const kind = (isBase64 ? word.slice(0, -BASE64_SUFFIX.length) : word) as RecordKind
  if (stamp < 0 || connection < 0 || !RECORD_KINDS.includes(kind)) throw notARecord(line)
  const payload = line.subarray(third + 1)
  return { stamp, connection, kind, payload: isBase64 ? Buffer.from(payload.toString('latin1'), 'base64') : payload }
}

export interface RestRecord {
  readonly url: string
  readonly status: number
  readonly body: string
}

export function encodeRest(url: string, status: number, body: string): Buffer {
  return Buffer.from(`GET ${url} ${status} ${body}`)
}

export function parseRest(payload: Buffer): RestRecord {
  const text = payload.toString()
  const match = /^[A-Z]+ (\S+) (\d+) /.exec(text)
  if (match === null) throw notARecord(payload)
  return { url: match[1] ?? '', status: Number(match[2]), body: text.slice(match[0].length) }
}

function digits(line: Buffer, start: number, end: number): number {
  if (end - start > 17 || end === start) return -1
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = (line[i] as number) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

function notARecord(line: Buffer): DataValidationError {
  return new DataValidationError('JOURNAL_RECORD', `Not a journal record: ${line.subarray(0, 60).toString()}`, {
    suggestions: ['Recordings made by other tools become journals by `mts journal import`'],
  })
}
