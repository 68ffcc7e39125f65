/** Binance spot as a data sheet: book and trades, beside which a perpetual's basis is read. Quirks: README.md. */
import { pingMessage } from '../binance-shared/stream.js'
import type { Exchange } from '../contract.js'
import { rest } from './rest.js'
import { BOOK_STREAMS, SOCKET, stream } from './stream.js'
import { symbols } from './symbols.js'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

export const exchange: Exchange = {
  id: 'binance-spot',
  name: 'Binance Spot',
  docs: 'https://developers.binance.com/docs/binance-spot-api-docs',
  kinds: ['spot'],
  endpoints: {
    rest: 'https://api.binance.com',
    sockets: { [SOCKET]: 'wss://stream.binance.com:9443/stream' },
  },
  budgets: {
    weight: { limit: 6000, windowMs: MINUTE, isAligned: true, usedHeader: 'x-mbx-used-weight-1m' },
  },
  bans: { statuses: { 403: 5 * MINUTE, 418: 2 * MINUTE, 429: MINUTE } },
  sockets: {
    // 1024 are allowed; fewer lose less when one connection breaks.
    topicsPerConnection: 200,
    // Messages with more than about 400 streams have failed silently.
    topicsPerMessage: 100,
    // Five are allowed, pings and pongs included.
    messagesPerSecond: 3,
    connectionsPer5Minutes: 300,
    lifetimeMs: 24 * HOUR,
    heartbeat: { pingEveryMs: 20 * SECOND, ping: pingMessage, deadAfterMs: 45 * SECOND },
  },
  fees: { maker: 0.001, taker: 0.001 },
  channels: {
    book: { proof: 'ids', quietMs: 10 * SECOND, options: Object.keys(BOOK_STREAMS) },
    trades: { proof: 'ids', quietMs: MINUTE },
  },
  book: { snapshot: 'rest', chain: 'first-id', bridgeOffset: 1, recovery: 'reseed', snapshotDepth: 1000, isWindowed: false },
  symbols,
  rest,
  stream,
}
