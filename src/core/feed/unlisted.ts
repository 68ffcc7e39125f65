import type { Exchange } from '../exchanges/contract.js'
import { bareInstrument, type Instrument } from '../market/instrument.js'

/** A name that neither the exchange's list nor its rules know: kept under its own name, so that nothing is lost. */
export function unlisted({ id, kinds }: Exchange, symbol: string): Instrument {
  const kind = kinds[0] ?? 'spot'
  const bare = bareInstrument({ exchange: id, symbol, kind, base: symbol, quote: '', settle: undefined })
  return { ...bare, pair: symbol }
}
