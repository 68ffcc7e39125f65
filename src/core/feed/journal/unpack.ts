import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip, gunzipSync, inflateRawSync } from 'node:zlib'

const CHUNK_BYTES = 1 << 18

/**
 * The text of a file of concatenated gzip members, a chunk at a time. Throws where the file is damaged, once every whole member
 * before that place was given.
 */
export async function* unpackMembers(path: string): AsyncGenerator<Buffer> {
  const raw = createReadStream(path)
  const unpacked = createGunzip({ chunkSize: CHUNK_BYTES })
  // A failure to read destroys `unpacked` with the error, and so reaches the loop below.
  pipeline(raw, unpacked, () => undefined)
  let given = 0
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      given += chunk.length
      yield chunk
    }
  } catch (error) {
    yield* membersAfter(path, given)
    throw error
  }
  // Zeros behind a member end the stream without an error, whatever follows them.
  const left = raw.bytesRead - unpacked.bytesWritten
  if (left > 0) throw new Error(`${left} bytes that are no gzip member`)
}

/** zlib gives nothing of a piece in which it finds an error: what lies before it is unpacked member by member. */
async function* membersAfter(path: string, given: number): AsyncGenerator<Buffer> {
  const file = await open(path)
  try {
    let position = 0
    let left = given
    for (let text = await memberAt(file, position); text !== undefined; text = await memberAt(file, position)) {
      position += text.packedBytes
      if (left < text.bytes.length) yield text.bytes.subarray(left)
      left = Math.max(0, left - text.bytes.length)
    }
  } finally {
    await file.close()
  }
}

interface Member {
  readonly bytes: Buffer
  readonly packedBytes: number
}

const FIRST_WINDOW = 1 << 20
const LARGEST_WINDOW = 1 << 28

async function memberAt(file: FileHandle, position: number): Promise<Member | undefined> {
  for (let size = FIRST_WINDOW; size <= LARGEST_WINDOW; size *= 2) {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(size), position })
    const member = unpackFirst(buffer.subarray(0, bytesRead))
    if (member !== undefined || bytesRead < size) return member
  }
  return undefined
}

const TRAILER_BYTES = 8

/** The first member, if it is whole and its checksum right. */
function unpackFirst(bytes: Buffer): Member | undefined {
  const start = headerLength(bytes)
  if (start === undefined) return undefined
  try {
    const { engine } = inflateRawSync(bytes.subarray(start), { info: true }) as unknown as { engine: { bytesWritten: number } }
    const packedBytes = start + engine.bytesWritten + TRAILER_BYTES
    return packedBytes > bytes.length ? undefined : { bytes: gunzipSync(bytes.subarray(0, packedBytes)), packedBytes }
  } catch {
    return undefined
  }
}

const HEADER_BYTES = 10
const HAS_CHECKSUM = 2
const HAS_EXTRA = 4
/** Each ends with a zero byte: the file's name, a comment. */
const TEXT_FLAGS = [8, 16]

/** RFC 1952 §2.3. */
function headerLength(bytes: Buffer): number | undefined {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== 0x1f8b || bytes[2] !== 8) return undefined
  const flags = bytes[3] ?? 0
  let length = HEADER_BYTES
  if ((flags & HAS_EXTRA) !== 0) length += 2 + (bytes[length] ?? 0) + 256 * (bytes[length + 1] ?? 0)
  for (const flag of TEXT_FLAGS) if ((flags & flag) !== 0) length = bytes.indexOf(0, length) + 1 || bytes.length
  return length + ((flags & HAS_CHECKSUM) === 0 ? 0 : 2)
}
