/** Symbol ↔ instrument of the spot market: `BTCUSDT`, `ETHBTC`. */
import { bareInstrument } from '../../market/instrument.js'
import { listedNames } from '../binance-shared/names.js'
import type { Symbols } from '../contract.js'

/** Most assets that futures multiply are plain here (`SHIBUSDT`). */
export const names = listedNames([
  ['1000CAT', 'CAT', 1000],
  ['1000CHEEMS', 'CHEEMS', 1000],
  ['1000SATS', 'SATS', 1000],
  ['1MBABYDOGE', 'BABYDOGE', 1_000_000],
])

/** A symbol has no separator: the longest quote that fits is taken, so `BTCFDUSD` is BTC in FDUSD. */
const SYMBOL = /^([\p{Lu}\p{Lo}\p{Nd}]+?)(FDUSD|USDT|USDC|BUSD|TUSD|BTC|ETH|BNB|EUR|TRY)$/u

export const symbols: Symbols = {
  main: (base) => `${names.listedAs(base)}USDT`,
  parse(symbol) {
    const match = SYMBOL.exec(symbol)
    if (match === null) return undefined
    const [, listed = '', quote = ''] = match
    return bareInstrument({ exchange: 'binance-spot', symbol, kind: 'spot', ...names.split(listed), quote, settle: undefined })
  },
}
