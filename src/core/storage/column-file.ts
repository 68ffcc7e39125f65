/**
 * Columns of one series in a file, as they lie in memory: a header of eight numbers, then column after column. It is a copy of
 * what the database has and may be deleted at any time; one that is torn, damaged or of other bars is not used.
 */
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { makeFolder } from '../files/make-folder.js'
import { type CandleColumns, COLUMN_NAMES, columnsIn } from './candle-columns.js'

/** What the file must be a copy of. */
export interface ColumnKey {
  readonly seriesId: number
  readonly contentVersion: number
  /** Open of the first and the last bar, ms. */
  readonly first: number
  readonly last: number
}

/** "mtscl" and the version of this form, as a number that also tells the order of the bytes. */
const MAGIC = 0x6d747363_6c01
const HEADER = 8 * 8
const BYTES_A_ROW = COLUMN_NAMES.length * 8

/** `undefined`: there is no such file, or it is not what `key` says. */
export function readColumnFile(file: string, key: ColumnKey): CandleColumns | undefined {
  const bytes = readWhole(file)
  if (bytes === undefined || bytes.length < HEADER) return undefined
  const buffer = bytes.byteOffset % 8 === 0 ? bytes : Buffer.from(new Uint8Array(bytes))
  const [magic, seriesId, contentVersion, first, last, rows = 0, checksum] = new Float64Array(
    buffer.buffer,
    buffer.byteOffset,
    HEADER / 8,
  )
  const isOf = seriesId === key.seriesId && contentVersion === key.contentVersion && first === key.first && last === key.last
  if (magic !== MAGIC || !isOf || bytes.length !== HEADER + rows * BYTES_A_ROW) return undefined
  if (checksum !== crc32(buffer.subarray(HEADER))) return undefined
  return columnsIn(buffer.buffer as ArrayBuffer, rows, buffer.byteOffset + HEADER)
}

/** False: it could not be written, which costs nothing but the time to read the rows again. */
export function writeColumnFile(file: string, key: ColumnKey, columns: CandleColumns): boolean {
  const rows = columns.timestamp.length
  const bytes = Buffer.alloc(HEADER + rows * BYTES_A_ROW)
  const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length / 8)
  for (const [at, name] of COLUMN_NAMES.entries()) numbers.set(columns[name], HEADER / 8 + at * rows)
  const checksum = crc32(bytes.subarray(HEADER))
  numbers.set([MAGIC, key.seriesId, key.contentVersion, key.first, key.last, rows, checksum])
  try {
    makeFolder(path.dirname(file))
    removeLeftovers(file)
    const own = mkdtempSync(`${file}.`)
    writeFileSync(path.join(own, 'new'), bytes)
    renameSync(path.join(own, 'new'), file)
    rmSync(own, { recursive: true, force: true })
    return true
  } catch {
    removeLeftovers(file)
    return false
  }
}

/** Of this attempt, or of a program that was killed while writing. */
function removeLeftovers(file: string): void {
  const directory = path.dirname(file)
  try {
    for (const name of readdirSync(directory)) {
      if (name.startsWith(`${path.basename(file)}.`)) rmSync(path.join(directory, name), { recursive: true, force: true })
    }
  } catch {
    // Nothing to remove, or nothing that may be removed: the file itself is not touched.
    return
  }
}

function readWhole(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    // Missing or not readable: the rows are in the database.
    return undefined
  }
}
