import { StrategyError } from '../../errors.js'
import type { BookSignal } from '../../strategies/book-contract.js'
import { BOOK_SIGNAL_FIELDS, faultOfSignal } from '../intent-faults.js'
import type { Market } from './market.js'
import type { Markets } from './markets.js'

/** A signal with the market that it is of, as the run knows it. */
export interface Saying {
  readonly signal: BookSignal
  readonly market: Market
}

/** Errors: `BACKTEST_BAD_SIGNAL` for what cannot be, or is of an instrument that is not there. */
export function sayingOf(signal: BookSignal, markets: Markets): Saying {
  const fault = faultOfSignal(signal, BOOK_SIGNAL_FIELDS) ?? faultOfQuantity(signal)
  if (fault !== undefined) throw new StrategyError('BACKTEST_BAD_SIGNAL', `its signal cannot be: ${fault}`)
  const market = markets.named(signal.market.name)
  if (market !== undefined) return { signal, market }
  throw new StrategyError('BACKTEST_BAD_SIGNAL', `its signal is of ${signal.market.name}, which is not there`)
}

function faultOfQuantity({ signal, quantity }: BookSignal): string | undefined {
  if (quantity === undefined || signal === 'flat') return undefined
  return quantity > 0 && Number.isFinite(quantity) ? undefined : `quantity ${quantity} is no number above 0`
}
