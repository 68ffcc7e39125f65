import type { MarketEvent } from '../market/event.js'
import type { CoverageRow } from '../storage/rows.js'

type Open = Omit<CoverageRow, 'endedAt'>

/**
 * What was seen of each book, as rows that follow each other without a hole: `contiguous` while every update joined the one
 * before by the exchange's ids, `gap` from a proven loss until the book was right again, `resync` while it was being seeded.
 */
export class BookCoverage {
  readonly #open = new Map<string, Open>()
  readonly #write: (row: CoverageRow) => void

  constructor(write: (row: CoverageRow) => void) {
    this.#write = write
  }

  handle(event: MarketEvent): void {
    if (event.type === 'gap') {
      this.#enter(event, 'gap', `${event.lastId ?? ''}..${event.nextId ?? ''} ${event.reason}`)
    } else if (event.type === 'status' && event.channel === 'book') {
      if (event.status === 'synced') this.#enter(event, 'contiguous', event.detail)
      else if (this.#open.get(keyOf(event))?.state !== 'gap') this.#enter(event, 'resync', event.detail)
    }
  }

  /** Ends what is open; what began and ended in the same millisecond leaves no row. */
  close(nowMs: number): void {
    for (const [key, row] of this.#open) {
      this.#write({ ...row, endedAt: nowMs })
      this.#open.delete(key)
    }
  }

  #enter(event: MarketEvent, state: string, detail: string): void {
    const key = keyOf(event)
    const before = this.#open.get(key)
    const startedAt = event.receivedAt
    if (before !== undefined && before.startedAt < startedAt) this.#write({ ...before, endedAt: startedAt })
    const row: Open = { exchange: event.exchange, symbol: event.symbol, channel: 'book', startedAt, state, detail }
    this.#open.set(key, row)
    this.#write({ ...row, endedAt: null })
  }
}

function keyOf(event: MarketEvent): string {
  return `${event.exchange} ${event.symbol}`
}
