/** Counts what an exchange sent and mts did not know, by a short stable reason, and says of which to keep a sample. */
export class Drift {
  readonly unknowns = new Map<string, number>()
  slowPath = 0
  inexactNumbers = 0

  /** True while a sample of this reason is still wanted: the first ones tell what changed, the rest only how often. */
  unknown(reason: string): boolean {
    const key = this.unknowns.has(reason) || this.unknowns.size < MAX_REASONS ? reason : 'other'
    const count = (this.unknowns.get(key) ?? 0) + 1
    this.unknowns.set(key, count)
    return count <= SAMPLES
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
