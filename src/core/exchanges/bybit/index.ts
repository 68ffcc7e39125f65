/** Bybit v5, category `linear`: perpetuals and dated futures settled in USDT or USDC. */
import type { ChannelRule, Exchange } from '../contract.js'
import { rest } from './rest.js'
import { stream } from './stream.js'
import { symbols } from './symbols.js'
import { BOOK_DEPTHS, CANDLE_OPTIONS } from './topics.js'

/** `tickers` carries all three; the mark price alone moves it several times a second. */
const TICKER: ChannelRule = { proof: 'none', quietMs: 30_000 }

export const exchange: Exchange = {
  id: 'bybit',
  name: 'Bybit',
  docs: 'https://bybit-exchange.github.io/docs/v5/intro',
  kinds: ['perpetual', 'future'],
  endpoints: {
    rest: 'https://api.bybit.com',
    sockets: { linear: 'wss://stream.bybit.com/v5/public/linear' },
  },
  // Bybit allows 600 per address. A third stays free: an address may be shared, and one request too many costs ten minutes.
  budgets: { http: { limit: 400, windowMs: 5000, isAligned: false } },
  // 403 also is the answer to a region that Bybit does not serve.
  bans: { statuses: { 403: 600_000, 429: 1000 } },
  sockets: {
    topicsPerConnection: 750,
    // Bybit's limit is 21 000.
    charactersPerConnection: 18_000,
    // One bad topic refuses its whole message, so messages are small.
    topicsPerMessage: 10,
    messagesPerSecond: 5,
    connectionsPer5Minutes: 500,
    heartbeat: {
      pingEveryMs: 20_000,
      ping: (id) => JSON.stringify({ req_id: String(id), op: 'ping' }),
      deadAfterMs: 30_000,
    },
  },
  fees: { maker: 0.0002, taker: 0.00055 },
  channels: {
    book: { proof: 'ids', quietMs: 10_000, options: BOOK_DEPTHS },
    trades: { proof: 'none', quietMs: 120_000 },
    ticker: TICKER,
    funding: TICKER,
    'open-interest': TICKER,
    liquidations: { proof: 'none' },
    candles: { proof: 'none', quietMs: 70_000, options: CANDLE_OPTIONS },
  },
  book: { snapshot: 'stream', chain: 'first-id', recovery: 'resubscribe', snapshotDepth: 200, isWindowed: true },
  symbols,
  rest,
  stream,
}
