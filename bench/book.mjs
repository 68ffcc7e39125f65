/**
 * Level updates of an order book: ours beside those of tardis-dev and ccxt, on recorded frames of BTCUSDT (full depth, real
 * time). Each gets its own message objects, made beforehand, so that only the books are timed; best bid and ask are read after
 * each message. All must agree on every top of book on the way and on every level at the end.
 */
import { createRequire } from 'node:module'
import {
  built,
  compare,
  expectEqual,
  expectRatio,
  printMachine,
  printTable,
  recordedFrames,
  recordedJson,
  versionOf,
} from './lib.mjs'
import { OrderBook as CcxtOrderBook } from './node_modules/ccxt/js/src/base/ws/OrderBook.js'

const { OrderBook } = await built('core/book/order-book.js')
const { BookUpdate } = await built('core/market/book-update.js')
const { OrderBook: TardisOrderBook } = createRequire(import.meta.url)('tardis-dev')

const NAME = 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808'
const snapshot = recordedJson(`${NAME}.depth_snapshot.json`)
const diffs = recordedFrames(`${NAME}.jsonl.gz`)
  .map((frame) => JSON.parse(frame).data)
  .filter((data) => data?.e === 'depthUpdate' && data.u >= snapshot.lastUpdateId)
const messages = [{ b: snapshot.bids, a: snapshot.asks }, ...diffs].map(({ b, a }) => ({ bids: numbers(b), asks: numbers(a) }))
const levels = messages.reduce((sum, { bids, asks }) => sum + bids.length + asks.length, 0)

function numbers(texts) {
  return texts.map(([price, quantity]) => [Number(price), Number(quantity)])
}

function ours() {
  const updates = messages.map(({ bids, asks }, i) => {
    const update = new BookUpdate()
    update.isSnapshot = i === 0
    update.depth = i === 0 ? 1000 : 0
    for (const [price, quantity] of bids) update.bids.push(price, quantity)
    for (const [price, quantity] of asks) update.asks.push(price, quantity)
    return update.clone()
  })
  let book
  return {
    name: 'mts',
    run() {
      book = new OrderBook()
      let sum = 0
      for (const update of updates) {
        book.apply(update)
        sum += book.bids.price(0) + book.asks.price(0)
      }
      return sum
    },
    content: () => JSON.stringify([book.bids.levels(Number.POSITIVE_INFINITY), book.asks.levels(Number.POSITIVE_INFINITY)]),
  }
}

function tardis() {
  const toLevels = (pairs) => pairs.map(([price, amount]) => ({ price, amount }))
  const changes = messages.map(({ bids, asks }, i) => ({ isSnapshot: i === 0, bids: toLevels(bids), asks: toLevels(asks) }))
  let book
  return {
    name: `tardis-dev ${versionOf('tardis-dev')}`,
    run() {
      book = new TardisOrderBook()
      let sum = 0
      for (const change of changes) {
        book.update(change)
        sum += book.bestBid().price + book.bestAsk().price
      }
      return sum
    },
    content() {
      const pairs = (side) => Array.from(side, ({ price, amount }) => [price, amount])
      return JSON.stringify([pairs(book.bids()), pairs(book.asks())])
    },
  }
}

function ccxt() {
  const deltas = messages.map(({ bids, asks }) => ({
    bids: bids.map((level) => [...level]),
    asks: asks.map((level) => [...level]),
  }))
  const store = (side, list) => {
    for (let i = 0; i < list.length; i++) side.store(list[i][0], list[i][1])
  }
  let book
  return {
    name: `ccxt ${versionOf('ccxt')}`,
    run() {
      book = new CcxtOrderBook()
      let sum = 0
      for (const { bids, asks } of deltas) {
        store(book.asks, asks)
        store(book.bids, bids)
        sum += book.bids[0][0] + book.asks[0][0]
      }
      return sum
    },
    content: () => JSON.stringify([[...book.bids], [...book.asks]]),
  }
}

const only = process.argv[2]
const candidates = [ours(), tardis(), ccxt()].filter(({ name }) => only === undefined || name.startsWith(only))
printMachine()
const results = compare(candidates, levels)
const [first] = results
const depth = JSON.parse(candidates[0].content()).map((side) => side.length)
console.log(`${messages.length - 1} updates, ${levels} levels; ${depth[0]} bids and ${depth[1]} asks at the end\n`)
printTable(
  ['order book', 'ns/level', 'M levels/s', 'ours is faster by'],
  results.map(({ name, ns }) => [name, ns.toFixed(1), (1000 / ns).toFixed(2), `${(ns / first.ns).toFixed(1)}×`]),
)
console.log()
expectEqual(
  'sums of best bid + best ask',
  results.map(({ checksum }) => checksum),
)
expectEqual(
  'books at the end',
  candidates.map((candidate) => candidate.content()),
)
if (only === undefined) {
  expectRatio('level updates against tardis-dev', results[1].ns / first.ns, 5)
  expectRatio('level updates against ccxt', results[2].ns / first.ns, 8)
}
