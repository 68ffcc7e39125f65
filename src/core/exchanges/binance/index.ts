/** Binance USD-M futures as a data sheet. Quirks and sources: README.md. */

import { INTERVALS } from '../binance-shared/intervals.js'
import { pingMessage } from '../binance-shared/stream.js'
import type { Exchange } from '../contract.js'
import { rest } from './rest.js'
import { BOOK_STREAMS, stream } from './stream.js'
import { symbols } from './symbols.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const exchange: Exchange = {
  id: 'binance',
  name: 'Binance USDⓈ-M Futures',
  docs: 'https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info',
  kinds: ['perpetual', 'future'],
  endpoints: {
    rest: 'https://fapi.binance.com',
    // The combined form tells the stream with each frame; without it the best 20 levels look like a change.
    sockets: {
      public: 'wss://fstream.binance.com/public/stream',
      market: 'wss://fstream.binance.com/market/stream',
    },
  },
  retired: [
    // Without the route a stream is acknowledged and then silent.
    {
      pattern: /^wss:\/\/fstream\.binance\.com(?::\d+)?\/(?:ws|stream)(?:[/?]|$)/,
      since: '2026-04-23',
      instead: 'wss://fstream.binance.com/public/stream (books) or /market/stream (the rest)',
    },
    { pattern: /^wss:\/\/f?stream\.binancefuture\.com/, instead: 'wss://demo-fstream.binance.com' },
    { pattern: /^https:\/\/testnet\.binancefuture\.com/, instead: 'https://demo-fapi.binance.com' },
  ],
  budgets: {
    // Shared with the coin-margined interface since 2026-06-30.
    weight: { limit: 2400, windowMs: MINUTE, isAligned: true, usedHeader: 'x-mbx-used-weight-1m' },
    // Rates and intervals of funding: requests, not weight, and without a header.
    funding: { limit: 500, windowMs: 5 * MINUTE, isAligned: false },
    // Everything under /futures/data.
    statistics: { limit: 1000, windowMs: 5 * MINUTE, isAligned: false },
  },
  // 418 is a ban of two minutes to three days, 403 the firewall.
  bans: { statuses: { 403: 5 * MINUTE, 418: 2 * MINUTE, 429: MINUTE } },
  sockets: {
    // 1024 are allowed; fewer lose less when one connection breaks.
    topicsPerConnection: 200,
    topicsPerMessage: 100,
    // Ten are allowed, pongs included; more closes the connection, and repeatedly bans.
    messagesPerSecond: 4,
    // Not documented for futures: spot's limit.
    connectionsPer5Minutes: 300,
    lifetimeMs: 24 * HOUR,
    heartbeat: { pingEveryMs: 20 * SECOND, ping: pingMessage, deadAfterMs: 45 * SECOND },
  },
  fees: { maker: 0.0002, taker: 0.0005 },
  channels: {
    book: { proof: 'ids', quietMs: 10 * SECOND, options: Object.keys(BOOK_STREAMS) },
    trades: { proof: 'ids', quietMs: MINUTE },
    ticker: { proof: 'none', quietMs: 10 * SECOND },
    funding: { proof: 'none', quietMs: 10 * SECOND },
    'open-interest': { proof: 'none', poll: { capability: 'openInterest', everyMs: 15 * SECOND } },
    liquidations: { proof: 'none' },
    candles: { proof: 'none', quietMs: MINUTE, options: Object.keys(INTERVALS) },
  },
  book: { snapshot: 'rest', chain: 'previous-id', bridgeOffset: 0, recovery: 'reseed', snapshotDepth: 1000, isWindowed: false },
  symbols,
  rest,
  stream,
}
