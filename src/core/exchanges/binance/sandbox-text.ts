/** How USD-M futures writes numbers that its REST and its streams share. */
import { DAY_MS } from '../../market/time.js'
import { digits, type Texts } from '../binance-shared/sandbox.js'
import type { SandboxCandle, SandboxListing, SandboxTicker } from '../sandbox-contract.js'

/** Prices have two decimals at least: tick 0.10, price 84106.90. */
export function priceDecimals({ tickSize }: SandboxListing): number {
  return Math.max(2, digits(tickSize))
}

export function textsOf(listing: SandboxListing): Texts {
  const price = priceDecimals(listing)
  const quantity = digits(listing.lotSize)
  return { price: (value) => value.toFixed(price), quantity: (value) => value.toFixed(quantity) }
}

export function markText(price: number): string {
  return price.toFixed(8)
}

export function rateText(rate: number): string {
  return rate.toFixed(8)
}

export function candleTexts(candle: SandboxCandle, listing: SandboxListing) {
  const { price, quantity } = textsOf(listing)
  // A product has the decimals of both factors.
  const value = (amount: number) => amount.toFixed(priceDecimals(listing) + digits(listing.lotSize))
  return {
    open: price(candle.open),
    high: price(candle.high),
    low: price(candle.low),
    close: price(candle.close),
    volume: quantity(candle.volume),
    quoteVolume: value(candle.quoteVolume),
    takerVolume: quantity(candle.takerVolume),
    takerQuoteVolume: value(candle.takerQuoteVolume),
  }
}

/** The 24 h ticker; trade ids are counted from 1. */
export function statisticsTexts(ticker: SandboxTicker, listing: SandboxListing) {
  const { price, quantity } = textsOf(listing)
  const { lastPrice, open24h, volume24h, quoteVolume24h } = ticker
  return {
    priceChange: price(lastPrice - open24h),
    priceChangePercent: (open24h > 0 ? (lastPrice / open24h - 1) * 100 : 0).toFixed(3),
    weightedAvgPrice: price(volume24h > 0 ? quoteVolume24h / volume24h : lastPrice),
    lastPrice: price(lastPrice),
    lastQty: quantity(ticker.lastQuantity),
    openPrice: price(open24h),
    highPrice: price(ticker.high24h),
    lowPrice: price(ticker.low24h),
    volume: quantity(volume24h),
    quoteVolume: quoteVolume24h.toFixed(2),
    openTime: (closeTime: number) => Math.floor((closeTime - DAY_MS) / 60_000) * 60_000,
    firstId: 1,
    lastId: ticker.trades24h,
    count: ticker.trades24h,
  }
}
