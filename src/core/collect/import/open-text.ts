/** The text of a file, whatever wraps it: gzip, a byte-order mark, UTF-16. Read as a stream: a file may be larger than memory. */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createGunzip, constants as zlib } from 'node:zlib'
import { DataValidationError, MtsError } from '../../errors.js'

export interface TextFile {
  readonly path: string
  readonly bytes: number
  readonly isGzip: boolean
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be'
  readonly hasMark: boolean
}

const SNIFF_BYTES = 64 * 1024
const CHUNK_BYTES = 256 * 1024

const ARCHIVES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04]],
  ['compressed with zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['compressed with xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['compressed with bzip2', [0x42, 0x5a, 0x68]],
  ['a parquet file', [0x50, 0x41, 0x52, 0x31]],
  ['a database', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65]],
]

/** What the first bytes say. Throws `DataValidationError` for what is no text. */
export async function inspectFile(path: string): Promise<TextFile> {
  const { start, bytes } = await firstBytes(path)
  if (bytes === 0) throw unreadable(path, 'it is empty')
  const archive = ARCHIVES.find(([, magic]) => magic.every((byte, at) => start[at] === byte))
  if (archive !== undefined) throw unreadable(path, `it is ${archive[0]}`, 'Unpack it first; gzip is read as it is')
  const isGzip = start[0] === 0x1f && start[1] === 0x8b
  const text = isGzip ? await firstOfGzip(path) : start
  const [encoding, hasMark] = encodingOf(text)
  if (encoding === 'utf-8' && text.includes(0)) throw unreadable(path, 'it is no text')
  return { path, bytes, isGzip, encoding, hasMark }
}

/** The file's text in pieces, without its mark. `onBytes` is told of the bytes taken from the disk so far. Throws `DataValidationError`. */
export async function* textOf(file: TextFile, onBytes: (bytes: number) => void): AsyncGenerator<string> {
  const source = createReadStream(file.path, { highWaterMark: CHUNK_BYTES })
  const stream = file.isGzip ? source.pipe(createGunzip({ chunkSize: CHUNK_BYTES })) : source
  if (stream !== source) source.once('error', (error) => stream.destroy(error))
  const decoder = new TextDecoder(file.encoding)
  try {
    for await (const chunk of stream) {
      onBytes(source.bytesRead)
      yield decoder.decode(chunk as Buffer, { stream: true })
    }
    yield decoder.decode()
  } catch (error) {
    throw broken(file.path, error)
  } finally {
    source.destroy()
  }
}

async function firstBytes(path: string): Promise<{ start: Buffer; bytes: number }> {
  try {
    const handle = await open(path)
    try {
      const stat = await handle.stat()
      if (stat.isDirectory()) throw unreadable(path, 'it is a folder', 'Name its files: folder/*.csv')
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
      return { start: buffer.subarray(0, bytesRead), bytes: stat.size }
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw broken(path, error)
  }
}

async function firstOfGzip(path: string): Promise<Buffer> {
  const source = createReadStream(path, { end: SNIFF_BYTES })
  const gunzip = source.pipe(createGunzip({ finishFlush: zlib.Z_SYNC_FLUSH }))
  source.once('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of gunzip) return chunk as Buffer
    throw unreadable(path, 'it is empty')
  } catch (error) {
    throw broken(path, error)
  } finally {
    source.destroy()
  }
}

function encodingOf(start: Buffer): readonly [TextFile['encoding'], hasMark: boolean] {
  if (start[0] === 0xff && start[1] === 0xfe) return ['utf-16le', true]
  if (start[0] === 0xfe && start[1] === 0xff) return ['utf-16be', true]
  return ['utf-8', start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf]
}

function broken(path: string, error: unknown): MtsError {
  if (error instanceof MtsError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return unreadable(path, 'there is no such file')
  if (code.startsWith('Z_')) return unreadable(path, 'its compression is broken or cut off', 'Fetch it again', error)
  return unreadable(path, error instanceof Error ? error.message : String(error), 'Check the file', error)
}

export function unreadable(path: string, why: string, advice = 'Name a CSV or JSON file', cause?: unknown): DataValidationError {
  return new DataValidationError('DATA_IMPORT_FILE', `${path} cannot be read: ${why}`, { suggestions: [advice], cause })
}
