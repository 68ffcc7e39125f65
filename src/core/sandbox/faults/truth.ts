import type { BookIds } from '../gate.js'
import type { FaultKind } from './rule.js'

/** One thing that went wrong on purpose: what a client that misses nothing has to have noticed. */
export interface Truth {
  readonly kind: FaultKind
  /** ms, by the clock of the sandbox. */
  readonly at: number
  readonly exchange: string
  /** The frame never came, or came in a form that nobody can read. */
  readonly isLoss: boolean
  readonly connection?: number
  readonly topic?: string
  readonly path?: string
  /** Of the book that was told of, with the exchange's and the topic's counts. */
  readonly symbol?: string
  readonly ids?: BookIds
  readonly status?: number
  /** ms: until when the client was asked to be silent, where it was told. */
  readonly until?: number
  /** ms of a delay, of a snapshot's age, of a clock's error. */
  readonly by?: number
}

export interface TruthLog {
  add(truth: Truth): void
  /** Newest last. */
  all(): readonly Truth[]
  /** Also of those that are not kept any more. */
  counts(): ReadonlyMap<FaultKind, number>
}

/** Keeps the newest `limit`; counts them all. */
export function createTruthLog(limit: number, onTruth: (truth: Truth) => void): TruthLog {
  let truths: Truth[] = []
  const counts = new Map<FaultKind, number>()
  return {
    add(truth) {
      truths.push(truth)
      if (truths.length >= 2 * limit) truths = truths.slice(-limit)
      counts.set(truth.kind, (counts.get(truth.kind) ?? 0) + 1)
      onTruth(truth)
    },
    all: () => truths.slice(-limit),
    counts: () => counts,
  }
}
