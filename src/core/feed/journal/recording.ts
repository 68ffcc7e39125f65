import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { DataValidationError } from '../../errors.js'

/** A recording made elsewhere: one raw frame a line, and beside it what its maker kept. */
export interface Recording {
  /** `NAME.jsonl` or `NAME.jsonl.gz`. */
  readonly frames: string
  /** Receive time of line N in line N, Unix seconds or nanoseconds. */
  readonly recv: string | undefined
  /** What the client sent to subscribe. */
  readonly sent: string | undefined
  readonly rest: readonly RestFile[]
}

export interface RestFile {
  readonly path: string
  /** Given as `SYMBOL=FILE`, or found in the file's name later. */
  readonly symbol: string | undefined
}

/** Finds the recordings at a file or in a directory (not below it), with the files that belong to each. */
export async function findRecordings(path: string): Promise<Recording[]> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new DataValidationError('JOURNAL_NOT_FOUND', `No recording at ${path}`, {
      cause,
      suggestions: ['Name a .jsonl or .jsonl.gz file with a frame a line, or a directory of them'],
    })
  })
  const directory = found.isDirectory() ? path : dirname(path)
  const names = (await readdir(directory)).sort()
  const frames = names.filter((name) => isFrames(name) && (found.isDirectory() || name === basename(path)))
  if (frames.length === 0) {
    throw new DataValidationError('JOURNAL_NO_FRAMES', `No recording at ${path}`, {
      suggestions: ['A recording is NAME.jsonl or NAME.jsonl.gz with one raw frame a line'],
    })
  }
  const isAlone = frames.length === 1
  return frames.map((name) => {
    const stem = name.replace(/\.jsonl(\.gz)?$/, '')
    const beside = (suffix: RegExp) => names.find((other) => other.startsWith(`${stem}.`) && suffix.test(other.slice(stem.length)))
    const place = (other: string | undefined) => (other === undefined ? undefined : join(directory, other))
    const rest = names.filter(
      (other) => other.endsWith('.json') && (other.startsWith(`${stem}.`) || (found.isDirectory() && isAlone)),
    )
    return {
      frames: join(directory, name),
      recv: place(beside(/^\.recv_n?s\.txt(\.gz)?$/)),
      sent: place(beside(/^\.sent\.jsonl$/)),
      rest: rest.map((other) => ({ path: join(directory, other), symbol: undefined })),
    }
  })
}

/** `SYMBOL=FILE` or `FILE`. */
export function restFile(text: string): RestFile {
  const match = /^([^=/]+)=(.+)$/.exec(text)
  return match === null ? { path: text, symbol: undefined } : { path: match[2] ?? '', symbol: match[1] }
}

function isFrames(name: string): boolean {
  return /\.jsonl(\.gz)?$/.test(name) && !name.endsWith('.sent.jsonl')
}

/** The lines of a file, plain or gzipped, without their newlines. */
export async function* linesOf(path: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(path)
  // A failure to read destroys `text` with the error, and so reaches the loop below.
  const text = path.endsWith('.gz') ? createGunzip() : raw
  if (text !== raw) pipeline(raw, text as ReturnType<typeof createGunzip>, () => undefined)
  let rest: Buffer = Buffer.alloc(0)
  for await (const part of text as AsyncIterable<Buffer>) {
    const chunk: Buffer = rest.length === 0 ? part : Buffer.concat([rest, part])
    let start = 0
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      yield chunk.subarray(start, end)
      start = end + 1
    }
    rest = chunk.subarray(start)
  }
  if (rest.length > 0) yield rest
}

/** Unix seconds (with decimals), milliseconds, microseconds or nanoseconds as text → µs; NaN when it is none. */
export function parseStamp(text: string): number {
  const [whole = '', fraction = ''] = text.trim().split('.')
  if (!/^\d+$/.test(whole)) return Number.NaN
  if (whole.length >= 18) return Number(whole.slice(0, -3))
  if (whole.length >= 15) return Number(whole)
  if (whole.length >= 12) return Number(whole) * 1000 + Number(fraction.padEnd(3, '0').slice(0, 3))
  return Number(whole) * 1_000_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
