import { nearest, UsageError } from '../errors.js'
import type { Instrument } from '../market/instrument.js'
import type { Exchange } from './contract.js'

/**
 * The exchange's symbol for what the user typed: a base asset (its main contract), a symbol or a pair, in any case. `listed` is
 * the exchange's list; while it is empty (the exchange could not be asked) names are taken by its rules alone. Throws
 * `UsageError` with the nearest names when there is none, or several.
 */
export function resolveSymbol(exchange: Exchange, listed: ReadonlyMap<string, Instrument>, name: string): string {
  const wanted = name.toUpperCase()
  if (listed.size === 0) return exchange.symbols.parse(wanted)?.symbol ?? exchange.symbols.main(wanted)
  const exact = listed.get(name) ?? listed.get(wanted)
  if (exact !== undefined) return exact.symbol
  const instruments = [...listed.values()]
  const same = instruments.filter((each) => each.symbol.toUpperCase() === wanted || each.pair.toUpperCase() === wanted)
  if (same.length > 0) return only(exchange, name, same)
  const main = listed.get(exchange.symbols.main(wanted))
  if (main !== undefined) return main.symbol
  const ofBase = instruments.filter((each) => each.base.toUpperCase() === wanted && each.isTrading !== false)
  if (ofBase.length > 0) return only(exchange, name, ofBase)
  const near = nearest(name, candidates(instruments, name.includes('/')))
  throw new UsageError('USAGE_UNKNOWN_SYMBOL', `Unknown symbol on ${exchange.id}: ${name}`, {
    suggestions: [
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : 'Give a base asset (BTC), a symbol (BTCUSDT) or a pair (BTC/USDT:USDT)',
    ],
  })
}

function only(exchange: Exchange, name: string, found: readonly Instrument[]): string {
  const [first] = found
  if (first !== undefined && found.length === 1) return first.symbol
  throw new UsageError('USAGE_AMBIGUOUS_SYMBOL', `Several instruments of ${exchange.id} are called ${name}`, {
    suggestions: [
      `Give one of ${found
        .slice(0, 6)
        .map((each) => each.pair)
        .join(', ')}`,
    ],
  })
}

/** Who typed `BTC/USDT` wants a pair. */
function candidates(instruments: readonly Instrument[], isPair: boolean): Set<string> {
  return new Set(instruments.flatMap(({ base, symbol, pair }) => (isPair ? [pair] : [base, symbol])))
}
