import { checkFields } from '../output/fields.js'

/** Every field that an event line can have, for `--fields` and as the columns of CSV. The order is the one of the columns. */
const COMMON = ['type', 'exchange', 'symbol', 'pair', 'timestamp', 'received_at']
const BOOK = ['sequence', 'bids', 'asks', 'quality']
const SPREAD = [
  'bid_price',
  'bid_quantity',
  'ask_price',
  'ask_quantity',
  'mid_price',
  'spread_absolute',
  'spread_percentage',
  'spread_bps',
]
const TRADE = ['trade_id', 'price', 'quantity', 'side', 'is_block', 'value_usd', 'is_liquidation', 'liquidated']
const TICKER = [
  'last_price',
  'mark_price',
  'index_price',
  'open_24h',
  'high_24h',
  'low_24h',
  'volume_24h',
  'quote_volume_24h',
  'change_24h',
]
const DERIVATIVE = [
  'kind',
  'funding_rate',
  'predicted_rate',
  'funding_time',
  'interval_hours',
  'open_interest',
  'open_interest_usd',
]
const CANDLE = ['interval', 'open', 'high', 'low', 'close', 'volume', 'quote_volume', 'trades', 'is_closed']
const STRUCTURE = [
  'microprice',
  'imbalance5',
  'imbalance_10bps',
  'bid_slope',
  'ask_slope',
  'liquidity_score',
  'order_flow',
  'bought_quantity',
  'sold_quantity',
  'kyle_lambda',
  'amihud',
  'effective_spread_bps',
  'realised_spread_bps',
  'large_orders',
  'vanished_orders',
  'vanished_notional',
]
const OPPORTUNITY = [
  ...['state', 'id', 'base', 'quote', 'sell_exchange', 'sell_symbol', 'buy_price', 'sell_price', 'gross_bps', 'net_bps'],
  ...['net_profit', 'fees', 'capital', 'age_ms', 'skew_ms', 'ended_by', 'confidence', 'risk_bps', 'score_bps'],
  ...['buy_sequence', 'sell_sequence', 'rate_diff_8h', 'break_even_hours', 'peak_profit', 'peak_bps'],
  ...['closed_at', 'closed_by', 'life_ms', 'is_feasible', 'is_phantom'],
]
const SIGNAL = [
  ...['strategy', 'asset', 'signal', 'strength', 'strength_value', 'position_size', 'volatility_factor'],
  ...['risk_level', 'sizing', 'value', 'threshold'],
  ...['opened_at', 'expires_at', 'confirmations'],
]
const NOTICE = ['channel', 'last_id', 'next_id', 'reason', 'status', 'connection', 'detail', 'consumer', 'policy', 'lost']

export const EVENT_FIELDS: readonly string[] = [
  ...COMMON,
  ...BOOK,
  ...SPREAD,
  ...TRADE,
  ...TICKER,
  ...DERIVATIVE,
  ...CANDLE,
  ...STRUCTURE,
  ...OPPORTUNITY,
  ...SIGNAL,
  ...NOTICE,
]

/** Throws `UsageError` for a field that no event has: before anything is asked of an exchange. */
export function checkEventFields(fields: readonly string[] | undefined): void {
  if (fields !== undefined) checkFields(fields, EVENT_FIELDS)
}
