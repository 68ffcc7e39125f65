/** What a decoder tells, one plain object a record: `what` is the sink's method, the rest are its values by name. */
import type { Decoder, FrameSink } from '../../src/core/exchanges/contract.js'
import { frameRecorder } from './frame-recorder.js'

export interface Told {
  readonly what: keyof FrameSink
  readonly [key: string]: unknown
}

export function decodeAll(decoder: Decoder, frames: Iterable<string | Buffer>): Told[] {
  const recorder = frameRecorder()
  for (const frame of frames) decoder(Buffer.from(frame), recorder)
  return recorder.told.map(([what, ...values]) => ({ what, ...named(what, values) }))
}

const PARTIAL = ['symbol', 'timestamp', 'fields', 'isSnapshot'] as const
const NAMES: Readonly<Partial<Record<keyof FrameSink, readonly string[]>>> = {
  ticker: [...PARTIAL, 'topOfBookId'],
  funding: PARTIAL,
  openInterest: PARTIAL,
  unknown: ['reason'],
  remark: ['remark'],
}

/** Positional values get their names; a record keeps its own. */
function named(what: keyof FrameSink, values: readonly unknown[]): object {
  const names = NAMES[what]
  if (names !== undefined) return Object.fromEntries(names.map((name, i) => [name, values[i]]))
  const [record, pushedAt] = values
  return { ...(record as object), ...(what === 'candle' ? { pushedAt } : {}) }
}
