/** What is compared: `{name: ({root, count}) => ({ready, report})}`. All of them connect to `root/<exchange>` and count frames. */
import { createRequire } from 'node:module'
import { built } from '../lib.mjs'
import { LOADS, snapshots } from './frames.mjs'
import { keep, keeper, LEVELS } from './metrics.mjs'

const require = createRequire(import.meta.url)
const { WebSocket } = createRequire(new URL('../../package.json', import.meta.url))('ws')
const EXCHANGES = { binance: 'binance', bybit: 'bybit' }
const LOAD = LOADS[process.env['LOAD'] ?? 'usual']
const SYMBOLS = { binance: LOAD.binance, bybit: LOAD.bybit }
/** What comes before `go`: one frame of each instrument. */
export const FIRST_FRAMES = LOAD.binance.length + LOAD.bybit.length

/** Sockets as anybody opens them who knows that compression would cost far more. */
function connect(root, exchange, onFrame) {
  const socket = new WebSocket(`${root}/${exchange}`, { perMessageDeflate: false, skipUTF8Validation: true })
  socket.on('open', () => socket.send('{"op":"subscribe"}'))
  socket.on('message', onFrame)
}

/** Time of each call of `handle`, received → processed, as µs in a histogram. */
async function timer() {
  const { Histogram } = await built('core/feed/histogram.js')
  const histogram = new Histogram()
  return {
    timed: (handle) => (frame) => {
      const start = performance.now()
      handle(frame)
      histogram.record((performance.now() - start) * 1000)
    },
    latency: () => ({ p50: histogram.quantile(0.5), p99: histogram.quantile(0.99), p999: histogram.quantile(0.999) }),
    warm: () => histogram.reset(),
  }
}

function bare({ root, count }) {
  let bytes = 0
  for (const exchange of Object.keys(EXCHANGES))
    connect(root, exchange, (frame) => {
      bytes += frame.length
      count()
    })
  return { ready: undefined, report: () => ({ bytes }) }
}

function parsed({ root, count }) {
  let events = 0
  for (const exchange of Object.keys(EXCHANGES))
    connect(root, exchange, (frame) => {
      if (JSON.parse(frame.toString()).data !== undefined) events += 1
      count()
    })
  return { ready: undefined, report: () => ({ events }) }
}

async function ourMetrics() {
  const { imbalance, microprice, mid, spread } = await built('core/book/metrics.js')
  const kept = keeper()
  return {
    kept,
    look(book) {
      kept.updates += 1
      kept.checksum += book.bids.price(0) + book.asks.price(0)
      kept.mid += mid(book) ?? 0
      kept.spread += spread(book) ?? 0
      kept.microprice += microprice(book) ?? 0
      kept.imbalance += imbalance(book, LEVELS) ?? 0
    },
  }
}

/** Decoder, synchroniser, book and metrics, nothing else. */
async function core({ root, count }) {
  const { loadExchange } = await built('core/exchanges/registry.js')
  const { BookSynchroniser } = await built('core/feed/synchroniser.js')
  const { kept, look } = await ourMetrics()
  const bodies = snapshots()
  const ignore = () => undefined
  for (const id of Object.keys(EXCHANGES)) {
    const exchange = await loadExchange(id)
    const events = { changed: (sync) => look(sync.book), entered: ignore, gap: refuse, cure: ({ symbol }) => seed(symbol) }
    const syncs = new Map(SYMBOLS[id].map((symbol) => [symbol, new BookSynchroniser(symbol, exchange.book, events)]))
    const seed = (symbol) => {
      const [snapshot] = exchange.rest.orderBook.parse(JSON.parse(bodies[symbol]), {
        symbol,
        depth: exchange.book.snapshotDepth,
      }).rows
      syncs.get(symbol).snapshot(snapshot, 0)
    }
    const decode = exchange.stream.decoder()
    let stamp = 0
    const sink = {
      book: (update) => syncs.get(update.symbol).update(update, stamp),
      control: ignore,
      remark: ignore,
      unknown: refuse,
    }
    connect(root, id, (frame) => {
      stamp += 1
      decode(frame, sink)
      count()
    })
  }
  return { ready: undefined, report: () => kept }
}

function refuse(...what) {
  throw new Error(`the stream is not what it should be: ${what.join(' ')}`)
}

/** All of the live path: sockets, heartbeats, validation, statistics, latencies, samplers, bus. */
async function feed({ root, count }) {
  const { loadExchange } = await built('core/exchanges/registry.js')
  const { LiveFeed } = await built('core/feed/live-feed.js')
  const { Outputs } = await built('core/feed/outputs.js')
  const { DEFAULT_LIMITS: limits } = await built('core/feed/validation.js')
  const { systemClock } = await built('core/net/system-clock.js')
  const { createSockets } = await built('core/net/socket.js')
  const { kept, look } = await ourMetrics()
  const clock = systemClock()
  const bodies = snapshots()
  const real = createSockets({ clock, connectionTimeoutMs: 5_000, userAgent: 'mts/bench' })
  const sockets = {
    open: (url, events) =>
      real.open(url, {
        ...events,
        onFrame: (frame, isText) => {
          events.onFrame(frame, isText)
          count()
        },
      }),
  }
  const http = {
    admitSocket: async () => undefined,
    send: async (_exchange, rest, { path, query }) => ({
      status: 200,
      headers: {},
      url: `${rest}${path}?${new URLSearchParams(query)}`,
      body: bodies[query.symbol],
      receivedAt: clock.stamp(),
    }),
  }
  const outputs = new Outputs()
  let events = 0
  outputs.bus.subscribe({
    name: 'output',
    filter: {},
    policy: 'conflate',
    maxBytes: 8 << 20,
    handle: (event) => {
      events += 1
      if (event.type === 'gap') refuse(event.reason)
    },
    onError: (error) => {
      throw error
    },
  })
  // As `mts stream` has them: one sampler for what is printed, one for what is stored.
  for (let i = 0; i < 2; i++) outputs.sample({ intervalMs: 1_000, depth: LEVELS, limits })
  let synced
  const ready = new Promise((resolve) => {
    synced = resolve
  })
  const unseen = new Set(Object.entries(SYMBOLS).flatMap(([id, symbols]) => symbols.map((symbol) => `${id} ${symbol}`)))
  outputs.watch(({ sync, instrument }, kind) => {
    if (kind !== 'book') return
    look(sync.book)
    if (unseen.size > 0 && unseen.delete(`${instrument.exchange} ${instrument.symbol}`) && unseen.size === 0) synced()
  })
  const settings = {
    limits,
    samples: { append: () => undefined },
    exchange: ({ id, endpoints }) => ({
      endpoints: {
        rest: 'http://127.0.0.1:1',
        sockets: Object.fromEntries(Object.keys(endpoints.sockets).map((name) => [name, `${root}/${id}`])),
      },
      backoff: { baseMs: 1_000, maxMs: 1_000 },
    }),
  }
  const live = new LiveFeed({ clock, http, sockets, random: () => 0.5 }, settings, outputs)
  for (const id of Object.keys(EXCHANGES))
    live.add(
      await loadExchange(id),
      SYMBOLS[id].map((symbol) => ({ channel: 'book', symbol })),
    )
  return {
    ready,
    warm: () => {
      for (const { processing } of live.exchanges) processing.reset()
    },
    report: () => {
      const feeds = [...live.exchanges]
      const worst = (fraction) => Math.max(...feeds.map(({ processing }) => processing.quantile(fraction)))
      const flagged = feeds.flatMap(({ pipeline }) => [...pipeline.states]).map(({ stats }) => stats.get('book').total.flagged)
      return {
        ...kept,
        events,
        flagged: flagged.reduce((sum, each) => sum + each, 0),
        p50: worst(0.5),
        p99: worst(0.99),
        p999: worst(0.999),
      }
    },
  }
}

/** tardis-dev's mappers and order book, as its `computeBookSnapshots` uses them. */
async function tardis({ root, count }) {
  const { normalizeBookChanges, OrderBook } = require('tardis-dev')
  const { BybitV5BookChangeMapper } = require('../node_modules/tardis-dev/dist/mappers/bybit.js')
  const { timed, latency, warm } = await timer()
  const kept = keeper()
  const mappers = {
    binance: normalizeBookChanges('binance-futures', new Date()),
    // `normalizeBookChanges('bybit')` is for depth 50: the recording is of depth 200.
    bybit: new BybitV5BookChangeMapper('bybit', 200),
  }
  for (const id of Object.keys(EXCHANGES)) {
    const mapper = mappers[id]
    const books = new Map()
    const take = (message) => {
      if (!mapper.canHandle(message)) return
      for (const change of mapper.map(message, new Date())) {
        const book = books.get(change.symbol) ?? new OrderBook()
        books.set(change.symbol, book)
        book.update(change)
        const bid = book.bestBid()
        const ask = book.bestAsk()
        keep(kept, bid.price, bid.amount, ask.price, ask.amount, sumOfLevels(book.bids()), sumOfLevels(book.asks()))
      }
    }
    for (const [symbol, body] of id === 'binance' ? Object.entries(snapshots()) : []) {
      take({ stream: `${symbol.toLowerCase()}@depthSnapshot`, data: JSON.parse(body) })
    }
    kept.checksum = 0
    kept.updates = 0
    const handle = timed((frame) => take(JSON.parse(frame.toString())))
    connect(root, id, (frame) => {
      handle(frame)
      count()
    })
  }
  return { ready: undefined, warm, report: () => ({ ...kept, ...latency() }) }
}

function sumOfLevels(levels) {
  let sum = 0
  for (let i = 0; i < LEVELS; i++) {
    const { value, done } = levels.next()
    if (done) break
    sum += value.amount
  }
  return sum
}

/** ccxt.pro's own socket client, message handler and order book; the metrics are kept where its user's promise would resolve. */
async function ccxt({ root, count }) {
  const { default: library } = await import('../node_modules/ccxt/js/ccxt.js')
  const { timed, latency, warm } = await timer()
  const kept = keeper()
  const bodies = snapshots()
  for (const [name, id] of [
    ['binanceusdm', 'binance'],
    ['bybit', 'bybit'],
  ]) {
    const exchange = new library.pro[name]()
    exchange.setMarkets(SYMBOLS[id].map(market))
    if (id === 'binance') {
      for (const symbol of SYMBOLS.binance) {
        const { symbol: unified } = exchange.market(symbol)
        const snapshot = exchange.parseOrderBook(JSON.parse(bodies[symbol]), unified)
        exchange.orderbooks[unified] = exchange.orderBook({ ...snapshot, nonce: JSON.parse(bodies[symbol]).lastUpdateId })
      }
    }
    await exchange.loadHttpProxyAgent()
    const client = exchange.client(`${root}/${id}`)
    client.resolve = ({ bids, asks }) => {
      keep(kept, bids[0][0], bids[0][1], asks[0][0], asks[0][1], sumOfPairs(bids), sumOfPairs(asks))
    }
    const handle = timed(client.onMessage.bind(client))
    client.onMessage = (message) => {
      handle(message)
      count()
    }
    client.connected.then(() => client.send('{"op":"subscribe"}'))
    client.connect()
  }
  return { ready: undefined, warm, report: () => ({ ...kept, ...latency() }) }
}

function market(id) {
  const base = id.slice(0, -'USDT'.length)
  const kind = { type: 'swap', swap: true, spot: false, contract: true, linear: true, inverse: false, active: true }
  const precision = { price: 1e-8, amount: 1e-8 }
  return { id, lowercaseId: id.toLowerCase(), symbol: `${base}/USDT:USDT`, base, quote: 'USDT', settle: 'USDT', precision, ...kind }
}

function sumOfPairs(levels) {
  let sum = 0
  for (let i = 0; i < LEVELS && i < levels.length; i++) sum += levels[i][1]
  return sum
}

export const RECEIVERS = { bare, parsed, core, feed, tardis, ccxt }
