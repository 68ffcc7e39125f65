/** USD-M futures' frames as the simulated market sends them, with the keys of 2026. */

import { INTERVALS, lengthOf } from '../binance-shared/intervals.js'
import { levelTexts, wrap } from '../binance-shared/sandbox.js'
import type { SandboxData, SandboxListing, SandboxSession } from '../sandbox-contract.js'
import { candleTexts, markText, rateText, statisticsTexts, textsOf } from './sandbox-text.js'

type DataOf<Kind extends SandboxData['kind']> = Extract<SandboxData, { readonly kind: Kind }>

export function frame(name: string, data: SandboxData, session: SandboxSession, listing: SandboxListing): readonly string[] {
  return payloads(name, data, listing).map((payload) => wrap(name, payload, session))
}

function payloads(name: string, data: SandboxData, listing: SandboxListing): readonly unknown[] {
  switch (data.kind) {
    case 'book':
      return [depthUpdate(data, listing)]
    case 'quote':
      return [bookTicker(data, listing)]
    case 'trade':
      return trades(data, listing, name.endsWith('@aggTrade'))
    case 'mark':
      return [markPriceUpdate(data)]
    case 'ticker':
      return [ticker(data, listing, name.endsWith('@miniTicker'))]
    case 'candle':
      return [kline(data, listing)]
    case 'liquidation':
      return forceOrders(data, listing)
  }
}

function depthUpdate(data: DataOf<'book'>, listing: SandboxListing) {
  const { symbol: s, timestamp, firstId: U, lastId: u, previousId: pu } = data
  const texts = textsOf(listing)
  const levels = { b: levelTexts(data.bids, texts), a: levelTexts(data.asks, texts) }
  return { e: 'depthUpdate', E: timestamp, T: timestamp, s, ps: s, U, u, pu, ...levels, st: 1 }
}

function bookTicker({ symbol: s, timestamp, lastId: u, ticker: best }: DataOf<'quote'>, listing: SandboxListing) {
  const texts = textsOf(listing)
  const bid = { b: texts.price(best.bidPrice), B: texts.quantity(best.bidQuantity) }
  const ask = { a: texts.price(best.askPrice), A: texts.quantity(best.askQuantity) }
  return { e: 'bookTicker', u, s, ps: s, ...bid, ...ask, T: timestamp, E: timestamp, st: 1 }
}

/** Each trade by itself. An aggregate here is one fill, so both kinds count the same ids. */
function trades(data: DataOf<'trade'>, listing: SandboxListing, isAggregate: boolean): readonly unknown[] {
  const texts = textsOf(listing)
  const { symbol: s, timestamp: E } = data
  return data.trades.map(({ id, timestamp: T, price, quantity, side }) => {
    const p = texts.price(price)
    const q = texts.quantity(quantity)
    const m = side === 'sell'
    return isAggregate
      ? { e: 'aggTrade', E, a: id, s, p, q, nq: q, f: id, l: id, T, m, st: 1 }
      : { e: 'trade', E, T, s, t: id, p, q, X: 'MARKET', m, st: 1 }
  })
}

function markPriceUpdate({ symbol: s, timestamp: E, ticker: now }: DataOf<'mark'>) {
  const mark = markText(now.markPrice)
  const index = markText(now.indexPrice)
  return {
    e: 'markPriceUpdate',
    E,
    s,
    p: mark,
    ap: mark,
    P: index,
    i: index,
    r: rateText(now.fundingRate),
    T: now.nextFundingTime,
    st: 1,
  }
}

function ticker({ symbol: s, timestamp: E, ticker: now }: DataOf<'ticker'>, listing: SandboxListing, isSmall: boolean) {
  const texts = statisticsTexts(now, listing)
  const { lastPrice: c, openPrice: o, highPrice: h, lowPrice: l, volume: v, quoteVolume: q } = texts
  if (isSmall) return { e: '24hrMiniTicker', E, s, c, o, h, l, v, q, st: 1 }
  const change = { p: texts.priceChange, P: texts.priceChangePercent, w: texts.weightedAvgPrice, c, Q: texts.lastQty }
  const span = { O: texts.openTime(E), C: E, F: texts.firstId, L: texts.lastId, n: texts.count }
  return { e: '24hrTicker', E, s, ...change, o, h, l, v, q, ...span, st: 1 }
}

function kline({ symbol: s, timestamp: E, interval: i, candle }: DataOf<'candle'>, listing: SandboxListing) {
  const texts = candleTexts(candle, listing)
  const { open: o, close: c, high: h, low: l, volume: v, quoteVolume: q, takerVolume: V, takerQuoteVolume: Q } = texts
  const closeTime = candle.openTime + lengthOf(i, INTERVALS) - 1
  const ids = { f: candle.firstTradeId, L: candle.lastTradeId }
  const body = {
    t: candle.openTime,
    T: closeTime,
    s,
    i,
    ...ids,
    o,
    c,
    h,
    l,
    v,
    n: candle.trades,
    x: E > closeTime,
    q,
    V,
    Q,
    B: '0',
  }
  return { e: 'kline', E, s, k: body }
}

/** A sample, as on the exchange: the largest liquidation since the stream's last frame. */
function forceOrders(
  { symbol: s, timestamp: E, liquidations }: DataOf<'liquidation'>,
  listing: SandboxListing,
): readonly unknown[] {
  const [first, ...others] = liquidations
  if (first === undefined) return []
  const largest = others.reduce((most, each) => (each.quantity > most.quantity ? each : most), first)
  const texts = textsOf(listing)
  const quantity = texts.quantity(largest.quantity)
  const prices = { p: texts.price(largest.bankruptcyPrice), ap: texts.price(largest.price) }
  const state = { X: 'FILLED', l: quantity, z: quantity, T: largest.timestamp, ps: s, st: 1 }
  const S = largest.liquidated === 'long' ? 'SELL' : 'BUY'
  return [{ e: 'forceOrder', E, o: { s, S, o: 'LIMIT', f: 'IOC', q: quantity, ...prices, ...state } }]
}
