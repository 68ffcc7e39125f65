/** The simulated market: every exchange's instruments, moved on together in steps of 20 ms. */
import { BugError } from '../../errors.js'
import type { SandboxExchange, SandboxLevel, SandboxMarket } from '../../exchanges/sandbox-contract.js'
import { MINUTE_MS } from '../../market/time.js'
import { ASSETS, extraAssets } from './assets.js'
import { bookAtId } from './book.js'
import { candlesBetween } from './candles.js'
import { fundingBetween, openInterestBetween } from './derivatives.js'
import { dislocationIn } from './dislocation.js'
import { createInstrument, type MarketInstrument } from './instrument.js'
import {
  advanceInstrument,
  engineIdAt,
  type LiveInstrument,
  levelsOf,
  recentTrades,
  restartInstrument,
  startInstrument,
  tickerOf,
  timeOf,
} from './live-instrument.js'
import { type AssetPath, assetPath, marketWalk } from './path.js'
import { STEP_MS, stepAt } from './time.js'

/** A longer leap (a clock that jumped, a machine that slept) is not walked through. */
const LONGEST_WALK_STEPS = 3_000
const KEPT_CHANGES = 8_192

export interface MarketOptions {
  readonly seed: number
  readonly startMs: number
  readonly exchanges: readonly Pick<SandboxExchange, 'id' | 'list'>[]
  /** Synthetic assets beyond the usual ones, for load tests. */
  readonly extraAssets?: number
  /** ms that it moves on at once, a multiple of 20; what would have happened in between does not. */
  readonly stepMs?: number
  /** Changes of each book that can be gone back by; 8 192 when not given. */
  readonly keptChanges?: number
}

/** A planted moment at which one exchange's price stands apart from the others'. */
export interface ArbitrageMoment {
  readonly base: string
  /** Where the asset is dear (sell there) or cheap (buy there). */
  readonly exchange: string
  readonly symbol: string
  readonly isDear: boolean
  /** ms, half open. */
  readonly from: number
  readonly to: number
  /** Distance from the asset's furthest price of that minute; offsets, ticks and spreads take a few bps of it. */
  readonly edgeBps: number
}

export interface ExactBook {
  readonly lastId: number
  readonly bids: readonly SandboxLevel[]
  readonly asks: readonly SandboxLevel[]
}

export interface Market {
  /** Time of the newest step. */
  readonly now: number
  readonly instruments: readonly MarketInstrument[]
  has(exchange: string, symbol: string): boolean
  /** Throws `BugError` for what is not listed, as `live` and `book` do. */
  instrument(exchange: string, symbol: string): MarketInstrument
  /** The instrument with its book running from now on. */
  live(exchange: string, symbol: string): LiveInstrument
  /** Walks to a time, step by step; `stepped` is called after each step with its time. Never goes back. */
  advanceTo(timeMs: number, stepped: () => void): void
  /** What one exchange may know of it. */
  view(exchange: string): SandboxMarket
  /** The exact levels at an engine id (the newest when not given); `undefined` when it is not remembered any more. */
  book(exchange: string, symbol: string, atEngineId?: number): ExactBook | undefined
  /** The exact levels as they were at a time; the oldest that are remembered where that is too long ago. */
  bookAt(exchange: string, symbol: string, timeMs: number): ExactBook
  /** Planted moments that begin in `from <= time < to`, oldest first. */
  arbitrage(from: number, to: number): ArbitrageMoment[]
}

export function createMarket(options: MarketOptions): Market {
  const { paths, instruments } = listEverything(options)
  const bySymbol = new Map(instruments.map((instrument) => [nameOf(instrument.exchange, instrument.symbol), instrument]))
  const running = new Map<string, LiveInstrument>()
  const keptChanges = options.keptChanges ?? KEPT_CHANGES
  const stride = Math.max(1, Math.round((options.stepMs ?? STEP_MS) / STEP_MS))
  let newest = Math.floor(options.startMs / STEP_MS)

  const instrumentOf = (exchange: string, symbol: string): MarketInstrument => {
    const found = bySymbol.get(nameOf(exchange, symbol))
    if (found === undefined) throw new BugError(`The simulated ${exchange} does not list ${symbol}`)
    return found
  }

  const live = (exchange: string, symbol: string): LiveInstrument => {
    const name = nameOf(exchange, symbol)
    const known = running.get(name)
    if (known !== undefined) return known
    const started = startInstrument(instrumentOf(exchange, symbol), stepAt(newest * STEP_MS), keptChanges)
    running.set(name, started)
    return started
  }

  const market: Market = {
    get now() {
      return newest * STEP_MS
    },
    instruments,
    has: (exchange, symbol) => bySymbol.has(nameOf(exchange, symbol)),
    instrument: instrumentOf,
    live,
    advanceTo(timeMs, stepped) {
      const target = Math.floor(timeMs / STEP_MS)
      if (target - newest > LONGEST_WALK_STEPS) {
        newest = target
        for (const instrument of running.values()) restartInstrument(instrument, stepAt(newest * STEP_MS))
        stepped()
      }
      while (newest + stride <= target) {
        newest += stride
        const at = stepAt(newest * STEP_MS)
        for (const instrument of running.values()) advanceInstrument(instrument, at)
        stepped()
      }
    },
    view: (exchange) => marketView(market, exchange),
    book(exchange, symbol, atEngineId) {
      const { book, instrument } = live(exchange, symbol)
      const lastId = atEngineId ?? book.lastId
      const sides = bookAtId(book, lastId)
      if (sides === undefined) return undefined
      return { lastId, bids: levelsOf(sides.bids, instrument, 0), asks: levelsOf(sides.asks, instrument, 0) }
    },
    bookAt(exchange, symbol, timeMs) {
      const at = market.book(exchange, symbol, engineIdAt(live(exchange, symbol), timeMs))
      if (at === undefined) throw new BugError(`${exchange} ${symbol}: no book at ${timeMs}`)
      return at
    },
    arbitrage: (from, to) => paths.flatMap((path) => momentsOf(path, instruments, from, to)).sort((a, b) => a.from - b.from),
  }
  return market
}

/** Every asset on every exchange that lists it. */
function listEverything({ seed, exchanges, extraAssets: extra = 0 }: MarketOptions) {
  const walk = marketWalk(seed)
  const paths = [...ASSETS, ...extraAssets(seed, extra)].map((asset) => assetPath(seed, asset, walk))
  const instruments = paths.flatMap((path) => {
    const listed = exchanges.flatMap(({ id, list }) => {
      const listing = list(path.asset)
      return listing === undefined ? [] : [{ id, listing }]
    })
    return listed.map(({ id, listing }, place) => createInstrument(id, listing, path, place, listed.length))
  })
  return { paths, instruments }
}

function marketView(market: Market, exchange: string): SandboxMarket {
  const listings = market.instruments
    .filter((instrument) => instrument.exchange === exchange)
    .map(({ listing, path }) => ({ ...listing, base: path.asset.base }))
  const live = (symbol: string) => market.live(exchange, symbol)
  return {
    get now() {
      return market.now
    },
    listings,
    has: (symbol) => market.has(exchange, symbol),
    book(symbol, depth) {
      const { book, instrument, at } = live(symbol)
      const bids = levelsOf(book.bids, instrument, depth)
      const asks = levelsOf(book.asks, instrument, depth)
      return { lastId: book.lastId, timestamp: timeOf(at), bids, asks, count: 1 }
    },
    ticker: (symbol) => tickerOf(live(symbol)),
    trades: (symbol, limit) => recentTrades(live(symbol), limit),
    candles(symbol, intervalMs, from, to) {
      const { instrument, sums } = live(symbol)
      return candlesBetween(instrument, intervalMs, from, to, sums)
    },
    fundingHistory: (symbol, from, to) => fundingBetween(market.instrument(exchange, symbol), from, to, market.now),
    openInterestHistory: (symbol, periodMs, from, to) =>
      openInterestBetween(market.instrument(exchange, symbol), periodMs, from, to, market.now),
  }
}

function momentsOf(path: AssetPath, instruments: readonly MarketInstrument[], from: number, to: number): ArbitrageMoment[] {
  const listed = instruments.filter((instrument) => instrument.path === path)
  const moments: ArbitrageMoment[] = []
  for (let minute = Math.floor(from / MINUTE_MS); minute * MINUTE_MS < to; minute++) {
    const moved = dislocationIn(path, listed.length, minute)
    const where = listed[moved?.place ?? -1]
    if (moved === undefined || where === undefined) continue
    const begin = minute * MINUTE_MS + moved.from * STEP_MS
    const end = minute * MINUTE_MS + moved.to * STEP_MS
    if (begin < from || begin >= to) continue
    const { exchange, symbol } = where
    const edgeBps = Math.abs(moved.shift) * 10_000
    moments.push({ base: path.asset.base, exchange, symbol, isDear: moved.shift > 0, from: begin, to: end, edgeBps })
  }
  return moments
}

function nameOf(exchange: string, symbol: string): string {
  return `${exchange} ${symbol}`
}
