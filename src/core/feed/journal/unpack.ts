import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { memberIn } from './members.js'

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
    // Opened, and then the program died before it wrote: nothing is missing that was ever there.
    if (raw.bytesRead === 0) return
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
    for (let text = await memberIn(file, position); text !== undefined; text = await memberIn(file, position)) {
      position += text.packedBytes
      if (left < text.bytes.length) yield text.bytes.subarray(left)
      left = Math.max(0, left - text.bytes.length)
    }
  } finally {
    await file.close()
  }
}
