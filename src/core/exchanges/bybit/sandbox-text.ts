/** How Bybit writes the numbers and rows that its REST and its stream share. */
import type { SandboxListing, SandboxTicker, SandboxTrade } from '../sandbox-contract.js'

/** Decimals of prices and quantities, from the steps: 0.1 → 1. */
export interface Decimals {
  readonly price: number
  readonly quantity: number
}

/** Bybit's price text has one digit more than the tick needs: tick 0.10, price 84106.80. */
export function decimalsOf({ tickSize, lotSize }: SandboxListing): Decimals {
  return { price: digits(tickSize) + 1, quantity: digits(lotSize) }
}

function digits(step: number): number {
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))
}

/** Without trailing zeros, as candles are written. Never an exponent. */
export function shortText(value: number, decimals: number): string {
  const text = value.toFixed(decimals)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** A topic's `u`: 1 is left to a restart of the service, where it means a snapshot. */
export function updateId(count: number): number {
  return count + 1
}

/** A trade's id: a UUID, as on the exchange, the same over REST and the stream. */
export function tradeId({ id }: SandboxTrade): string {
  const hex = id.toString(16).padStart(16, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5000-8000-${hex.slice(4).padStart(12, '0')}`
}

export const sideText = (side: SandboxTrade['side']): 'Buy' | 'Sell' => (side === 'buy' ? 'Buy' : 'Sell')

/** Bybit's keys of a ticker with the fields that each is made of: a delta has the keys of which a field changed. */
const TICKER_KEYS: readonly (readonly [
  key: string,
  from: readonly (keyof SandboxTicker)[],
  text: (ticker: SandboxTicker, decimals: Decimals) => string,
])[] = [
  ['tickDirection', ['lastPrice'], (t) => (t.lastPrice >= t.open1h ? 'ZeroPlusTick' : 'ZeroMinusTick')],
  ['price24hPcnt', ['lastPrice', 'open24h'], (t) => shortText(t.lastPrice / t.open24h - 1, 6)],
  ['lastPrice', ['lastPrice'], (t, d) => t.lastPrice.toFixed(d.price)],
  ['prevPrice24h', ['open24h'], (t, d) => t.open24h.toFixed(d.price)],
  ['highPrice24h', ['high24h'], (t, d) => t.high24h.toFixed(d.price)],
  ['lowPrice24h', ['low24h'], (t, d) => t.low24h.toFixed(d.price)],
  ['prevPrice1h', ['open1h'], (t, d) => t.open1h.toFixed(d.price)],
  ['markPrice', ['markPrice'], (t, d) => t.markPrice.toFixed(d.price)],
  ['indexPrice', ['indexPrice'], (t, d) => t.indexPrice.toFixed(d.price)],
  ['openInterest', ['openInterest'], (t, d) => (2 * t.openInterest).toFixed(d.quantity)],
  ['openInterestValue', ['openInterest', 'markPrice'], (t) => (2 * t.openInterest * t.markPrice).toFixed(2)],
  ['turnover24h', ['quoteVolume24h'], (t) => t.quoteVolume24h.toFixed(4)],
  ['volume24h', ['volume24h'], (t, d) => t.volume24h.toFixed(Math.max(4, d.quantity))],
  ['fundingIntervalHour', ['fundingIntervalHours'], (t) => String(t.fundingIntervalHours)],
  ['fundingCap', [], () => '0.005'],
  ['singleOpenInterest', ['openInterest'], (t, d) => t.openInterest.toFixed(d.quantity)],
  ['singleOpenInterestValue', ['openInterest', 'markPrice'], (t) => (t.openInterest * t.markPrice).toFixed(2)],
  ['nextFundingTime', ['nextFundingTime'], (t) => String(t.nextFundingTime)],
  ['fundingRate', ['fundingRate'], (t) => shortText(t.fundingRate, 8)],
  ['bid1Price', ['bidPrice'], (t, d) => t.bidPrice.toFixed(d.price)],
  ['bid1Size', ['bidQuantity'], (t, d) => t.bidQuantity.toFixed(d.quantity)],
  ['ask1Price', ['askPrice'], (t, d) => t.askPrice.toFixed(d.price)],
  ['ask1Size', ['askQuantity'], (t, d) => t.askQuantity.toFixed(d.quantity)],
]

/** A ticker's keys and texts: all of them, or those that `changed` touches. */
export function tickerRow(
  listing: SandboxListing,
  ticker: SandboxTicker,
  changed?: ReadonlySet<keyof SandboxTicker>,
): Readonly<Record<string, string>> {
  const decimals = decimalsOf(listing)
  const row: Record<string, string> = { symbol: listing.symbol }
  for (const [key, from, text] of TICKER_KEYS) {
    if (changed === undefined || from.some((field) => changed.has(field))) row[key] = text(ticker, decimals)
  }
  return row
}
