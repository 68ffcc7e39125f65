import { type FileHandle, open, rename, rm, stat, unlink } from 'node:fs/promises'
import { StorageError } from '../../errors.js'
import { type MemberInfo, packMember, readHeader } from './gzip-member.js'
import { type Stretch, stretchesOf } from './members.js'
import { isOpenElsewhere } from './open-elsewhere.js'
import { encodeHead } from './record.js'
import { infoOf } from './survey.js'

/** `torn`: would be repaired. `in-use`: a program has it open or writes to it, so it was left alone. */
export type RepairState = 'whole' | 'torn' | 'repaired' | 'in-use'

export interface Repair {
  readonly state: RepairState
  readonly bytes: number
  readonly records: number
  readonly tornBytes: number
  /** Records that the torn bytes can have held at most; `null`: their header is gone too. */
  readonly lostRecords: number | null
  /** Places in the middle of the file, each with whole members behind it. */
  readonly holes: number
  /** Time of the last sealed record, ms. */
  readonly lastRecordAt: number | null
  /** Where the torn bytes went. */
  readonly tornPath: string | null
}

export interface RepairOptions {
  readonly isDryRun: boolean
  /** Number of the connection that the file records. */
  readonly connection: number
}

/**
 * Keeps every whole member of a journal file and moves the rest beside it. A torn tail is cut where it lies, which needs no
 * room on a disk that may be full. With a hole in the middle a new file is written, read back and only then put in the place
 * of the old one. A crash in between costs nothing. Throws `StorageError`.
 */
export async function repairFile(path: string, { isDryRun, connection }: RepairOptions): Promise<Repair> {
  const file = await open(path, isDryRun ? 'r' : 'r+')
  try {
    const { size } = await file.stat()
    const map = await mapOf(file, size)
    const found = { ...map.found, bytes: size }
    if (found.tornBytes === 0) return { ...found, state: 'whole', tornPath: null }
    // A writer would go on in the old file, and all that it writes would be lost with it.
    if (await isOpenElsewhere(path)) return { ...found, state: 'in-use', tornPath: null }
    if (isDryRun) return { ...found, state: 'torn', tornPath: null }
    const tornPath = await freeName(`${path}.torn`)
    await written(tornPath, () => writeAll(tornPath, map.torn, (piece) => read(file, piece)))
    if ((await file.stat()).size !== size) {
      await unlink(tornPath)
      return { ...found, state: 'in-use', tornPath: null }
    }
    if (found.records === 0) await unlink(path)
    else if (found.holes === 0) await cutTail(file, size - found.tornBytes)
    else await replace(path, file, map, connection)
    return { ...found, state: 'repaired', tornPath }
  } finally {
    await file.close()
  }
}

async function cutTail(file: FileHandle, length: number): Promise<void> {
  await file.truncate(length)
  await file.sync()
}

async function replace(path: string, file: FileHandle, { kept, found }: FileMap, connection: number): Promise<void> {
  const newPath = `${path}.repairing`
  await written(newPath, async () => {
    await writeAll(newPath, kept, (piece) => ('mark' in piece ? holeMark(piece.mark, connection) : read(file, piece)))
    await verify(newPath, found.records)
  })
  await rename(newPath, path)
}

/** Leaves no half of a file behind when there is no room for the whole. */
async function written(path: string, write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    await rm(path, { force: true })
    if (cause instanceof StorageError) throw cause
    const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC'
    throw new StorageError(isFull ? 'STORAGE_FULL' : 'STORAGE_JOURNAL', `Cannot write ${path}`, {
      cause,
      suggestions: [
        isFull ? 'Free some space and try again: the old file is as it was' : 'Check that the directory can be written',
      ],
    })
  }
}

interface Piece {
  readonly offset: number
  readonly length: number
}

/** Between two members that were not neighbours: the stamps on both sides. */
interface Mark {
  readonly mark: { readonly before: number; readonly after: number; readonly bytes: number }
}

interface FileMap {
  readonly kept: readonly (Piece | Mark)[]
  readonly torn: readonly Piece[]
  readonly found: Omit<Repair, 'state' | 'bytes' | 'tornPath'>
}

async function mapOf(file: FileHandle, size: number): Promise<FileMap> {
  const kept: (Piece | Mark)[] = []
  const torn: Piece[] = []
  let records = 0
  let holes = 0
  let lostRecords: number | null = 0
  let last: number | undefined
  let hole = 0
  for await (const stretch of stretchesOf(file, size)) {
    const { offset, length } = stretch
    if (!stretch.isWhole) {
      torn.push({ offset, length })
      hole = length
      const lost = await recordsIn(file, stretch)
      lostRecords = lost === null || lostRecords === null ? null : lostRecords + lost
      continue
    }
    const info: MemberInfo = stretch.member.info ?? infoOf(stretch.member.bytes)
    if (hole > 0) holes += 1
    if (hole > 0 && last !== undefined) kept.push({ mark: { before: last, after: info.firstStamp, bytes: hole } })
    hole = 0
    kept.push({ offset, length })
    records += info.records
    last = info.lastStamp
  }
  const tornBytes = torn.reduce((sum, piece) => sum + piece.length, 0)
  const lastRecordAt = last === undefined ? null : Math.floor(last / 1000)
  return { kept, torn, found: { records, tornBytes, lostRecords, holes, lastRecordAt } }
}

/** As the headers among the torn bytes say; `null` where one of them cannot be read. */
async function recordsIn(file: FileHandle, { offset, length }: Stretch): Promise<number | null> {
  let records = 0
  let position = offset
  while (position < offset + length) {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(64), position })
    const header = readHeader(buffer.subarray(0, bytesRead))
    if (header?.info === undefined || header.packedBytes === undefined || header.packedBytes === 0) return null
    records += header.info.records
    position += header.packedBytes
  }
  return records
}

/**
 * Records in the place of a hole: the connection is as good as closed and opened anew, so that a replay tells the loss instead
 * of joining what lies on both sides. Connection 0 has no such state: its answers are each whole.
 */
async function holeMark({ before, after, bytes }: Mark['mark'], connection: number): Promise<Buffer> {
  if (connection === 0) return Buffer.alloc(0)
  const close = `${encodeHead(before, connection, 'close', false)}${bytes} bytes of the journal were damaged\n`
  const open = `${encodeHead(after, connection, 'open', false)}the journal goes on after ${bytes} damaged bytes\n`
  return packMember(Buffer.from(close + open), { records: 2, firstStamp: before, lastStamp: after })
}

const PIECE_BYTES = 1 << 22

async function* read(file: FileHandle, { offset, length }: Piece): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - done)),
      position: offset + done,
    })
    yield buffer.subarray(0, bytesRead)
    done += bytesRead
  }
}

async function writeAll<Part>(
  path: string,
  parts: readonly Part[],
  bytesOf: (part: Part) => AsyncIterable<Buffer> | Promise<Buffer>,
): Promise<void> {
  const file = await open(path, 'w')
  try {
    for (const part of parts) {
      const bytes = bytesOf(part)
      if (Symbol.asyncIterator in bytes) for await (const piece of bytes) await file.appendFile(piece)
      else await file.appendFile(await bytes)
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Reads the new file as a replay would: nothing may be missing that was whole. */
async function verify(path: string, records: number): Promise<void> {
  const file = await open(path)
  try {
    const { found, kept } = await mapOf(file, (await file.stat()).size)
    if (found.tornBytes === 0 && found.records >= records && (kept.length > 0 || records === 0)) return
  } finally {
    await file.close()
  }
  throw new StorageError('STORAGE_JOURNAL', `The repaired journal ${path} does not read back`, {
    suggestions: ['The old file is as it was. Check the disk, then try again'],
  })
}

/** A second repair never overwrites what the first one put aside. */
async function freeName(path: string): Promise<string> {
  for (let i = 1; ; i++) {
    const name = i === 1 ? path : `${path}.${i}`
    const found = await stat(name).catch((error: unknown) => error)
    if (found instanceof Error) return name
  }
}
