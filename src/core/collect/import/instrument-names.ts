/** Which instrument a text means that is no exchange's own, and under which source its bars belong. */
import { coinOf } from '../../market/coins.js'

export type Market = 'spot' | 'linear' | 'inverse'

export interface NamedInstrument {
  readonly base: string
  readonly quote: string
  /** Units of `base` in one of what is quoted: 1000 for `1000PEPE`. */
  readonly multiplier: number
  readonly market: Market | undefined
  /** Without separators and suffixes, as most exchanges write it: `BTCUSDT`. */
  readonly compact: string
}

/** Where an exchange has several markets, each is a source of its own. The first is where nothing is said of the market. */
const SOURCES: Readonly<Record<string, Partial<Record<Market, string>>>> = {
  binance: { linear: 'binance', spot: 'binance-spot', inverse: 'binance-inverse' },
  bybit: { linear: 'bybit', spot: 'bybit-spot', inverse: 'bybit-inverse' },
  okx: { linear: 'okx', spot: 'okx-spot', inverse: 'okx-inverse' },
  coinbase: { spot: 'coinbase' },
  deribit: { inverse: 'deribit' },
  backpack: { linear: 'backpack', spot: 'backpack-spot' },
  kraken: { spot: 'kraken' },
  bitstamp: { spot: 'bitstamp' },
  gemini: { spot: 'gemini' },
  bitfinex: { spot: 'bitfinex' },
  hyperliquid: { linear: 'hyperliquid' },
  bitmex: { inverse: 'bitmex' },
}

export const EXCHANGE_NAMES: readonly string[] = [
  ...Object.keys(SOURCES),
  'kucoin',
  'huobi',
  'htx',
  'gateio',
  'mexc',
  'bitget',
  'ftx',
]

const QUOTES = [
  'FDUSD',
  'USDCM',
  'USDT',
  'USDC',
  'BUSD',
  'TUSD',
  'USD',
  'EUR',
  'GBP',
  'JPY',
  'KRW',
  'TRY',
  'DAI',
  'BTC',
  'ETH',
  'BNB',
]
const LINEAR = /[-_ .]?(?:PERPETUAL|PERP|SWAP)$|\.P$/

/** `BTCUSDT`, `BTC/USDT`, `BTC-USD`, `BTC/USDT:USDT`, `BTCUSDT Perpetual`, `1000PEPEUSDT`; `undefined` for what is none. */
export function readInstrument(text: string): NamedInstrument | undefined {
  const upper = text.trim().toUpperCase()
  const bare = upper.replace(LINEAR, '')
  const [pair = '', settle] = bare.split(':')
  const [, first = '', second = ''] = /^([A-Z0-9]+)[/_-]([A-Z]+)$/.exec(pair) ?? []
  const quote = second !== '' ? second : QUOTES.find((each) => pair.endsWith(each) && pair.length > each.length)
  if (quote === undefined) return undefined
  const listed = second !== '' ? first : pair.slice(0, -quote.length)
  if (!/^[A-Z0-9]+$/.test(listed)) return undefined
  const { base, multiplier } = withoutMultiplier(listed === 'XBT' ? 'BTC' : listed)
  const market = quote === 'USDCM' ? 'inverse' : marketOf(bare !== upper, settle, quote)
  return { base, quote: quote === 'USDCM' ? 'USD' : quote, multiplier, market, compact: `${listed}${quote}` }
}

export function marketNamed(text: string): Market | undefined {
  if (/(?<![a-z])spot(?![a-z])/i.test(text)) return 'spot'
  if (/(?<![a-z])(?:coin-?m|cm|inverse)(?![a-z])/i.test(text)) return 'inverse'
  return /(?<![a-z])(?:usd-?m|um|perp|perpetual|perpetuals|futures?|swap|linear)(?![a-z])/i.test(text) ? 'linear' : undefined
}

/** The source of an exchange's market; `undefined` where it has several and nothing says which. */
export function sourceOf(exchange: string, market: Market | undefined): string | undefined {
  const id = exchange.trim().toLowerCase()
  const known = SOURCES[id]
  if (known === undefined) return market === undefined || market === 'linear' ? id : `${id}-${market}`
  const all = Object.values(known)
  if (market === undefined) return all.length === 1 ? all[0] : undefined
  return known[market] ?? `${id}-${market}`
}

/** The sources that an exchange's bars may belong to. */
export function sourcesOf(exchange: string): readonly string[] {
  return Object.values(SOURCES[exchange.toLowerCase()] ?? {})
}

/** Whether an exchange's contracts that are quoted in plain USD are settled in the coin. */
export function hasInverse(exchange: string): boolean {
  return SOURCES[exchange.toLowerCase()]?.inverse !== undefined
}

function marketOf(isPerpetual: boolean, settle: string | undefined, quote: string): Market | undefined {
  if (settle !== undefined) return settle === quote ? 'linear' : 'inverse'
  return isPerpetual ? 'linear' : undefined
}

/** Only before a known coin: the digits of `1INCH` are its name. */
function withoutMultiplier(listed: string): { readonly base: string; readonly multiplier: number } {
  const [, digits = '', rest = ''] = /^(10{3,6}|1M)([A-Z]+)$/.exec(listed) ?? []
  if (digits === '' || coinOf(rest) === undefined) return { base: listed, multiplier: 1 }
  return { base: rest, multiplier: digits === '1M' ? 1_000_000 : Number(digits) }
}
