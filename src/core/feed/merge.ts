import type { BookRule } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { Channel, Trade } from '../market/event.js'
import { BookMerge } from './book-merge.js'
import type { CarrierDelays } from './carrier-delays.js'
import { CandleCopies, FieldCopies, LiquidationCopies, TradeCopies } from './copies.js'
import type { MarketState } from './market-state.js'
import { type MergeCounts, SequenceMerge } from './sequence-merge.js'

/** What goes on once, in order, from whichever carrier it came. */
export interface MergedOutput {
  book(update: BookUpdate): void
  trade(trade: Trade): void
}

/** What all merges of an exchange share. */
export interface MergeShared {
  readonly output: MergedOutput
  readonly delays: CarrierDelays
  readonly counts: MergeCounts
}

/** Bytes of a trade that waits, about. */
const TRADE_BYTES = 400

/**
 * A carrier that stays may be behind the one that goes: so long after there was more than one, in µs of the records' stamps, what
 * it repeats is still known.
 */
const AFTERMATH_US = 60_000_000

/** Makes one of what several connections bring of one instrument. There is none while each channel has one connection. */
export class Merge {
  readonly book: BookMerge
  /** Trades whose ids count one by one. */
  readonly trades: SequenceMerge<Trade>
  readonly tradeIds = new TradeCopies()
  readonly ticker = new FieldCopies()
  readonly funding = new FieldCopies()
  readonly openInterest = new FieldCopies()
  readonly candles = new CandleCopies()
  readonly liquidations = new LiquidationCopies()
  /** Stamp in µs after which nothing is merged any longer. */
  endsAt = Number.POSITIVE_INFINITY

  /** `lastTradeId`: −1 where there is none, or ids of trades do not count. */
  constructor({ sync, tradeHoles }: MarketState, rule: BookRule, lastTradeId: number, shared: MergeShared) {
    const { output, delays, counts } = shared
    this.book = new BookMerge(sync, rule, shared, (update) => output.book(update))
    this.trades = new SequenceMerge<Trade>(
      {
        lastId: (trade) => Number(trade.tradeId),
        joins: (trade, last) => Number(trade.tradeId) === last + 1,
        keep: (trade) => trade,
        bytes: () => TRADE_BYTES,
        isMissing: (trade) => tradeHoles.isMissing(Number(trade.tradeId)),
        pass: (trade) => output.trade(trade),
      },
      delays,
      counts,
    )
    this.trades.reset(lastTradeId)
  }

  /** From `stamp` on each channel has one connection again. */
  end(stamp: number): void {
    this.endsAt = stamp + AFTERMATH_US
  }

  /** Stamp in µs at which something that is held waits no longer. */
  get due(): number {
    return Math.min(this.book.sequence.due, this.trades.due)
  }

  sequence(channel: Channel): { readonly due: number } | undefined {
    return channel === 'book' ? this.book.sequence : channel === 'trades' ? this.trades : undefined
  }

  /** A connection is gone, or begins anew: its next messages do not continue its last ones. */
  forget(connection: number): void {
    this.book.sequence.forget(connection)
    this.trades.forget(connection)
  }
}
