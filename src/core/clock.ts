/** Where all time comes from. `net` has the system clock; a replay has the virtual one below. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number
  /** A receive stamp in microseconds since the epoch; strictly increasing, so that it orders records on its own. */
  stamp(): number
  /** A stop-watch in nanoseconds from any origin: only differences mean something. */
  nanos(): number
  after(ms: number, run: () => void): Timer
  every(ms: number, run: () => void): Timer
}

export interface Timer {
  cancel(): void
}

interface Entry {
  due: number
  readonly order: number
  readonly period: number | undefined
  readonly run: () => void
}

/** A clock that stands still until it is told the time. Timers fire in the order of their due times. Its µs are whole: a journal takes no others. */
export class VirtualClock implements Clock {
  #micros: number
  #order = 0
  #entries: Entry[] = []
  #nextDue = Number.POSITIVE_INFINITY

  constructor(startMs = 0) {
    this.#micros = startMs * 1000
  }

  now(): number {
    return Math.floor(this.#micros / 1000)
  }

  stamp(): number {
    this.#micros += 1
    return this.#micros
  }

  nanos(): number {
    return this.#micros * 1000
  }

  /** When the next timer is due, µs; `Infinity` without any. */
  get nextDue(): number {
    return this.#nextDue
  }

  /** Timers that have not fired, periodic ones included. */
  get pending(): number {
    return this.#entries.length
  }

  after(ms: number, run: () => void): Timer {
    return this.#add(ms, undefined, run)
  }

  every(ms: number, run: () => void): Timer {
    return this.#add(ms, ms, run)
  }

  /** Moves on to `micros` (never back), running on the way every timer that comes due, each at its own time. */
  advanceTo(micros: number): void {
    while (this.#nextDue <= micros) {
      const entry = this.#takeFirst()
      if (entry.due > this.#micros) this.#micros = entry.due
      entry.run()
    }
    if (micros > this.#micros) this.#micros = Math.floor(micros)
  }

  #add(ms: number, period: number | undefined, run: () => void): Timer {
    const entry: Entry = { due: this.#micros + Math.round(ms * 1000), order: this.#order++, period, run }
    this.#entries.push(entry)
    this.#nextDue = Math.min(this.#nextDue, entry.due)
    return {
      cancel: () => {
        this.#entries = this.#entries.filter((other) => other !== entry)
        this.#findNext()
      },
    }
  }

  #takeFirst(): Entry {
    let first = this.#entries[0] as Entry
    for (const entry of this.#entries) {
      if (entry.due < first.due || (entry.due === first.due && entry.order < first.order)) first = entry
    }
    const fired = { ...first }
    if (first.period === undefined) this.#entries = this.#entries.filter((entry) => entry !== first)
    else first.due += Math.round(first.period * 1000)
    this.#findNext()
    return fired
  }

  #findNext(): void {
    this.#nextDue = this.#entries.reduce((due, entry) => Math.min(due, entry.due), Number.POSITIVE_INFINITY)
  }
}
