/** What can go wrong on purpose, and when: the language of fault scripts. */

/** Happen to single frames, or to answers where the rule has a path. */
export const ITEM_KINDS = ['drop', 'duplicate', 'reorder', 'delay', 'garbage', 'truncate'] as const
/** Happen to answers of REST. */
export const ANSWER_KINDS = ['429', '418', '403', 'error-body', 'snapshot-lag', 'old-snapshot'] as const
/** Happen to whole connections, once to each that is open at the time. */
const CONNECTION_KINDS = ['cut', 'close', 'half-open'] as const
/** Last for a while. */
export const STATE_KINDS = ['stall', 'mute', 'refuse', 'clock-skew', 'clock-jump'] as const
export const FAULT_KINDS = [...ITEM_KINDS, ...ANSWER_KINDS, ...CONNECTION_KINDS, ...STATE_KINDS] as const
export type FaultKind = (typeof FAULT_KINDS)[number]

export interface FaultRule {
  readonly kind: FaultKind
  /** Only this one. */
  readonly exchange?: string
  /** Only the so many-th connection that the exchange accepted, from 1. */
  readonly connection?: number
  /** Only topics or paths like this; `*` stands for anything. */
  readonly topic?: string
  readonly path?: string
  /** ms after the start. */
  readonly at?: number
  /** ms that it lasts; until the end, or until the next `every`, when missing. */
  readonly for?: number
  /** ms from one time to the next; the first is at `at`, or after one period. */
  readonly every?: number
  /** Of each frame, answer or connection that it could happen to. */
  readonly chance?: number
  /** Most often each time. */
  readonly times?: number
  /** ms: of a delay, of a snapshot's age, of a clock's error. */
  readonly by?: number
  /** HTTP status with which sockets are refused. */
  readonly status?: number
  /** Seconds in `Retry-After`; no such header when missing. */
  readonly retryAfter?: number
}

export function isKind<Kind extends string>(kinds: readonly Kind[], kind: string): kind is Kind {
  return (kinds as readonly string[]).includes(kind)
}

const SPAN = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }

/** `250ms`, `30s`, `5m`, `1h`, also negative; `undefined`: no span of time. */
export function spanMs(text: string): number | undefined {
  const [, amount, unit = ''] = SPAN.exec(text.trim()) ?? []
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? Number.NaN)
}
