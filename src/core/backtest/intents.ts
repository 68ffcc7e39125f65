/** What the broker makes of what a strategy says. */
import { DAY_MS } from '../market/time.js'
import type { OrderIntent, Signal, TimeInForce } from '../strategies/contract.js'
import { type Bracket, NO_BRACKET, type OrderKind, type OrderParts } from './order.js'
import type { FillReason } from './result.js'

function bracketOf(from: Pick<OrderIntent, 'stopLoss' | 'takeProfit' | 'trailingStop'>): Bracket {
  if (from.stopLoss === undefined && from.takeProfit === undefined && from.trailingStop === undefined) return NO_BRACKET
  const { stopLoss = Number.NaN, takeProfit = Number.NaN, trailingStop = Number.NaN } = from
  return { stopLoss, takeProfit, trail: trailingStop }
}

/** A signal is a market order towards what it would hold. */
export function partsOfSignal(signal: Signal, held: number, fraction: number, time: number): OrderParts {
  const target = signal.signal === 'long' ? 1 : signal.signal === 'short' ? -1 : 0
  return {
    kind: 'market',
    direction: target === 0 ? (held > 0 ? -1 : 1) : target,
    target,
    sizeScale: signal.size ?? 1,
    fraction,
    expiresAt: signal.expiresAfter === undefined ? Number.POSITIVE_INFINITY : time + signal.expiresAfter,
    bracket: bracketOf(signal),
    reason: 'signal',
  }
}

export const KINDS: Readonly<Record<OrderIntent['type'], { kind: OrderKind; reason: FillReason; isExit: boolean }>> = {
  market: { kind: 'market', reason: 'order', isExit: false },
  limit: { kind: 'limit', reason: 'order', isExit: false },
  stop: { kind: 'stop', reason: 'order', isExit: false },
  'stop-limit': { kind: 'stop-limit', reason: 'order', isExit: false },
  'stop-loss': { kind: 'stop', reason: 'stop-loss', isExit: true },
  'take-profit': { kind: 'limit', reason: 'take-profit', isExit: true },
  'trailing-stop': { kind: 'trailing-stop', reason: 'trailing-stop', isExit: true },
}

/** `close` is where a trailing stop starts, `time` when the order was given. */
export function partsOfIntent(intent: OrderIntent, fraction: number, close: number, time: number): OrderParts {
  const { kind, reason, isExit } = KINDS[intent.type]
  const direction = intent.side === 'buy' ? 1 : -1
  const { quantity = Number.NaN, limit = Number.NaN, trail = Number.NaN, timeInForce = 'gtc' } = intent
  return {
    kind,
    direction,
    quantity,
    fraction,
    limit,
    stop: kind === 'trailing-stop' ? close * (1 + direction * trail) : (intent.stop ?? Number.NaN),
    trail: kind === 'trailing-stop' ? close * trail : Number.NaN,
    timeInForce,
    expiresAt: expiryOf(timeInForce, intent.expiresAt, time),
    reduceOnly: isExit || intent.reduceOnly === true,
    bracket: bracketOf(intent),
    ...(intent.group !== undefined && { group: intent.group }),
    ...(intent.tag !== undefined && { tag: intent.tag }),
    reason,
  }
}

function expiryOf(timeInForce: TimeInForce, expiresAt: number | undefined, time: number): number {
  if (timeInForce === 'day') return (Math.floor(time / DAY_MS) + 1) * DAY_MS
  return timeInForce === 'gtd' && expiresAt !== undefined ? expiresAt : Number.POSITIVE_INFINITY
}
