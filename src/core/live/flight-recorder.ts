import { join } from 'node:path'
import type { Clock } from '../clock.js'
import { BlackBox } from '../feed/black-box.js'
import { inPath } from '../feed/bus.js'
import { JournalWriter } from '../feed/journal/writer.js'
import type { Outputs } from '../feed/outputs.js'

/** Of one run: what goes on and on going wrong shall not fill the disk. */
const MOST_DUMPS = 3
/** A book that became unreadable though nothing was lost: either the exchange or mts is wrong. */
const CONTRADICTION = /crossed|differ|fell/

/**
 * Keeps the newest records of a run that is not recorded and, when something happens that must not, writes those of that
 * exchange as a journal below `logs/black-box`: what a report of the fault needs, and `mts replay` plays.
 */
export class FlightRecorder {
  readonly box = new BlackBox()
  readonly #directory: string
  readonly #clock: Clock
  readonly #told = new Set<string>()
  readonly #writing: Promise<void>[] = []

  constructor(dataDirectory: string, clock: Clock) {
    this.#directory = join(dataDirectory, 'logs', 'black-box')
    this.#clock = clock
  }

  follow(outputs: Outputs): void {
    outputs.bus.subscribe(
      inPath('black box', new Set(['status']), (event) => {
        if (event.type !== 'status' || event.status !== 'suspect' || !CONTRADICTION.test(event.detail)) return
        this.dump(event.exchange, 'book')
      }),
    )
  }

  /** Once for each exchange and reason. */
  dump(exchange: string, reason: string): void {
    const key = `${exchange} ${reason}`
    if (this.#told.has(key) || this.#told.size >= MOST_DUMPS) return
    this.#told.add(key)
    const name = `${new Date(this.#clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}-${reason.replaceAll(/\W+/g, '-')}`
    const journal = new JournalWriter({
      directory: join(this.#directory, name),
      clock: this.#clock,
      blockBytes: 1 << 18,
      flushMs: 1_000,
    })
    this.box.dump(exchange, journal)
    // It helps with a fault; one of its own, such as a full disk, is told by those who have to write.
    this.#writing.push(journal.close().catch(() => undefined))
  }

  /** Waits until everything is on disk. */
  async close(): Promise<void> {
    await Promise.all(this.#writing)
  }
}
