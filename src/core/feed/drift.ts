/** Counts what an exchange sent and mts did not know, by a short stable reason, and says of which to keep a sample. */
export class Drift {
  /** Frames. */
  readonly unknowns = new Map<string, number>()
  /** Answers that were understood, and held more than was declared. */
  readonly answers = new Map<string, number>()
  slowPath = 0
  inexactNumbers = 0

  /** True while a sample of this reason is still wanted: the first ones tell what changed, the rest only how often. */
  unknown(reason: string): boolean {
    return count(this.unknowns, reason)
  }

  /** As `unknown`, for what an answer has beyond its declaration. */
  strange(reason: string): boolean {
    return count(this.answers, reason)
  }

  remark(what: 'slow-path' | 'inexact-number'): void {
    if (what === 'slow-path') this.slowPath += 1
    else this.inexactNumbers += 1
  }

  get total(): number {
    let sum = 0
    for (const count of this.unknowns.values()) sum += count
    return sum
  }
}

const SAMPLES = 3
const MAX_REASONS = 200

function count(counts: Map<string, number>, reason: string): boolean {
  const key = counts.has(reason) || counts.size < MAX_REASONS ? reason : 'other'
  const total = (counts.get(key) ?? 0) + 1
  counts.set(key, total)
  return total <= SAMPLES
}
