import type { Exchange, HttpRequest } from '../exchanges/contract.js'
import type { StatusName, Trade } from '../market/event.js'
import type { Coverage } from './coverage.js'
import type { Track } from './coverage-track.js'
import type { MarketState } from './market-state.js'
import type { HoleEnd } from './trade-holes.js'
import { wholeId } from './trade-ids.js'
import type { OverlapEnd } from './trade-overlap.js'
import { isPlausibleTrade } from './validation.js'

export interface RepairWorld {
  /** Something is to be asked for: see `repairRequest`. */
  ask(symbol: string): void
  tell(symbol: string, status: StatusName, detail: string): void
  publish(state: MarketState, trade: Trade, quality: string): void
}

/** What the missing trades of an instrument can be asked for by next, and a key that moves on when the answer brought something. */
export function repairRequest(
  { rest }: Exchange,
  { instrument: { symbol }, tradeHoles, tradeOverlap }: MarketState,
): { readonly request: HttpRequest; readonly key: number } | undefined {
  const from = tradeHoles.next?.from
  if (from !== undefined && rest.tradesFrom !== undefined)
    return { request: rest.tradesFrom.request({ symbol, fromId: from }), key: from }
  const at = tradeOverlap.next?.last.receivedAt
  return at === undefined || rest.recentTrades === undefined
    ? undefined
    : { request: rest.recentTrades.request({ symbol }), key: at }
}

/**
 * Fetches trades that were missed: by id where ids count one by one, else by overlap with a list of recent trades. What becomes
 * of each loss is told as a status and in its row of coverage.
 */
export class TradeRepair {
  readonly #exchange: Exchange
  readonly #coverage: Coverage
  readonly #world: RepairWorld

  constructor(exchange: Exchange, coverage: Coverage, world: RepairWorld) {
    this.#exchange = exchange
    this.#coverage = coverage
    this.#world = world
  }

  /** Ids between these two are missing; `rowAt` is the start of the row that says so. */
  hole(state: MarketState, lastId: number, nextId: number, rowAt: number): void {
    const { name, rest } = this.#exchange
    const { tradeHoles, instrument } = state
    this.#endHole(state, tradeHoles.open({ lastId, nextId, rowAt }, rest.tradesFrom ? undefined : `${name} gives none by id`))
    if (tradeHoles.next !== undefined) this.#world.ask(instrument.symbol)
  }

  /**
   * Takes a trade of the stream. False: it was told before, by the stream or as one that was fetched. Ids that fall while time goes
   * on are counted anew by the exchange.
   */
  admit({ tradeHoles, tradeOverlap, newestTradeAt }: MarketState, track: Track, { tradeId, timestamp }: Trade): boolean {
    if (!track.hasIds) return !tradeOverlap.knows(tradeId)
    const id = wholeId(tradeId)
    if (id === undefined || id > track.lastId || tradeHoles.cameLate(id)) return true
    if (timestamp <= newestTradeAt) return false
    track.lastId = id
    return true
  }

  /** A trade of the stream, before coverage hears of it. */
  saw(state: MarketState, track: Track, trade: Trade, receivedAt: number): void {
    if (track.hasIds || this.#exchange.rest.recentTrades === undefined) return
    const { span } = track
    const rowAt = span?.state === 'gap' || span?.state === 'stale' ? span.startedAt : undefined
    if (state.tradeOverlap.saw(trade, receivedAt, rowAt)) this.#world.ask(trade.symbol)
  }

  /** Trades by id, or a list of recent ones, that were asked for. They come late, and in order among themselves. */
  answer(state: MarketState, rows: readonly Trade[], isById: boolean): void {
    if (isById) {
      const { trades, end } = state.tradeHoles.fill(rows)
      this.#publish(state, trades)
      this.#endHole(state, end)
      return
    }
    const { trades, end } = state.tradeOverlap.fill(rows)
    this.#publish(state, trades)
    this.#endStretch(state, end)
  }

  failed(state: MarketState, reason: string, isById: boolean): void {
    if (isById) this.#endHole(state, state.tradeHoles.failed(reason))
    else this.#endStretch(state, state.tradeOverlap.failed(reason))
  }

  /** Nobody asks any more. */
  abandon(state: MarketState, reason: string): void {
    for (const end of state.tradeHoles.abandon(reason)) this.#endHole(state, end)
    this.#endStretch(state, state.tradeOverlap.abandon(reason))
  }

  #publish(state: MarketState, trades: readonly Trade[]): void {
    for (const trade of trades) {
      const quality = isPlausibleTrade(trade.price, trade.quantity) ? 'backfilled' : 'backfilled,outlier'
      this.#world.publish(state, trade, quality)
    }
  }

  #endHole(state: MarketState, end: HoleEnd | undefined): void {
    if (end === undefined) return
    const { symbol } = state.instrument
    this.#world.tell(symbol, end.isWhole ? 'repaired' : 'unrepaired', end.detail)
    this.#coverage.rows.mended(this.#coverage.track('trades', symbol), { ...end, isProven: true, hasMissed: true })
  }

  #endStretch(state: MarketState, end: OverlapEnd | undefined): void {
    if (end === undefined) return
    const { symbol } = state.instrument
    const { stretch, isWhole, found, detail } = end
    const { rowAt, last, first } = stretch
    // Nothing was known to be missing, and nothing was.
    if (rowAt === undefined && isWhole && found === 0) return
    this.#world.tell(symbol, isWhole ? 'repaired' : 'unrepaired', detail)
    const track = this.#coverage.track('trades', symbol)
    if (rowAt !== undefined) this.#coverage.rows.mended(track, { rowAt, isWhole, isProven: false, hasMissed: found > 0, detail })
    else if (found > 0) this.#coverage.rows.found(track, last.receivedAt, first.receivedAt, { isWhole, detail })
  }
}
