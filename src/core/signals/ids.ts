/** Ids made of content: the same signal has the same id in every run, on every machine. */
import { createHash } from 'node:crypto'
import type { Opinion } from './contract.js'
import type { LiveSaying } from './live/contract.js'

const LENGTH = 16

type Content = Pick<Opinion, 'strategy' | 'asset' | 'signal' | 'strength' | 'confidence' | 'saidAt' | 'source' | 'interval'>

/** What was said, when, of which series. Sizes and fates are no part of it: they depend on the others. */
export function opinionId({ strategy, asset, signal, strength, confidence, saidAt, source, interval }: Content): string {
  return hashOf([strategy, asset, signal, strength, confidence, saidAt, source, interval])
}

/** Of the signals that it was made of, in any order, and of how. */
export function combinedId(asset: string, rule: string, signal: string | null, ids: readonly string[]): string {
  return hashOf([asset, rule, signal, ...ids.toSorted()])
}

/** Of a live signal: what was said of which markets, at which moment, on which number. */
export function liveSignalId(
  key: string,
  { signal, strength, confidence, value }: Pick<LiveSaying, 'signal' | 'strength' | 'confidence' | 'value'>,
  market: string,
  openedAt: number,
): string {
  return hashOf([key, signal, strength, confidence, value, market, openedAt])
}

/** Of the row that ends a live signal before its time. */
export function endId(id: string): string {
  return hashOf([id, 'closed'])
}

function hashOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, LENGTH)
}
