/** Symbol ↔ instrument of USD-M futures: `BTCUSDT`, `1000SHIBUSDT`, dated `BTCUSDT_261225`. */
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import { listedNames } from '../binance-shared/names.js'
import type { Symbols } from '../contract.js'

/** A table, not a pattern: in `1INCH`, `4`, `0G` and `2Z` the digits are part of the asset's own name. */
export const names = listedNames([
  ['1000BONK', 'BONK', 1000],
  ['1000BTTC', 'BTTC', 1000],
  ['1000CAT', 'CAT', 1000],
  ['1000CHEEMS', 'CHEEMS', 1000],
  ['1000FLOKI', 'FLOKI', 1000],
  ['1000LUNC', 'LUNC', 1000],
  ['1000PEPE', 'PEPE', 1000],
  ['1000RATS', 'RATS', 1000],
  ['1000SATS', 'SATS', 1000],
  ['1000SHIB', 'SHIB', 1000],
  ['1000WHY', 'WHY', 1000],
  ['1000X', 'X', 1000],
  ['1000XEC', 'XEC', 1000],
  ['1000000BOB', 'BOB', 1_000_000],
  ['1000000MOG', 'MOG', 1_000_000],
  ['1MBABYDOGE', 'BABYDOGE', 1_000_000],
])

/** Names may be of any script since 2025-10. Coin-margined ones (`BTCUSD_PERP`) are another market. */
const SYMBOL = /^([\p{Lu}\p{Lo}\p{Nd}]+)(USDT|USDC|BUSD)(?:_(\d{2})(\d{2})(\d{2}))?$/u

/** Dated contracts deliver at 08:00 UTC. */
const DELIVERY_HOUR = 8

export const symbols: Symbols = {
  main: (base) => `${names.listedAs(base)}USDT`,
  parse: parseSymbol,
}

function parseSymbol(symbol: string): Instrument | undefined {
  const match = SYMBOL.exec(symbol)
  if (match === null) return undefined
  const [, listed = '', quote = '', year, month, day] = match
  const contract = { exchange: 'binance', symbol, ...names.split(listed), quote, settle: quote }
  if (year === undefined) return bareInstrument({ ...contract, kind: 'perpetual' })
  const expiry = deliveryTime(Number(year), Number(month), Number(day))
  return expiry === undefined ? undefined : bareInstrument({ ...contract, kind: 'future', expiry })
}

/** `undefined` when there is no such day. */
function deliveryTime(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(2000 + year, month - 1, day, DELIVERY_HOUR))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined
}
