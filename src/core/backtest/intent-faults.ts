/** What is wrong with a signal or an order of a strategy: found when it is said, with the bar, never in the middle of a fill. */
import { nearest } from '../errors.js'
import type { BookSignal } from '../strategies/book-contract.js'
import type { OrderIntent, Signal, TimeInForce } from '../strategies/contract.js'
import { KINDS } from './intents.js'

/** What is wrong with an order of a strategy, or undefined. */
export function faultOfIntent(intent: OrderIntent): string | undefined {
  const known = KINDS[intent.type]
  if (known === undefined) return `type ${String(intent.type)} is none of ${Object.keys(KINDS).join(', ')}`
  if (intent.side !== 'buy' && intent.side !== 'sell') return `side ${String(intent.side)} is neither buy nor sell`
  const needed = [
    ...(known.kind === 'limit' || known.kind === 'stop-limit' ? (['limit'] as const) : []),
    ...(known.kind === 'stop' || known.kind === 'stop-limit' ? (['stop'] as const) : []),
    ...(known.kind === 'trailing-stop' ? (['trail'] as const) : []),
    ...(intent.timeInForce === 'gtd' ? (['expiresAt'] as const) : []),
  ]
  const missing = needed.find((field) => intent[field] === undefined)
  if (missing !== undefined) return `${intent.type} needs ${missing}`
  const { timeInForce = 'gtc' } = intent
  if (!TIMES.has(timeInForce)) return `timeInForce ${String(timeInForce)} is none of ${[...TIMES].join(', ')}`
  return faultOfNumbers(intent, NUMBERS) ?? faultOfReason(intent) ?? faultOfFields(intent, ORDER_FIELDS)
}

const TIMES: ReadonlySet<TimeInForce> = new Set(['gtc', 'ioc', 'fok', 'day', 'gtd'])

const NUMBERS = ['quantity', 'limit', 'stop', 'trail', 'expiresAt', 'stopLoss', 'takeProfit', 'trailingStop'] as const
const EXITS = ['expiresAfter', 'stopLoss', 'takeProfit', 'trailingStop'] as const

/** What is wrong with a signal of a strategy, or undefined. */
export function faultOfSignal(signal: Signal, fields: ReadonlySet<string> = SIGNAL_FIELDS): string | undefined {
  const { signal: wanted } = signal
  if (wanted !== 'long' && wanted !== 'short' && wanted !== 'flat') return `signal ${String(wanted)} is none of long, short, flat`
  const { strength, confidence, size = 1 } = signal
  return (
    faultOfShare('strength', strength) ??
    faultOfShare('confidence', confidence) ??
    faultOfShare('size', size) ??
    faultOfNumbers(signal, EXITS) ??
    faultOfReason(signal) ??
    faultOfFields(signal, fields)
  )
}

/** A field that nobody reads was meant to say something: `stoploss` would be a position without a stop. */
function faultOfFields(said: object, fields: ReadonlySet<string>): string | undefined {
  for (const field in said) {
    if (fields.has(field)) continue
    const [near] = nearest(field, [...fields])
    return `nothing reads ${field}${near === undefined ? `, only ${[...fields].join(', ')}` : `; did you mean ${near}?`}`
  }
  return undefined
}

function fieldsOf<T>(fields: Readonly<Record<keyof T & string, true>>): ReadonlySet<string> {
  return new Set(Object.keys(fields))
}

/** Written as objects, so that the compiler knows when one is missing. */
const SIGNAL_FIELDS = fieldsOf<Signal>({
  signal: true,
  strength: true,
  confidence: true,
  reason: true,
  asset: true,
  expiresAfter: true,
  size: true,
  stopLoss: true,
  takeProfit: true,
  trailingStop: true,
})
const ORDER_FIELDS = fieldsOf<OrderIntent>({
  side: true,
  type: true,
  quantity: true,
  limit: true,
  stop: true,
  trail: true,
  timeInForce: true,
  expiresAt: true,
  reduceOnly: true,
  stopLoss: true,
  takeProfit: true,
  trailingStop: true,
  group: true,
  tag: true,
  reason: true,
  asset: true,
})
export const BOOK_SIGNAL_FIELDS = fieldsOf<BookSignal>({
  market: true,
  signal: true,
  strength: true,
  confidence: true,
  reason: true,
  quantity: true,
  size: true,
  group: true,
  expiresAfter: true,
})

function faultOfShare(field: string, value: number): string | undefined {
  if (typeof value === 'number' && value >= 0 && value <= 1) return undefined
  return `${field} ${String(value)} does not lie between 0 and 1`
}

function faultOfReason({ reason }: Pick<Signal, 'reason'>): string | undefined {
  return typeof reason === 'string' ? undefined : `reason ${String(reason)} is no text`
}

function faultOfNumbers<T>(from: T, fields: readonly (keyof T & string)[]): string | undefined {
  for (const field of fields) {
    const value = from[field]
    if (value === undefined || (typeof value === 'number' && value > 0 && Number.isFinite(value))) continue
    return `${field} ${String(value)} is no number above 0`
  }
  return undefined
}
