/** Markets for the detector whose books are written down as levels. */
import type { ArbitrageMarket } from '../../src/core/analysis/arbitrage/contract.js'
import { OrderBook } from '../../src/core/book/order-book.js'
import { BookUpdate } from '../../src/core/market/book-update.js'
import type { Level } from '../../src/core/market/event.js'
import { bareInstrument, type Instrument } from '../../src/core/market/instrument.js'

export interface WrittenBook {
  readonly bids: readonly Level[]
  readonly asks: readonly Level[]
}

export function bookOf({ bids, asks }: WrittenBook): OrderBook {
  const update = new BookUpdate()
  update.isSnapshot = true
  update.depth = 1_000
  for (const [price, quantity] of bids) update.bids.push(price, quantity)
  for (const [price, quantity] of asks) update.asks.push(price, quantity)
  const book = new OrderBook()
  book.apply(update)
  return book
}

/** A market whose book is put in place by `set`, at a time that our clock and the exchange's share unless told otherwise. */
export class WrittenMarket implements ArbitrageMarket {
  readonly takerFee: number
  readonly offset = { ms: 0 as number | undefined }
  readonly state: { instrument: Instrument; sync: { book: OrderBook | undefined; stamp: number; timestamp: number } }

  constructor(exchange: string, takerFee: number, instrument: Partial<Instrument> = {}) {
    const parts = { exchange, symbol: 'BTCUSDT', kind: 'spot', base: 'BTC', quote: 'USDT', settle: undefined } as const
    this.takerFee = takerFee
    this.state = {
      instrument: { ...bareInstrument({ ...parts, ...instrument }), ...instrument },
      sync: { book: undefined, stamp: 0, timestamp: 0 },
    }
  }

  set(book: WrittenBook | undefined, receivedAt: number, timestamp = receivedAt): void {
    const { sync } = this.state
    sync.book = book === undefined ? undefined : bookOf(book)
    sync.stamp = receivedAt * 1000
    sync.timestamp = timestamp
  }
}
