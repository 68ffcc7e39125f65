import type { CoverageSpan } from '../feed/coverage-span.js'
import type { Store } from '../storage/store.js'

const SEAL_EVERY_MS = 250

export interface CoverageKeeperOptions {
  readonly store: Pick<Store, 'write'>
  /** A number that no other run has: µs of its beginning. */
  newRun(): number
  /** Stamp in µs of the oldest record that a crash would cost; `Infinity`: none. */
  unsealedSince(): number
}

/**
 * Stores the rows of coverage of a live run so that a crash leaves them right: an open row names its run, and the run tells four times a
 * second until when everything is on disk. A row is told before the moment that it reaches to, and the database keeps that order.
 */
export class CoverageKeeper {
  readonly #options: CoverageKeeperOptions
  #run: number
  #sealedAt = 0
  #due = 0

  constructor(options: CoverageKeeperOptions) {
    this.#options = options
    this.#run = options.newRun()
  }

  keep({ isOpen, ...span }: CoverageSpan): void {
    // Not beyond what is sealed, though it was seen: its record would be gone.
    const endedAt = isOpen ? Math.max(span.startedAt, Math.min(span.endedAt, this.#sealedAt)) : span.endedAt
    this.#options.store.write('coverage', { ...span, endedAt, run: isOpen ? this.#run : null })
  }

  /** Call before each record, and from a timer when it is quiet. */
  advance(nowMs: number): void {
    if (nowMs < this.#due) return
    this.#due = nowMs + SEAL_EVERY_MS
    const sealedAt = Math.min(nowMs, Math.floor(this.#options.unsealedSince() / 1000))
    if (sealedAt <= this.#sealedAt) return
    this.#sealedAt = sealedAt
    this.#options.store.write('coverage_runs', { run: this.#run, sealedAt })
  }

  /** Rows never reached the database: of those that it has nobody can say how far they reach, until they are told anew. */
  lost(): void {
    this.#options.store.write('coverage_runs', { run: this.#run, sealedAt: 0 })
    this.#run = this.#options.newRun()
  }
}
