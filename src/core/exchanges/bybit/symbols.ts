/** Bybit's linear names: `BTCUSDT`, `SHIB1000USDT`, `BTCPERP` (USDC), `BTCUSDT-26DEC25` and `BTC-26DEC25` (USDC) dated. */
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import type { Symbols } from '../contract.js'

/**
 * Coins that are quoted by the thousand or more. A table, because no rule can tell `1000CAT` (1000 × CAT) from `1INCH`, `4`, `0G`
 * or `2Z`, which are names. A coin that is missing here is taken for a name; its pair reads the same all the same.
 */
const MULTIPLIED: readonly (readonly [coin: string, base: string, multiplier: number])[] = [
  ['SHIB1000', 'SHIB', 1000],
  ['1000APU', 'APU', 1000],
  ['1000BONK', 'BONK', 1000],
  ['1000BTT', 'BTT', 1000],
  ['1000CAT', 'CAT', 1000],
  ['1000FLOKI', 'FLOKI', 1000],
  ['1000LUNC', 'LUNC', 1000],
  ['1000NEIROCTO', 'NEIROCTO', 1000],
  ['1000PEPE', 'PEPE', 1000],
  ['1000RATS', 'RATS', 1000],
  ['1000TAG', 'TAG', 1000],
  ['1000TOSHI', 'TOSHI', 1000],
  ['1000TURBO', 'TURBO', 1000],
  ['1000X', 'X', 1000],
  ['1000XEC', 'XEC', 1000],
  ['10000ELON', 'ELON', 10_000],
  ['10000LADYS', 'LADYS', 10_000],
  ['10000NEX', 'NEX', 10_000],
  ['10000NFT', 'NFT', 10_000],
  ['10000QUBIC', 'QUBIC', 10_000],
  ['10000SATS', 'SATS', 10_000],
  ['10000WEN', 'WEN', 10_000],
  ['1000000BABYDOGE', 'BABYDOGE', 1_000_000],
  ['1000000CHEEMS', 'CHEEMS', 1_000_000],
  ['1000000MOG', 'MOG', 1_000_000],
]

const BY_COIN = new Map(MULTIPLIED.map(([coin, base, multiplier]) => [coin, { base, multiplier }]))
const COIN_OF = new Map(
  MULTIPLIED.flatMap(([coin, base, multiplier]) => [[base, coin] as const, [`${multiplier}${base}`, coin] as const]),
)

/** Any script that has no lower case is a name too: exchanges list coins with Chinese names. */
const PERPETUAL = /^([\p{Lu}\p{Lo}\p{Nd}]+?)(USDT|PERP)$/u
const DATED = /^([\p{Lu}\p{Lo}\p{Nd}]+?)(USDT)?-(\d{1,2})([A-Z]{3})(\d{2})$/u

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC']
/** Dated contracts deliver at 08:00 UTC. */
const DELIVERY_HOUR = 8

/** The asset and the multiplier behind a `baseCoin` of Bybit's: `SHIB1000` → SHIB × 1000. */
export function splitCoin(coin: string): { readonly base: string; readonly multiplier: number } {
  return BY_COIN.get(coin) ?? { base: coin, multiplier: 1 }
}

export const symbols: Symbols = {
  main(base) {
    const asset = base.toUpperCase()
    return `${COIN_OF.get(asset) ?? asset}USDT`
  },
  parse: (symbol) => parsePerpetual(symbol) ?? parseDated(symbol),
}

function parsePerpetual(symbol: string): Instrument | undefined {
  const [, coin, suffix] = PERPETUAL.exec(symbol) ?? []
  if (coin === undefined) return undefined
  const quote = suffix === 'PERP' ? 'USDC' : 'USDT'
  return bareInstrument({ exchange: 'bybit', symbol, kind: 'perpetual', ...splitCoin(coin), quote, settle: quote })
}

function parseDated(symbol: string): Instrument | undefined {
  const [, coin, tether, day, month, year] = DATED.exec(symbol) ?? []
  if (coin === undefined) return undefined
  const monthIndex = MONTHS.indexOf(month ?? '')
  const expiry = Date.UTC(2000 + Number(year), monthIndex, Number(day), DELIVERY_HOUR)
  // Date.UTC lets the 31st of a short month run over into the next.
  if (monthIndex < 0 || new Date(expiry).getUTCDate() !== Number(day)) return undefined
  const quote = tether ?? 'USDC'
  return bareInstrument({ exchange: 'bybit', symbol, kind: 'future', ...splitCoin(coin), quote, settle: quote, expiry })
}
