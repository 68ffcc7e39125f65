/**
 * What the detector of cross-exchange opportunities is told and what it tells. Prices in quote currency of one unit of the asset
 * (a contract of a thousand is divided), quantities in units of the asset, times in ms of our clock unless named otherwise.
 */
import type { OrderBook } from '../../book/order-book.js'
import type { Level } from '../../market/event.js'
import type { Instrument } from '../../market/instrument.js'

/** One instrument of one exchange with its book, as the feed keeps it. */
export interface ArbitrageMarket {
  /** Looked at anew each time: the list of instruments may come later. */
  readonly state: {
    readonly instrument: Instrument
    readonly sync: {
      /** `undefined` while the book cannot be trusted. */
      readonly book: OrderBook | undefined
      /** Receive stamp of the newest update, µs. */
      readonly stamp: number
      /** Exchange's time of it, ms; 0: none given. */
      readonly timestamp: number
    }
  }
  /** Fraction of the notional that a taker pays. */
  readonly takerFee: number
  /** Smallest receive time − exchange time of late. */
  readonly offset: { readonly ms: number | undefined }
}

/** Why an opportunity by price is not reported. */
export const GATES = ['unreadable', 'age', 'skew', 'depth', 'not-trading', 'deviation', 'too-small'] as const
export type Gate = (typeof GATES)[number]

export interface ArbitrageSettings {
  /** Net profit / notional of the bought leg · 10 000 that has to be left over the whole size. */
  readonly minProfitBps: number
  /** Largest notional of the bought leg, in its quote currency. */
  readonly maxNotional: number
  readonly maxAgeMs: number
  readonly maxSkewMs: number
  /** Largest distance of a mid from the median of the comparable mids. */
  readonly maxDeviationBps: number
  /** How long an order takes from here to the exchange. */
  readonly latencyMs: number
  /** Spot against perpetual or future: labelled basis. */
  readonly isCrossKind: boolean
  /** Quote currencies that are converted into each other by a book of their own. */
  readonly isCrossQuote: boolean
}

export const DEFAULT_ARBITRAGE: ArbitrageSettings = {
  minProfitBps: 5,
  maxNotional: 10_000,
  maxAgeMs: 500,
  maxSkewMs: 100,
  maxDeviationBps: 200,
  latencyMs: 50,
  isCrossKind: false,
  isCrossQuote: false,
}

/** `spread`: the same thing at two prices. `basis`: two things whose prices are tied (spot and perpetual). */
export type OpportunityType = 'spread' | 'basis'

/** One leg at the moment of a finding. */
export interface FoundLeg {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  /** Of the book that was walked. */
  readonly sequence: number
  /** Receive stamp of that book, µs: with the sequence it names the book in a journal. */
  readonly stamp: number
  /** Exchange's time, ms; `null`: none given. */
  readonly timestamp: number | null
  readonly ageMs: number
  readonly bestPrice: number
  readonly vwap: number
  readonly worstPrice: number
  /** Price · quantity in the leg's own quote currency. */
  readonly notional: number
  /** In the leg's own quote currency. */
  readonly fee: number
  readonly takerFee: number
  /** Levels that were touched, best first, as the exchange tells them: [price, quantity]. */
  readonly levels: readonly Level[]
}

/** What could be taken at one moment. Money is in the quote currency of the bought leg. */
export interface Finding {
  /** ms. */
  readonly at: number
  readonly buy: FoundLeg
  readonly sell: FoundLeg
  readonly quantity: number
  /** Of both legs and of the conversion, if any. */
  readonly fees: number
  readonly netProfit: number
  readonly netBps: number
  /** Best bid over best ask, before fees. */
  readonly grossBps: number
  /** What has to be there on both sides: cost of what is bought, value of what is sold. */
  readonly capital: number
  readonly skewMs: number
  /** Quote of the sold leg → quote of the bought leg, fee included; 1 without conversion. */
  readonly conversionRate: number
  readonly endedBy: WalkEnd
  /** 0 to 1, see docs/numbers.md. */
  readonly confidence: number
  /** Standard deviation of both mids over the time that the order takes and the books are old. */
  readonly riskBps: number
  /** confidence · netBps − (1 − confidence) · riskBps. */
  readonly scoreBps: number
}

/** Why the walk went no further. */
export type WalkEnd = 'margin' | 'average' | 'size' | 'depth'

/** `price`: nothing is left. A gate: it could not be told any longer whether anything is left. `end`: the run ended. */
export type CloseReason = 'price' | Gate | 'end'

export interface Opportunity {
  /** From content: a replay makes the same one. */
  readonly id: string
  readonly type: OpportunityType
  readonly base: string
  readonly quote: string
  readonly openedAt: number
  readonly opened: Finding
  readonly peak: Finding
}

export interface ClosedOpportunity extends Opportunity {
  /** The last moment at which it was known to be there. */
  readonly closedAt: number
  readonly closedBy: CloseReason
  readonly lifeMs: number
  /** Net profit that was left so many ms after the opening, 0 when it was over. */
  readonly captured: readonly { readonly lateMs: number; readonly netProfit: number }[]
  /** Something was left when an order sent at the opening would have arrived. */
  readonly isFeasible: boolean
  /** By the exchanges' own times the two prices never stood at once; `null`: an exchange gives no time. */
  readonly isPhantom: boolean | null
}
