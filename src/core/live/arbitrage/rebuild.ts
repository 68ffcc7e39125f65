/** The two books of an opportunity once more, from the frames that were recorded. */
import { basename } from 'node:path'
import type { Finding, FoundLeg } from '../../analysis/arbitrage/contract.js'
import type { OrderBook } from '../../book/order-book.js'
import type { Exchange } from '../../exchanges/contract.js'
import type { JournalFileInfo } from '../../feed/journal/reader.js'
import { Outputs } from '../../feed/outputs.js'
import { Replay } from '../../feed/replay.js'
import type { ValidationLimits } from '../../feed/validation.js'
import type { Level } from '../../market/event.js'

export interface RebuiltBook {
  readonly exchange: string
  readonly symbol: string
  readonly sequence: number
  /** Receive stamp, µs. */
  readonly stamp: number
  /** Best first. */
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
  /** Each level that was taken from holds what was told. */
  readonly isAsTold: boolean
}

export interface RebuiltBooks {
  /** `undefined`: no recording has this book at that moment. */
  readonly buy: RebuiltBook | undefined
  readonly sell: RebuiltBook | undefined
}

export interface RebuildOptions {
  readonly files: readonly JournalFileInfo[]
  readonly exchanges: readonly Exchange[]
  readonly limits: ValidationLimits
  /** Levels a side. */
  readonly depth: number
  readonly signal: AbortSignal
}

/** Plays the recordings up to the moment at which it opened: those of its day, and where these begin too late all before it. */
export async function rebuildBooks(found: Finding, options: RebuildOptions): Promise<RebuiltBooks> {
  const earlier = options.files.filter(
    ({ path, exchange }) => [found.buy.exchange, found.sell.exchange].includes(exchange) && startOf(path) <= compact(found.at),
  )
  const day = compact(found.at).slice(0, 8)
  const today = earlier.filter(({ path }) => startOf(path).startsWith(day))
  const near = await playUpTo(found, { ...options, files: today })
  const isWhole = near.buy !== undefined && near.sell !== undefined
  return isWhole || today.length === earlier.length ? near : playUpTo(found, { ...options, files: earlier })
}

async function playUpTo(found: Finding, { files, exchanges, limits, depth, signal }: RebuildOptions): Promise<RebuiltBooks> {
  const { buy, sell } = found
  const wanted = exchanges.filter(({ id }) => id === buy.exchange || id === sell.exchange)
  const outputs = new Outputs()
  const replay = new Replay(new Map(wanted.map((exchange) => [exchange.id, exchange])), outputs, limits)
  const books: { -readonly [Side in keyof RebuiltBooks]: RebuiltBooks[Side] } = { buy: undefined, sell: undefined }
  outputs.watch(({ instrument, sync }, kind) => {
    const { book, stamp } = sync
    if (kind !== 'book' || book === undefined) return
    const isOf = (leg: FoundLeg) =>
      leg.exchange === instrument.exchange &&
      leg.symbol === instrument.symbol &&
      book.sequence === leg.sequence &&
      stamp === leg.stamp
    if (isOf(buy)) books.buy = rebuilt(buy, book, 'asks', depth)
    if (isOf(sell)) books.sell = rebuilt(sell, book, 'bids', depth)
  })
  const last = Math.max(buy.stamp, sell.stamp)
  await replay.play(files, {
    before: (stamp) => (signal.aborted || stamp > last ? false : undefined),
    onDamage: () => undefined,
  })
  return books
}

function rebuilt(leg: FoundLeg, book: OrderBook, taken: 'bids' | 'asks', depth: number): RebuiltBook {
  const { exchange, symbol, sequence, stamp, levels } = leg
  const sides = { bids: book.bids.levels(depth), asks: book.asks.levels(depth) }
  return { exchange, symbol, sequence, stamp, ...sides, isAsTold: holds(leg, book[taken].levels(levels.length)) }
}

function holds({ levels }: FoundLeg, rebuilt: readonly Level[]): boolean {
  return levels.every(([price, quantity], i) => rebuilt[i]?.[0] === price && rebuilt[i]?.[1] === quantity)
}

/** `20261121T165614.416880Z` of a file's name; a name of another form is taken for an early one. */
function startOf(file: string): string {
  return /^\d{8}T\d{6}/.exec(basename(file))?.[0] ?? ''
}

function compact(ms: number): string {
  return new Date(ms).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '')
}
