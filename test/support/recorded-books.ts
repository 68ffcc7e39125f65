/** Recorded streams as journals: replayed unharmed, with updates taken away, and held to what the exchange itself said. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import { parseRest } from '../../src/core/feed/journal/record.js'
import type { Level } from '../../src/core/market/event.js'
import { bookText, importRecorded, type Line, type Replayed, readLines, replayJournal, writeLines } from './feed.js'
import { type FrameRecorder, frameRecorder } from './frame-recorder.js'

export interface Recorded {
  readonly exchange: Exchange
  /** File or folder below `../shared/recorded`. */
  readonly name: string
}

export interface State {
  readonly symbol: string
  readonly sequence: number
  /** Best 20 levels a side. */
  readonly text: string
  /** Best price and quantity of both sides. */
  readonly top: string
}

export interface Run extends Replayed {
  readonly states: readonly State[]
  /** Was a book readable though its last hole was not healed? Looked at before every record. */
  readonly isEverWronglyReadable: boolean
}

export interface Diff {
  /** Index of its line. */
  readonly at: number
  readonly symbol: string
  readonly firstId: number
  readonly lastId: number
  readonly isSnapshot: boolean
}

export interface Loaded {
  readonly directory: string
  readonly lines: readonly Line[]
  readonly run: Run
  readonly truth: ReadonlyMap<string, string>
  readonly diffs: readonly Diff[]
}

const root = mkdtempSync(path.join(tmpdir(), 'mts-recorded-'))
let folders = 0
afterAll(() => rmSync(root, { recursive: true, force: true }))

function folder(): string {
  folders += 1
  return path.join(root, String(folders))
}

const loading = new Map<Recorded, Promise<Loaded>>()

/** Each recording is imported and replayed unharmed once. */
export function load(stream: Recorded): Promise<Loaded> {
  const loaded = loading.get(stream) ?? loadRecorded(stream)
  loading.set(stream, loaded)
  return loaded
}

async function loadRecorded({ exchange, name }: Recorded): Promise<Loaded> {
  const directory = folder()
  await importRecorded(exchange, name, directory)
  const lines = await readLines(directory)
  const run = await play(exchange, directory)
  const truth = new Map(run.states.map(({ symbol, sequence, text }) => [`${symbol} ${sequence}`, text]))
  return { directory, lines, run, truth, diffs: diffsOf(exchange, lines) }
}

async function play(exchange: Exchange, directory: string): Promise<Run> {
  const states: State[] = []
  const books = new Map<string, { readonly sync: { readonly book: unknown } }>()
  const broken = new Set<string>()
  let isEverWronglyReadable = false
  const replayed = await replayJournal(directory, {
    exchanges: [exchange],
    watch: (state, kind) => {
      const { book, symbol } = state.sync
      if (kind !== 'book' || book === undefined) return
      books.set(symbol, state)
      const top = [book.bids.price(0), book.bids.quantity(0), book.asks.price(0), book.asks.quantity(0)].join(' ')
      states.push({ symbol, sequence: book.sequence, text: bookText(state) ?? '', top })
    },
    see: (event) => {
      if (event.type === 'gap') broken.add(event.symbol)
      if (event.type === 'status' && event.status === 'synced') broken.delete(event.symbol)
    },
    before: () => {
      for (const symbol of broken) if (books.get(symbol)?.sync.book !== undefined) isEverWronglyReadable = true
      return undefined
    },
  })
  return { ...replayed, states, isEverWronglyReadable }
}

export interface WholeBook {
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

/** All levels of the books named `symbol id`, of the unharmed recording. */
export async function wholeBooks(
  { exchange }: Recorded,
  loaded: Loaded,
  names: ReadonlySet<string>,
): Promise<Map<string, WholeBook>> {
  const found = new Map<string, WholeBook>()
  await replayJournal(loaded.directory, {
    exchanges: [exchange],
    watch: ({ sync: { book, symbol } }, kind) => {
      const name = `${symbol} ${book?.sequence}`
      if (kind !== 'book' || book === undefined || !names.has(name)) return
      found.set(name, { bids: book.bids.levels(book.bids.length), asks: book.asks.levels(book.asks.length) })
    },
  })
  return found
}

export async function playLines(exchange: Exchange, lines: Iterable<Line>): Promise<Run> {
  const directory = folder()
  await writeLines(directory, lines)
  return play(exchange, directory)
}

export function decodeLines(exchange: Exchange, lines: readonly Line[], each: (recorder: FrameRecorder, at: number) => void): void {
  const decode = exchange.stream.decoder()
  for (const [at, { kind, payload }] of lines.entries()) {
    if (kind !== 'ws') continue
    const recorder = frameRecorder()
    decode(payload, recorder)
    each(recorder, at)
  }
}

function diffsOf(exchange: Exchange, lines: readonly Line[]): Diff[] {
  const diffs: Diff[] = []
  decodeLines(exchange, lines, ({ told }, at) => {
    for (const [kind, update] of told) if (kind === 'book') diffs.push({ at, ...(update as Omit<Diff, 'at'>) })
  })
  return diffs
}

/** The book's snapshot right after the first update that reaches its id: then no state is passed over unseen. */
export function seedEarly({ exchange }: Recorded, { lines, diffs }: Loaded): Line[] {
  const after = new Map<number, Line>()
  const rest = lines.filter((line) => line.kind === 'rest')
  for (const line of rest) {
    const { url, body } = parseRest(line.payload)
    if (!url.includes(exchange.rest.orderBook.path)) continue
    const symbol = new URL(url).searchParams.get('symbol')
    const id = (JSON.parse(body) as { lastUpdateId: number }).lastUpdateId
    const joint = diffs.find((diff) => diff.symbol === symbol && diff.lastId >= id)
    if (joint !== undefined) after.set(joint.at, { ...line, stamp: lines[joint.at]?.stamp ?? 0 })
  }
  const moved = new Set([...after.values()].map((line) => line.payload.toString('latin1')))
  return lines.flatMap((line, i) => {
    if (line.kind === 'rest' && moved.has(line.payload.toString('latin1'))) return []
    const snapshot = after.get(i)
    return snapshot === undefined ? [line] : [line, snapshot]
  })
}

interface OwnTop {
  readonly id: number
  readonly top: string
}

/** The exchange's own best prices of each symbol, with the id of the book that shows them, by id. */
function ownTops(exchange: Exchange, lines: readonly Line[]): Map<string, OwnTop[]> {
  const tops = new Map<string, OwnTop[]>()
  decodeLines(exchange, lines, ({ told }) => {
    for (const [kind, symbol, , fields, , id] of told) {
      if (kind !== 'ticker' || (id as number) < 0) continue
      const { bidPrice, bidQuantity, askPrice, askQuantity } = fields as Record<string, number>
      const own = { id: id as number, top: [bidPrice, bidQuantity, askPrice, askQuantity].join(' ') }
      const list = tops.get(symbol as string)
      if (list === undefined) tops.set(symbol as string, [own])
      else list.push(own)
    }
  })
  for (const list of tops.values()) list.sort((a, b) => a.id - b.id)
  return tops
}

/** Compares each state with the exchange's last best prices after the update before and up to its own id. */
export function compareTops(exchange: Exchange, { lines, diffs }: Loaded, states: readonly State[]) {
  const before = new Map<string, number>()
  const previous = new Map<string, number>()
  for (const { symbol, lastId } of diffs) {
    previous.set(`${symbol} ${lastId}`, before.get(symbol) ?? -1)
    before.set(symbol, lastId)
  }
  const tops = ownTops(exchange, lines)
  const result = { compared: 0, equal: 0 }
  for (const { symbol, sequence, top } of states) {
    const list = tops.get(symbol) ?? []
    const from = previous.get(`${symbol} ${sequence}`) ?? -1
    // What lies before this state is not looked at again.
    const last = list.splice(0, countUntil(list, sequence)).findLast(({ id }) => id > from)
    if (last === undefined) continue
    result.compared += 1
    if (last.top === top) result.equal += 1
  }
  return result
}

function countUntil(list: readonly OwnTop[], id: number): number {
  const after = list.findIndex((own) => own.id > id)
  return after === -1 ? list.length : after
}

/** Mulberry32: the same numbers from the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Damage {
  readonly lines: readonly Line[]
  /** `symbol lastId nextId` of every hole behind which something came, in the order in which it can be known. */
  readonly holes: readonly string[]
  /** Last id of each broken book before its first hole. */
  readonly brokenAt: ReadonlyMap<string, number>
}

/** Takes `count` random updates away, of those that came after the book was seeded. */
export function removeSome({ lines, diffs, run }: Loaded, count: number, seed: number): Damage {
  const random = randomOf(seed)
  const seeded = new Map<string, number>()
  for (const { symbol, sequence } of run.states) if (!seeded.has(symbol)) seeded.set(symbol, sequence)
  const candidates = diffs.filter((diff) => !diff.isSnapshot && diff.lastId > (seeded.get(diff.symbol) ?? 0))
  const removed = new Set<number>()
  while (removed.size < count) removed.add(candidates[Math.floor(random() * candidates.length)]?.at ?? -1)
  return { lines: lines.filter((_, i) => !removed.has(i)), ...holesOf(diffs, removed) }
}

/** A hole behind which nothing comes cannot be known. */
function holesOf(diffs: readonly Diff[], removed: ReadonlySet<number>): Pick<Damage, 'holes' | 'brokenAt'> {
  const holes: string[] = []
  const brokenAt = new Map<string, number>()
  const before = new Map<string, Diff>()
  const open = new Set<string>()
  for (const diff of diffs) {
    const { symbol } = diff
    const last = before.get(symbol)
    if (removed.has(diff.at)) {
      if (last !== undefined) open.add(symbol)
      continue
    }
    if (last !== undefined && open.delete(symbol)) {
      holes.push(`${symbol} ${last.lastId} ${diff.firstId}`)
      if (!brokenAt.has(symbol)) brokenAt.set(symbol, last.lastId)
    }
    before.set(symbol, diff)
  }
  return { holes, brokenAt }
}
