/** Stored order books as what a fill would have cost, looked up one by one: a run has few fills and a database many books. */
import type { Level } from '../../market/event.js'
import type { Instrument } from '../../market/instrument.js'
import type { Reader } from '../../storage/reader.js'
import type { BookSamples } from '../data.js'
import type { LoadedMarket } from './market.js'

/** A book that is older says nothing of the moment. */
const NEAR_MS = 300_000

/** For each asset of which the exchange's books are stored. Works as long as the reader is open. */
export function bookSamples(reader: Reader, { coins, instruments }: LoadedMarket): BookSamples[] {
  const kept = new Set(reader.instruments('order_book_samples').map(({ exchange, symbol }) => `${exchange} ${symbol}`))
  return coins.flatMap((coin) => {
    const instrument = instruments.get(coin)
    return instrument === undefined || !kept.has(`${instrument.exchange} ${instrument.symbol}`)
      ? []
      : [samplesOf(reader, coin, instrument)]
  })
}

function samplesOf(reader: Reader, asset: string, { exchange, symbol, multiplier }: Instrument): BookSamples {
  return {
    asset,
    cost(side, quantity, timestamp) {
      const query = { exchanges: [exchange], symbols: [symbol], since: timestamp - NEAR_MS, until: timestamp + 1, limit: 1 }
      const [book] = reader.orderBookSamples(query)
      const [bid] = book?.bids[0] ?? []
      const [ask] = book?.asks[0] ?? []
      if (book === undefined || bid === undefined || ask === undefined) return undefined
      const mid = (bid + ask) / 2
      const average = averagePrice(side === 'buy' ? book.asks : book.bids, quantity / multiplier)
      return average === undefined ? undefined : Math.max(0, ((side === 'buy' ? 1 : -1) * (average - mid)) / mid)
    },
  }
}

/** What taking `wanted` from the best level on costs a unit; undefined where the stored levels do not hold so much. */
function averagePrice(levels: readonly Level[], wanted: number): number | undefined {
  let left = wanted
  let paid = 0
  for (const [price, quantity] of levels) {
    const taken = Math.min(left, quantity)
    paid += taken * price
    left -= taken
    if (left <= 0) return paid / wanted
  }
  return undefined
}
