import type { Budget } from '../rest/contract.js'

/** The edge of a window at the exchange may lie this far from ours: clock skew, and the time that a request travels. */
const LONGEST_SKEW_MS = 1_000
/** What is spent within so many ms is told to others as one, at its end: a window then has at most some hundred entries. */
const GRAIN_MS = 500

/** What was spent of one budget. Times are ms UTC and never go back by more than the skew. */
export interface BudgetWindow {
  readonly limit: number
  used(now: number): number
  /** How long until `weight` may be spent, as far as known now; 0: at once. */
  waitMs(weight: number, now: number): number
  spend(weight: number, now: number): void
  /** The exchange's own count, from the answer to a request of `sentAt`: others may share our address. */
  report(used: number, sentAt: number, now: number): void
  /** What counts in the present window, for others to load. */
  spendings(now: number): readonly Spending[]
  /** Takes the place of all that was known. */
  load(spendings: readonly Spending[]): void
}

export interface Spending {
  readonly at: number
  readonly weight: number
}

/**
 * A window that holds at the exchange too, wherever its edge lies within the skew: what is sent close to the edge of an
 * aligned window counts on both sides of it, and a sliding window is longer by the skew. `share` of the limit is used (0..1);
 * a single request that costs more than the share goes alone.
 */
export function createBudgetWindow(budget: Budget, share: number): BudgetWindow {
  const { limit, windowMs, isAligned } = budget
  const skewMs = Math.min(LONGEST_SKEW_MS, windowMs / 10)
  const capacity = Math.floor(limit * share)
  /** Oldest first. */
  const spendings: Spending[] = []
  let total = 0

  const windowOf = (now: number): number => Math.floor((now - skewMs) / windowMs)
  const startsAt = (now: number): number => (isAligned ? windowOf(now) * windowMs : now - windowMs) - skewMs

  const used = (now: number): number => {
    const start = startsAt(now)
    let expired = 0
    for (const spending of spendings) {
      if (spending.at >= start) break
      total -= spending.weight
      expired += 1
    }
    spendings.splice(0, expired)
    return total
  }

  const add = (weight: number, at: number): void => {
    spendings.push({ at, weight })
    total += weight
    const before = spendings.at(-2)
    if (before !== undefined && before.at > at) spendings.sort((a, b) => a.at - b.at)
  }

  /** When enough of a sliding window's oldest spendings have left it. */
  const slidWaitMs = (excess: number, now: number): number => {
    let freed = 0
    for (const spending of spendings) {
      freed += spending.weight
      if (freed >= excess) return spending.at + windowMs + skewMs + 1 - now
    }
    return windowMs
  }

  return {
    limit,
    used,
    waitMs(weight, now) {
      const excess = used(now) + weight - Math.max(capacity, weight)
      if (excess <= 0) return 0
      return isAligned ? (windowOf(now) + 1) * windowMs + skewMs - now : slidWaitMs(excess, now)
    },
    spend: add,
    report(reported, sentAt, now) {
      // The answer may speak of the window before: it would shut the new one for nothing.
      if (isAligned && windowOf(sentAt) !== windowOf(now)) return
      // Of answers that overtake each other the highest counts; a lower one is older, not news of less.
      const unknown = reported - used(now)
      if (unknown > 0) add(unknown, isAligned ? windowOf(now) * windowMs : now)
    },
    spendings(now) {
      used(now)
      return inGrains(spendings)
    },
    load(loaded) {
      spendings.splice(0, spendings.length, ...loaded.toSorted((a, b) => a.at - b.at))
      total = spendings.reduce((sum, { weight }) => sum + weight, 0)
    },
  }
}

function inGrains(spendings: readonly Spending[]): Spending[] {
  const grains = new Map<number, number>()
  for (const { at, weight } of spendings) {
    const end = Math.ceil(at / GRAIN_MS) * GRAIN_MS
    grains.set(end, (grains.get(end) ?? 0) + weight)
  }
  return [...grains].map(([at, weight]) => ({ at, weight }))
}
