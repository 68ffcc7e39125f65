import type { Clock } from '../clock.js'
import { addDrift, type DriftEntry, sampleOf } from '../feed/drift-log.js'
import type { Pipeline } from '../feed/pipeline.js'

interface Met {
  readonly firstAt: number
  samples: string[]
  /** Of the count, what the file has already. */
  saved: number
}

/** What a run meets and does not know, kept over runs in a small file, also when the run ends by a crash. */
export class DriftMemory {
  readonly #path: string
  readonly #clock: Clock
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #met = new Map<string, Met>()
  #work: Promise<void> = Promise.resolve()

  constructor(path: string, clock: Clock, pipelines: () => Iterable<Pipeline>) {
    this.#path = path
    this.#clock = clock
    this.#pipelines = pipelines
  }

  /** One of the first frames of this kind. */
  note(exchange: string, reason: string, frame: Buffer): void {
    this.#of(exchange, reason).samples.push(sampleOf(frame))
    void this.save()
  }

  /** Adds what is new to the file. A file that cannot be written costs the memory of other runs, never the run. */
  save(): Promise<void> {
    this.#work = this.#work.then(() => this.#add()).catch(() => undefined)
    return this.#work
  }

  async #add(): Promise<void> {
    const now = this.#clock.now()
    const fresh: DriftEntry[] = []
    for (const { exchange, drift } of this.#pipelines()) {
      for (const [reason, total] of [...drift.unknowns, ...drift.answers]) {
        const met = this.#of(exchange.id, reason)
        const count = total - met.saved
        if (count === 0) continue
        fresh.push({ exchange: exchange.id, reason, count, firstAt: met.firstAt, lastAt: now, samples: met.samples })
        met.saved = total
        met.samples = []
      }
    }
    if (fresh.length > 0) await addDrift(this.#path, fresh, now)
  }

  #of(exchange: string, reason: string): Met {
    const key = `${exchange} ${reason}`
    const known = this.#met.get(key)
    if (known !== undefined) return known
    const made = { firstAt: this.#clock.now(), samples: [], saved: 0 }
    this.#met.set(key, made)
    return made
  }
}
