import type { BookRule } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { Channel, Trade } from '../market/event.js'
import { BookMerge } from './book-merge.js'
import { CandleCopies, FieldCopies, LiquidationCopies, TradeCopies } from './copies.js'
import { type MergeCounts, SequenceMerge } from './sequence-merge.js'
import type { BookSynchroniser } from './synchroniser.js'

/** What goes on once, in order, from whichever carrier it came. */
export interface MergedOutput {
  book(update: BookUpdate): void
  trade(trade: Trade): void
}

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

  constructor(sync: BookSynchroniser, rule: BookRule, lastTradeId: number, output: MergedOutput, counts: MergeCounts) {
    this.book = new BookMerge(sync, rule, counts, (update) => output.book(update))
    this.trades = new SequenceMerge<Trade>(
      {
        lastId: (trade) => Number(trade.tradeId),
        joins: (trade, last) => Number(trade.tradeId) === last + 1,
        keep: (trade) => trade,
        pass: (trade) => output.trade(trade),
      },
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
