/** What trading costs: fees by liquidity, and how far a fill's price moves against the order. */
import { ExecutionError } from '../errors.js'
import type { Fees, Slippage } from './config.js'
import type { BookSamples } from './data.js'

/** Of one asset: times in ms UTC, `volume` is that of the bar, `direction` 1 buys and −1 sells. */
export interface SlippageModel {
  price(direction: number, price: number, quantity: number, volume: number, time: number): number
  /** Fills that a model could not price from its own source. */
  missing: number
}

export function feeOf(fees: Fees, isTaker: boolean, notional: number): number {
  return notional * (isTaker ? fees.taker : fees.maker) + fees.fixed
}

/** Errors: `BACKTEST_NO_BOOKS` where book samples are asked for and there are none. */
export function createSlippage(slippage: Slippage, asset: string, books: BookSamples | undefined): SlippageModel {
  switch (slippage.kind) {
    case 'none':
      return proportional(0)
    case 'bps':
      return proportional(slippage.bps / 10_000)
    case 'half-spread':
      return proportional(slippage.spreadBps / 20_000)
    case 'volume-share':
      return volumeShare(slippage.impact)
    case 'book-samples':
      if (books === undefined) {
        throw new ExecutionError('BACKTEST_NO_BOOKS', `There are no stored order books of ${asset} to take slippage from`, {
          suggestions: [`Store some: mts stream --symbols ${asset} --channels book`, 'Or another slippage, such as bps'],
        })
      }
      return fromBooks(books, slippage.fallbackBps / 10_000)
  }
}

function proportional(share: number): SlippageModel {
  return { missing: 0, price: (direction, price) => price * (1 + direction * share) }
}

/** The square of the share taken, as zipline's VolumeShareSlippage has it. */
function volumeShare(impact: number): SlippageModel {
  return {
    missing: 0,
    price: (direction, price, quantity, volume) => {
      const share = volume > 0 ? quantity / volume : 1
      return price * Math.max(0, 1 + direction * impact * share * share)
    },
  }
}

function fromBooks(books: BookSamples, fallback: number): SlippageModel {
  return {
    missing: 0,
    price(direction, price, quantity, _volume, time) {
      const cost = books.cost(direction > 0 ? 'buy' : 'sell', quantity, time)
      if (cost === undefined) this.missing += 1
      return price * (1 + direction * (cost ?? fallback))
    },
  }
}
