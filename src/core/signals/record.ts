/** Signals as rows of the database and keys of Redis: the same of a run that ends and of a live one. */
import { KEY_SECONDS, timedKey } from '../storage/redis/names.js'
import type { TimedEntry } from '../storage/redis/set-keys.js'
import type { SignalRow } from '../storage/rows.js'
import { COMBINED, type CombinedSignal, type ConflictRule, type JudgedSignal } from './contract.js'

/** `evaluatedAt`: the moment that sizes and fates are of; `createdAt`: now. Both ms. */
export interface Stamps {
  readonly evaluatedAt: number
  readonly createdAt: number
}

export function rowOfSignal(signal: JudgedSignal, { evaluatedAt, createdAt }: Stamps): SignalRow {
  const { id, strategy, asset, grade, confidence, positionSize, riskLevel, expiresAt, saidAt, strength, sizing } = signal
  const { reason, fate, why, weight, source, interval } = signal
  return {
    id,
    timestamp: saidAt,
    strategy,
    asset,
    signal: signal.signal,
    strength: grade,
    confidence,
    positionSize,
    riskLevel,
    expiresAt,
    context: { reason, fate, why, strength_value: strength, weight, sizing, source, interval, evaluated_at: evaluatedAt },
    createdAt,
  }
}

/** Undefined where the strategies do not agree: nothing was said. `source` and `interval` are of the bars of its asset. */
export function rowOfCombined(
  combined: CombinedSignal,
  { evaluatedAt, createdAt }: Stamps,
  made: { readonly saidAt: number; readonly source: string; readonly interval: string; readonly conflict: ConflictRule },
): SignalRow | undefined {
  const { id, asset, signal, grade, confidence, positionSize, riskLevel, expiresAt, agreement, strategies, strength, why } =
    combined
  if (signal === null) return undefined
  const { saidAt, source, interval, conflict } = made
  const fate = { reason: `${conflict}: ${strategies.join(', ')}`, fate: 'kept', why }
  return {
    id,
    timestamp: saidAt,
    strategy: COMBINED,
    asset,
    signal,
    strength: grade,
    confidence,
    positionSize,
    riskLevel,
    expiresAt,
    context: { ...fate, strength_value: strength, agreement, strategies, source, interval, evaluated_at: evaluatedAt },
    createdAt,
  }
}

/** `signal:{strategy}:{asset}:{timestamp}`, kept for a day. */
export function redisEntry(row: SignalRow, render: (row: object) => string): TimedEntry {
  return { key: timedKey('signal', row.strategy, row.asset, row.timestamp), text: render(row), seconds: KEY_SECONDS.signal }
}
