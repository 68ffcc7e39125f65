import type { BookView, OrderBooks } from '../../live/order-book.js'
import { decimalsOf } from '../../market/decimal.js'
import type { Level } from '../../market/event.js'
import type { Painter } from '../output/color.js'
import { formatNumber } from '../output/number.js'
import type { Result } from '../output/output.js'
import { renderSheet, type SheetLine } from '../output/sheet.js'
import { cutText, visibleWidth } from '../output/text-width.js'

/** The books with their metrics; as a table the metrics above the ladders, exchange beside exchange. */
export function orderBookResult({ books, failures, warnings }: OrderBooks): Result {
  const keys = ['exchange', 'bid_quantity', 'bid', 'ask', 'ask_quantity']
  const columns = keys.map((key) => ({ key }))
  const view = { heading: '', rows: books.flatMap(levelRows), columns }
  return { data: books, failures, warnings, view: { ...view, draw: (painter, width) => drawOrderBooks(books, painter, width) } }
}

/** Metrics and ladders, the best prices in the middle of each; as many ladders in a line as fit into the width. */
export async function drawOrderBooks(books: readonly BookView[], painter: Painter, width?: number): Promise<string> {
  const [first] = books
  if (first === undefined) return ''
  const names = books.map((book) => (book.pair === first.pair ? book.exchange : `${book.exchange} ${book.symbol}`))
  const sheet = renderSheet(first.pair, names, metricLines(books), painter, width)
  const ladders = books.map((book, i) => ladder(book, names[i] ?? '', painter))
  return [sheet, ...sideBySide(ladders, width)].join('\n\n')
}

function levelRows({ exchange, bids, asks }: BookView): object[] {
  return pairs(bids, asks).map(([bid, ask]) => ({
    exchange,
    bidQuantity: bid?.[1] ?? null,
    bid: bid?.[0] ?? null,
    ask: ask?.[0] ?? null,
    askQuantity: ask?.[1] ?? null,
  }))
}

function metricLines(books: readonly BookView[]): SheetLine[] {
  const decimals = priceDecimals(books)
  const line = (label: string, figure: (book: BookView) => string): SheetLine => ({ label, texts: books.map(figure) })
  const bps = (value: number | null) => number(value, 2)
  return [
    line('mid', (book) => number(book.midPrice, decimals + 1)),
    line('microprice', (book) => number(book.microprice, decimals + 2)),
    line('spread (bps)', (book) => bps(book.spreadBps)),
    line('imbalance of 5, 10 levels', (book) => `${number(book.imbalance5, 2)}, ${number(book.imbalance10, 2)}`),
    line('bids, asks within 10 bps', (book) => `${number(book.bidDepth10bps, 0)}, ${number(book.askDepth10bps, 0)}`),
    line(`cost to buy, sell ${formatNumber(books[0]?.notional ?? 0)} (bps)`, (book) => {
      return `${bps(book.buySlippageBps)}, ${bps(book.sellSlippageBps)}`
    }),
    line(`cost to buy, sell ${formatNumber((books[0]?.notional ?? 0) * 10)} (bps)`, ({ impactCurve }) => {
      const large = impactCurve.at(-1)
      return `${bps(large?.buyBps ?? null)}, ${bps(large?.sellBps ?? null)}`
    }),
    line('liquidity score (0 to 100)', (book) => number(book.liquidityScore, 1)),
    line('depth per bps, bids, asks', (book) => `${number(book.bidSlope, 0)}, ${number(book.askSlope, 0)}`),
    line('largest order within 50 bps', ({ largeOrders: [largest], ...book }) => largestOrder(largest, book)),
    line('levels known to (bps)', (book) => (book.trustedBps === 10_000 ? 'all' : number(book.trustedBps, 0))),
  ]
}

function largestOrder(largest: BookView['largeOrders'][number] | undefined, book: Pick<BookView, 'bids' | 'asks'>): string {
  if (largest === undefined) return 'none'
  const { side, price, notional } = largest
  const decimals = decimalsAmong([...book.bids, ...book.asks].map(([level]) => level))
  return `${side} ${formatNumber(notional, 0)} at ${formatNumber(price, decimals)}`
}

function number(value: number | null, decimals: number): string {
  return value === null ? '–' : formatNumber(value, decimals)
}

function ladder(book: BookView, name: string, painter: Painter): string[] {
  const { bids, asks } = book
  const decimals = priceDecimals([book])
  const lots = decimalsAmong([...bids, ...asks].map(([, quantity]) => quantity))
  const price = (level: Level | undefined) => (level === undefined ? '' : formatNumber(level[0], decimals))
  const size = (level: Level | undefined) => (level === undefined ? '' : formatNumber(level[1], lots))
  const rows = pairs(bids, asks).map(([bid, ask]) => [size(bid), price(bid), price(ask), size(ask)])
  const head = ['size', 'bid', 'ask', 'size']
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const cell = (text: string, i: number) => text.padStart(widths[i] ?? 0)
  const width = widths.reduce((sum, each) => sum + each, 2 * (head.length - 1))
  const paints = [painter.quiet, painter.good, painter.bad, painter.quiet]
  return [
    painter.strong(cutText(name, width, 'end')),
    head.map((title, i) => painter.strong(cell(title, i))).join('  '),
    ...rows.map((row) => row.map((text, i) => (paints[i] ?? painter.quiet)(cell(text, i))).join('  ')),
  ]
}

const GAP = 4

/** Blocks of lines in as few rows of blocks as the width allows. */
function sideBySide(blocks: readonly string[][], width = Number.POSITIVE_INFINITY): string[] {
  const widths = blocks.map((lines) => Math.max(...lines.map(visibleWidth)))
  const groups: number[][] = []
  let used = Number.POSITIVE_INFINITY
  for (const [i, blockWidth] of widths.entries()) {
    used += GAP + blockWidth
    if (used > width || groups.length === 0) {
      groups.push([])
      used = blockWidth
    }
    groups.at(-1)?.push(i)
  }
  return groups.map((group) => {
    const height = Math.max(...group.map((i) => blocks[i]?.length ?? 0))
    const lines = Array.from({ length: height }, (_, row) =>
      group.map((i) => padded(blocks[i]?.[row] ?? '', widths[i] ?? 0)).join(' '.repeat(GAP)),
    )
    return lines.map((line) => line.trimEnd()).join('\n')
  })
}

function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - visibleWidth(text)))
}

function pairs(bids: readonly Level[], asks: readonly Level[]): [Level | undefined, Level | undefined][] {
  return Array.from({ length: Math.max(bids.length, asks.length) }, (_, i) => [bids[i], asks[i]])
}

function priceDecimals(books: readonly BookView[]): number {
  return decimalsAmong(books.flatMap(({ bids, asks }) => [...bids, ...asks].map(([price]) => price)))
}

/** Decimals that the numbers at hand need. */
function decimalsAmong(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, decimalsOf(value)), 0)
}
