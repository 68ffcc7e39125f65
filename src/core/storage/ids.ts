/** Ids made of content, so that a replay makes the same ones. */

export interface LiquidationContent {
  readonly timestamp: number
  readonly side: 'buy' | 'sell'
  readonly price: number
  readonly quantity: number
}

/** `liq-<timestamp>-<side>-<price>-<size>-<n>`; `n` counts, from 0, the equal liquidations of one instrument and ms. */
export function liquidationId({ timestamp, side, price, quantity }: LiquidationContent, n: number): string {
  return `liq-${timestamp}-${side}-${price}-${quantity}-${n}`
}
