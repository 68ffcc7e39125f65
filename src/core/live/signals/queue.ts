import type { SignalDesk } from '../../signals/live/contract.js'

interface Act {
  readonly at: number
  readonly rank: number
  run(): void
}

/**
 * What rules find at the ends of their steps, until a record comes inside which it may be told. Steps are due by time alone, and a timer may
 * run some of them before the next record where a replay runs all at once: put in the order of their moments, both tell the same lines.
 */
export class SignalQueue {
  readonly #acts: Act[] = []

  get isEmpty(): boolean {
    return this.#acts.length === 0
  }

  /** `rank` decides between two of one moment. */
  add(at: number, rank: number, run: () => void): void {
    this.#acts.push({ at, rank, run })
  }

  /** A desk whose visitors wait here. */
  deskOf(desk: SignalDesk, rank: number): SignalDesk {
    return {
      hold: (holder, saying, at) => this.add(at, rank, () => desk.hold(holder, saying, at)),
      suspend: (strategy, holder, at, why) => this.add(at, rank, () => desk.suspend(strategy, holder, at, why)),
      resume: (strategy, holder, at) => this.add(at, rank, () => desk.resume(strategy, holder, at)),
      release: (strategy, holder, at, by, why) => this.add(at, rank, () => desk.release(strategy, holder, at, by, why)),
      listen: (strategy, market, at, silence) => this.add(at, rank, () => desk.listen(strategy, market, at, silence)),
    }
  }

  flush(): void {
    const acts = this.#acts.splice(0).sort((a, b) => a.at - b.at || a.rank - b.rank)
    for (const { run } of acts) run()
  }
}
