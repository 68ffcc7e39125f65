import type { Budget } from '../rest/contract.js'
import type { BudgetRule } from '../rest/shared-budget.js'

/** The edge of a window at the exchange may lie this far from ours: clock skew, and the time that a request travels. */
const LONGEST_SKEW_MS = 1_000
/** What is spent within so many ms is told to others as one, at its end: a window then has at most some hundred entries. */
const GRAIN_MS = 500

/** What was spent of one budget. Times are ms UTC and never go back by more than the skew. */
export interface BudgetWindow {
  readonly limit: number
  readonly rule: BudgetRule
  used(now: number): number
  /** How long until `weight` may be spent, as far as known now; 0: at once. */
  waitMs(weight: number, now: number): number
  spend(weight: number, now: number): void
  /** What was spent at `at` was not used after all. */
  refund(weight: number, at: number): void
  /** Nothing may be spent before `until`: who knows more says so. */
  hold(until: number): void
  /** The exchange's own count, from the answer to a request of `sentAt`: others may share our address. False: that was known. */
  report(used: number, sentAt: number, now: number): boolean
  /** What others know of the same budget: from each moment on, what the one or the other has seen spent since. */
  learn(told: readonly Spending[], now: number): void
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
  const rule: BudgetRule = { windowMs, isAligned, skewMs, capacity }
  const { windowOf, startsAt } = edgesOf(rule)
  /** Oldest first. */
  const spendings: Spending[] = []
  let total = 0
  let heldUntil = Number.NEGATIVE_INFINITY

  const used = (now: number): number => {
    total -= expire(spendings, startsAt(now))
    return total
  }

  const add = (weight: number, at: number): void => {
    spendings.push({ at, weight })
    total += weight
    const before = spendings.at(-2)
    if (before !== undefined && before.at > at) spendings.sort((a, b) => a.at - b.at)
  }

  const load = (loaded: readonly Spending[]): void => {
    spendings.splice(0, spendings.length, ...loaded.toSorted((a, b) => a.at - b.at))
    total = spendings.reduce((sum, { weight }) => sum + weight, 0)
  }

  return {
    limit,
    rule,
    used,
    waitMs(weight, now) {
      if (heldUntil > now) return heldUntil - now
      const excess = used(now) + weight - Math.max(capacity, weight)
      if (excess <= 0) return 0
      return isAligned ? (windowOf(now) + 1) * windowMs + skewMs - now : slidWaitMs(rule, spendings, excess, now)
    },
    spend: add,
    refund: (weight, at) => add(-weight, grainOf(at)),
    hold(until) {
      heldUntil = until
    },
    report(reported, sentAt, now) {
      // The answer may speak of the window before: it would shut the new one for nothing.
      if (isAligned && windowOf(sentAt) !== windowOf(now)) return false
      // Of answers that overtake each other the highest counts; a lower one is older, not news of less.
      const unknown = reported - used(now)
      if (unknown <= 0) return false
      add(unknown, isAligned ? windowOf(now) * windowMs : now)
      return true
    },
    learn(told, now) {
      used(now)
      const start = startsAt(now)
      const fresh = told.filter(({ at }) => at >= start).toSorted((a, b) => a.at - b.at)
      load(envelope(spendings, fresh))
    },
    spendings(now) {
      used(now)
      return inGrains(spendings)
    },
    load,
  }
}

function edgesOf({ windowMs, isAligned, skewMs }: BudgetRule) {
  const windowOf = (now: number): number => Math.floor((now - skewMs) / windowMs)
  const startsAt = (now: number): number => (isAligned ? windowOf(now) * windowMs : now - windowMs) - skewMs
  return { windowOf, startsAt }
}

/** Takes what is older than `start` away; gives its weight. */
function expire(spendings: Spending[], start: number): number {
  const first = spendings.findIndex(({ at }) => at >= start)
  const gone = spendings.splice(0, first === -1 ? spendings.length : first)
  return gone.reduce((sum, { weight }) => sum + weight, 0)
}

/** When enough of a sliding window's oldest spendings have left it. */
function slidWaitMs({ windowMs, skewMs }: BudgetRule, spendings: readonly Spending[], excess: number, now: number): number {
  let freed = 0
  for (const spending of spendings) {
    freed += spending.weight
    if (freed >= excess) return spending.at + windowMs + skewMs + 1 - now
  }
  return windowMs
}

function inGrains(spendings: readonly Spending[]): Spending[] {
  const grains = new Map<number, number>()
  for (const { at, weight } of spendings) {
    const end = grainOf(at)
    grains.set(end, (grains.get(end) ?? 0) + weight)
  }
  return [...grains].map(([at, weight]) => ({ at, weight }))
}

function grainOf(at: number): number {
  return Math.ceil(at / GRAIN_MS) * GRAIN_MS
}

/** Both oldest first. Of one budget two may have seen different parts: since any moment, the larger sum is the nearer one. */
function envelope(ours: readonly Spending[], theirs: readonly Spending[]): Spending[] {
  const times = [...new Set([...ours, ...theirs].map(({ at }) => at))].toSorted((a, b) => b - a)
  const since = [sumsSince(ours), sumsSince(theirs)]
  const merged: Spending[] = []
  let sum = 0
  for (const at of times) {
    const most = Math.max(...since.map((sumSince) => sumSince(at)))
    if (most > sum) merged.push({ at, weight: most - sum })
    sum = Math.max(sum, most)
  }
  return merged.reverse()
}

/** To be asked from the newest moment to the oldest. */
function sumsSince(spendings: readonly Spending[]): (at: number) => number {
  let next = spendings.length - 1
  let sum = 0
  return (at) => {
    for (let each = spendings[next]; each !== undefined && each.at >= at; each = spendings[next]) {
      sum += each.weight
      next -= 1
    }
    return sum
  }
}
