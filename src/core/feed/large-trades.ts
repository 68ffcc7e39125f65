import type { LargeTradeEvent, LiquidationEvent, TradeEvent } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'

/** Value in quote currency from which a trade is large: by base asset, and `default`. */
export type LargeTradeThresholds = Readonly<Record<string, number>>

/** The large trade in a trade, or `undefined`. Every liquidation counts, whatever its size: they are few, and samples already. */
export function largeTrade(
  event: TradeEvent | LiquidationEvent,
  base: Instrument['base'],
  thresholds: LargeTradeThresholds,
): LargeTradeEvent | undefined {
  const valueUsd = event.price * event.quantity
  const isLiquidation = event.type === 'liquidation'
  if (!isLiquidation && valueUsd < (thresholds[base] ?? thresholds['default'] ?? Number.POSITIVE_INFINITY)) return undefined
  const { exchange, symbol, pair, timestamp, receivedAt, tradeId, side, price, quantity } = event
  return {
    type: 'large_trade',
    exchange,
    symbol,
    pair,
    timestamp,
    receivedAt,
    tradeId,
    side,
    price,
    quantity,
    valueUsd,
    isLiquidation,
    quality: isLiquidation ? '' : event.quality,
  }
}
