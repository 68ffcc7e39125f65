/**
 * What rows say, as one number that does not depend on their order: each row is SHA-256 of the JSON text of its cells, in the
 * order of the table's columns; its 32 bytes are sixteen 16-bit numbers, big end first, and those of all rows are added place by
 * place modulo 65 536. Anybody can compute it again, from the database and from the archive, without mts.
 */
import { hash } from 'node:crypto'
import type { Cell } from '../tables.js'

const PLACES = 16

export interface ContentHash {
  /** Adds a row; gives its own hash, 32 characters of one byte each. */
  add(cells: readonly Cell[]): string
  /** 64 hexadecimal digits; zeros where there was no row. */
  hex(): string
}

export function contentHash(): ContentHash {
  const sums = new Uint16Array(PLACES)
  return {
    add: (cells) => {
      const row = rowHash(cells)
      for (let place = 0; place < PLACES; place++) {
        const value = (row.charCodeAt(2 * place) << 8) | row.charCodeAt(2 * place + 1)
        sums[place] = (sums[place] ?? 0) + value
      }
      return row
    },
    hex: () => Array.from(sums, (sum) => sum.toString(16).padStart(4, '0')).join(''),
  }
}

function rowHash(cells: readonly Cell[]): string {
  return hash('sha256', JSON.stringify(cells), 'binary')
}
