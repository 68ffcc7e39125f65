import { basename } from 'node:path'
import { DataValidationError } from '../../errors.js'
import type { Decoder, Exchange } from '../../exchanges/contract.js'
import { requestUrl } from '../../net/request-url.js'
import { STOPPED } from '../pipeline-host.js'
import { encodeRest, type RecordKind } from './record.js'
import { linesOf, parseStamp, type Recording } from './recording.js'
import { FrameProbe, isSame, type RestBody, readBodies } from './rest-bodies.js'
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

const MAX_PENDING = 16 << 20
const DRAIN_EVERY = 512

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
  const bodies = await readBodies(recording, exchange)
  const target = new ImportTarget(exchange, connection, journal, bodies)
  const times = recording.recv === undefined ? undefined : linesOf(recording.recv)
  for await (const line of linesOf(recording.frames)) {
    const time = times === undefined ? undefined : await readTime(times, recording, target.lines + 1)
    const stamp = target.look(line, time)
    if (target.lines === 1) await begin(recording, target, stamp)
    target.add(line, stamp)
    if (target.lines % DRAIN_EVERY === 0 && journal.pendingBytes > MAX_PENDING) await journal.drain()
  }
  target.end()
  return { path: recording.frames, ...target.counts, times: times === undefined ? 'exchange' : 'recording' }
}

/** One recording on its way into the journal: looks at each line, writes it, and the REST bodies in their places. */
class ImportTarget {
  readonly counts = { frames: 0, unknown: 0, rest: 0, sent: 0, held: 0, firstStamp: 0, lastStamp: 0 }
  lines = 0
  readonly #exchange: Exchange
  readonly #connection: number
  readonly #journal: JournalWriter
  readonly #bodies: readonly RestBody[]
  readonly #probe = new FrameProbe()
  readonly #decode: Decoder
  /** The REST body that the present line is, if it is one. */
  #inline: RestBody | undefined

  constructor(exchange: Exchange, connection: number, journal: JournalWriter, bodies: readonly RestBody[]) {
    this.#exchange = exchange
    this.#connection = connection
    this.#journal = journal
    this.#bodies = bodies
    this.#decode = exchange.stream.decoder()
  }

  /** Finds out what a line is, and its time in µs: the given one, or the exchange's own, but never before the last. */
  look(line: Buffer, time: number | undefined): number {
    const { counts } = this
    this.lines += 1
    this.#probe.clear()
    this.#inline = this.#bodies.find((body) => body.isInline && isSame(line, body.text))
    if (this.#inline === undefined) this.#decode(line, this.#probe)
    const stamp = time ?? this.#probe.timestamp * 1000
    if (stamp < counts.lastStamp && stamp > 0) counts.held += 1
    counts.lastStamp = Math.max(stamp, counts.lastStamp)
    if (this.lines === 1) counts.firstStamp = counts.lastStamp
    return counts.lastStamp
  }

  add(line: Buffer, stamp: number): void {
    if (this.#inline !== undefined) {
      this.#put(this.#inline, stamp)
      return
    }
    this.append('ws', stamp, line)
    this.counts.frames += 1
    if (this.#probe.isUnknown) this.counts.unknown += 1
    const due = this.#bodies.find((body) => isDue(body, this.#probe))
    if (due !== undefined) this.#put(due, stamp + 1)
  }

  /** Bodies that belong to no book: they are known from the start. */
  begin(stamp: number): void {
    for (const body of this.#bodies) if (body.bookId === undefined) this.#put(body, stamp)
  }

  end(): void {
    const stamp = this.counts.lastStamp + 1
    for (const body of this.#bodies) if (!body.isPlaced) this.#put(body, stamp)
    this.append('close', stamp, Buffer.from(STOPPED))
  }

  append(kind: RecordKind, stamp: number, payload: Buffer): void {
    this.#journal.append(this.#exchange.id, this.#connection, stamp, kind, payload)
  }

  #put(body: RestBody, stamp: number): void {
    const { id, endpoints } = this.#exchange
    body.isPlaced = true
    this.counts.rest += 1
    const { path, query } = body.request
    const url = requestUrl(id, endpoints.rest, path, query).href
    this.#journal.append(id, 0, stamp, 'rest', encodeRest(url, 200, body.text))
  }
}

/** What comes before the first frame: the opening, what was sent, bodies that belong to no book. */
async function begin(recording: Recording, target: ImportTarget, stamp: number): Promise<void> {
  target.append('open', stamp, Buffer.from(`recording ${basename(recording.frames)}`))
  target.begin(stamp)
  if (recording.sent === undefined) return
  for await (const line of linesOf(recording.sent)) {
    target.append('sent', stamp, line)
    target.counts.sent += 1
  }
}

/** A body that does not lie among the frames is due once its book's stream has reached its id. */
function isDue({ isPlaced, isInline, bookId, symbol }: RestBody, probe: FrameProbe): boolean {
  return !isPlaced && !isInline && bookId !== undefined && symbol === probe.symbol && probe.bookId >= bookId
}

async function readTime(times: AsyncGenerator<Buffer>, recording: Recording, line: number): Promise<number> {
  const next = await times.next()
  const stamp = next.done === true ? Number.NaN : parseStamp(next.value.toString())
  if (!Number.isNaN(stamp)) return stamp
  throw new DataValidationError('JOURNAL_RECV', `${recording.recv}: no receive time in line ${line}`, {
    suggestions: ['There must be one time for each frame, in the same order'],
  })
}
