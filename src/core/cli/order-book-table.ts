import { decimalsOf } from '../live/board.js'
import type { BookView, OrderBooks } from '../live/order-book.js'
import type { Level } from '../market/event.js'
import type { Result, View } from './output/output.js'
import type { Column } from './output/table.js'

interface LadderRow {
  readonly exchange: string
  readonly bidQuantity: number | null
  readonly bid: number | null
  readonly ask: number | null
  readonly askQuantity: number | null
}

/** The books with their metrics; as a table the metrics of all above the ladder of each. */
export function orderBookResult({ books, failures, warnings }: OrderBooks): Result {
  return { data: books, failures, warnings, view: orderBookView(books) }
}

export function orderBookView(books: readonly BookView[]): View {
  return { heading: books.map(headline).join('\n'), rows: books.flatMap(ladder), columns: ladderColumns(books) }
}

function headline(book: BookView): string {
  const figure = (value: number | null, decimals: number) => (value === null ? '–' : value.toFixed(decimals))
  const money = (value: number | null) => (value === null ? '–' : Math.round(value).toLocaleString('en-US'))
  const digits = priceDecimals([book])
  return [
    `${book.pair} on ${book.exchange}: mid ${figure(book.midPrice, digits + 1)}, microprice ${figure(book.microprice, digits + 2)}, spread ${figure(book.spreadBps, 2)} bps`,
    `  imbalance ${figure(book.imbalance5, 2)} (5 levels) ${figure(book.imbalance10, 2)} (10); within 10 bps bids ${money(book.bidDepth10bps)}, asks ${money(book.askDepth10bps)}`,
    `  ${money(book.notional)} costs ${figure(book.buySlippageBps, 2)} bps to buy, ${figure(book.sellSlippageBps, 2)} bps to sell; known to ${figure(book.trustedBps, 0)} bps from the mid\n`,
  ].join('\n')
}

function ladder({ exchange, bids, asks }: BookView): LadderRow[] {
  const at = (levels: readonly Level[], i: number): readonly [number | null, number | null] => levels[i] ?? [null, null]
  return Array.from({ length: Math.max(bids.length, asks.length) }, (_, i) => {
    const [bid, bidQuantity] = at(bids, i)
    const [ask, askQuantity] = at(asks, i)
    return { exchange, bidQuantity, bid, ask, askQuantity }
  })
}

function ladderColumns(books: readonly BookView[]): Column[] {
  const decimals = priceDecimals(books)
  return [
    { key: 'exchange' },
    { key: 'bid_quantity', heading: 'bid quantity', kind: 'number' },
    { key: 'bid', kind: 'number', decimals, paint: (text, _, painter) => painter.good(text) },
    { key: 'ask', kind: 'number', decimals, paint: (text, _, painter) => painter.bad(text) },
    { key: 'ask_quantity', heading: 'ask quantity', kind: 'number' },
  ]
}

/** Decimals that the prices at hand need. */
function priceDecimals(books: readonly BookView[]): number {
  const prices = books.flatMap(({ bids, asks }) => [...bids, ...asks].map(([price]) => price))
  const needed = prices.map((price) => decimalPlaces(price))
  return needed.length === 0 ? decimalsOf(undefined) : Math.max(...needed)
}

function decimalPlaces(price: number): number {
  const [, fraction = ''] = String(price).split('.')
  return Math.min(12, fraction.length)
}
