/** Rows that wait for the writer: first in, first out, bounded by whoever owns it. */
import type { StreamTable } from './rows.js'
import type { Cell } from './tables.js'

export interface QueuedRow {
  readonly table: StreamTable
  readonly cells: readonly Cell[]
  readonly bytes: number
}

/** Taken rows are cut off the array in larger pieces: a `shift` of a long array costs its length. */
const CUT_AT = 1024

export class RowQueue {
  #rows: QueuedRow[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#rows.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  push(row: QueuedRow): void {
    this.#rows.push(row)
    this.#bytes += row.bytes
  }

  shift(): QueuedRow | undefined {
    const row = this.#rows[this.#head]
    if (row === undefined) return undefined
    this.#head += 1
    this.#bytes -= row.bytes
    if (this.#head >= CUT_AT && this.#head * 2 >= this.#rows.length) {
      this.#rows = this.#rows.slice(this.#head)
      this.#head = 0
    }
    return row
  }

  /** The oldest rows, at most so many and, past the first one, so many bytes. */
  take(maxRows: number, maxBytes: number): QueuedRow[] {
    const taken: QueuedRow[] = []
    let bytes = 0
    while (taken.length < maxRows) {
      const next = this.#rows[this.#head]
      if (next === undefined || (taken.length > 0 && bytes + next.bytes > maxBytes)) break
      this.shift()
      bytes += next.bytes
      taken.push(next)
    }
    return taken
  }
}

/** What a row holds in memory until it is stored, about: 8 bytes a number, a byte a letter, and the objects around them. */
export function bytesOf(cells: readonly Cell[]): number {
  let bytes = 96
  for (const cell of cells) bytes += typeof cell === 'string' ? 16 + cell.length : 8
  return bytes
}
