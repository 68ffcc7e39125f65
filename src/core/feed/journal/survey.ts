import { type FileHandle, open } from 'node:fs/promises'
import { HEADER_BYTES, type MemberInfo, readHeader } from './gzip-member.js'
import { memberIn } from './members.js'
import { parseRecord } from './record.js'

/** What the headers of a journal file say. Times in ms. */
export interface Survey {
  readonly records: number
  readonly from: number | null
  readonly to: number | null
  /** Bytes behind the last whole member, or from the first place on that is none. */
  readonly tornBytes: number
}

/**
 * Goes from header to header without unpacking, so that a day of journal takes a moment. It sees a torn tail and a place
 * where no member begins; a damage within a member is seen by whoever unpacks it.
 */
export async function surveyFile(path: string): Promise<Survey> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    let offset = 0
    let records = 0
    let first: number | undefined
    let last: number | undefined
    while (offset < size) {
      const member = await sizeUp(file, offset)
      if (member === undefined || offset + member.packedBytes > size) break
      offset += member.packedBytes
      records += member.info.records
      first ??= member.info.firstStamp
      last = member.info.lastStamp
    }
    return { records, from: milliseconds(first), to: milliseconds(last), tornBytes: size - offset }
  } finally {
    await file.close()
  }
}

async function sizeUp(file: FileHandle, offset: number): Promise<{ packedBytes: number; info: MemberInfo } | undefined> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEADER_BYTES), position: offset })
  const header = readHeader(buffer.subarray(0, bytesRead))
  if (header?.packedBytes !== undefined && header.info !== undefined) return { packedBytes: header.packedBytes, info: header.info }
  const member = await memberIn(file, offset)
  return member === undefined ? undefined : { packedBytes: member.packedBytes, info: infoOf(member.bytes) }
}

/** Counted in the text itself, where the header does not say. */
export function infoOf(text: Buffer): MemberInfo {
  let records = 0
  let lastStart = 0
  for (let end = text.indexOf(0x0a); end >= 0; end = text.indexOf(0x0a, end + 1)) {
    records += 1
    if (end + 1 < text.length) lastStart = end + 1
  }
  return { records, firstStamp: stampAt(text, 0), lastStamp: stampAt(text, lastStart) }
}

/** 0 where the line is no record. */
function stampAt(text: Buffer, start: number): number {
  const end = text.indexOf(0x0a, start)
  try {
    return parseRecord(text.subarray(start, end < 0 ? text.length : end)).stamp
  } catch {
    return 0
  }
}

function milliseconds(stamp: number | undefined): number | null {
  return stamp === undefined || stamp === 0 ? null : Math.floor(stamp / 1000)
}
