/** What can be traded, in the field's words. */
export type Kind = 'spot' | 'perpetual' | 'future'

export interface Instrument {
  /** Id of the exchange, e.g. `binance`. */
  readonly exchange: string
  /** The exchange's own name, byte for byte: `1000SHIBUSDT`. */
  readonly symbol: string
  /** The unified name, ccxt's spelling: `1000SHIB/USDT:USDT`. The same for the same contract on every exchange. */
  readonly pair: string
  readonly kind: Kind
  /** The asset itself, without a multiplier: `SHIB`. */
  readonly base: string
  readonly quote: string
  /** The currency of profit and loss; `undefined` for spot. */
  readonly settle: string | undefined
  /** How many units of `base` one unit of quantity stands for: 1000 for `1000SHIBUSDT`, else 1. */
  readonly multiplier: number
  /** Delivery time of a dated future in ms UTC. */
  readonly expiry: number | undefined
  /** Smallest price step in quote currency; `undefined` until the exchange's list of instruments was read. */
  readonly tickSize: number | undefined
  /** Smallest quantity step. */
  readonly lotSize: number | undefined
  /** Smallest order in quote currency. */
  readonly minNotional: number | undefined
  /** Hours between two funding payments at present; it changes. `undefined` where not known or not a perpetual. */
  readonly fundingIntervalHours: number | undefined
  /** Open for trading; `undefined` until the list of instruments was read. */
  readonly isTrading: boolean | undefined
}

/** What a symbol's text alone tells; the rest comes from the exchange's list of instruments. */
export function bareInstrument(
  parts: Pick<Instrument, 'exchange' | 'symbol' | 'kind' | 'base' | 'quote' | 'settle'> &
    Partial<Pick<Instrument, 'multiplier' | 'expiry'>>,
): Instrument {
  const multiplier = parts.multiplier ?? 1
  const { exchange, symbol, kind, base, quote, settle, expiry } = parts
  const pair = formatPair({ base, quote, settle, multiplier, expiry })
  return {
    exchange,
    symbol,
    pair,
    kind,
    base,
    quote,
    settle,
    multiplier,
    expiry,
    tickSize: undefined,
    lotSize: undefined,
    minNotional: undefined,
    fundingIntervalHours: undefined,
    isTrading: undefined,
  }
}

type PairParts = Pick<Instrument, 'base' | 'quote' | 'settle' | 'multiplier' | 'expiry'>

/** `BTC/USD` spot, `1000SHIB/USDT:USDT` perpetual, `BTC/USD:BTC-261225` dated future. */
function formatPair({ base, quote, settle, multiplier, expiry }: PairParts): string {
  const coin = multiplier === 1 ? base : `${multiplier}${base}`
  const spot = `${coin}/${quote}`
  if (settle === undefined) return spot
  return expiry === undefined ? `${spot}:${settle}` : `${spot}:${settle}-${yymmdd(expiry)}`
}

function yymmdd(ms: number): string {
  return new Date(ms).toISOString().slice(2, 10).replaceAll('-', '')
}
