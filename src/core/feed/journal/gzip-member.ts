import { promisify } from 'node:util'
import { constants, crc32, deflateRaw, inflateRawSync } from 'node:zlib'

/** What a member says of itself in its header, so that it can be skipped without being unpacked. Stamps in µs. */
export interface MemberInfo {
  readonly records: number
  readonly firstStamp: number
  readonly lastStamp: number
}

export interface MemberHeader {
  /** Bytes before the packed data. */
  readonly length: number
  /** Of the whole member and of its records; `undefined` in members that other programs wrote. */
  readonly packedBytes: number | undefined
  readonly info: MemberInfo | undefined
}

export interface Member {
  readonly bytes: Buffer
  readonly packedBytes: number
  readonly info: MemberInfo | undefined
}

const FIXED_BYTES = 10
const TRAILER_BYTES = 8
const HAS_CHECKSUM = 2
const HAS_EXTRA = 4
/** Each ends with a zero byte: the file's name, a comment. */
const TEXT_FLAGS = [8, 16]
/** Our subfield of the header's extra field (RFC 1952 §2.3.1.1): `MT`, 24 bytes. */
const SUBFIELD = 0x4d54
const SUBFIELD_BYTES = 24
const EXTRA_BYTES = 4 + SUBFIELD_BYTES
/** Enough to read our own headers. */
export const HEADER_BYTES = FIXED_BYTES + 2 + EXTRA_BYTES
export const MAGIC: Buffer = Buffer.from([0x1f, 0x8b, 0x08])

const pack = promisify(deflateRaw)

/** One gzip member of this text; any gunzip reads it. */
export async function packMember(text: Buffer, info: MemberInfo): Promise<Buffer> {
  const packed = await pack(text, { level: constants.Z_BEST_SPEED })
  const member = Buffer.alloc(HEADER_BYTES + packed.length + TRAILER_BYTES)
  MAGIC.copy(member)
  member[3] = HAS_EXTRA
  // Made by an unknown system, as zlib says where it does not matter.
  member[9] = 0xff
  member.writeUInt16LE(EXTRA_BYTES, 10)
  member.writeUInt16BE(SUBFIELD, 12)
  member.writeUInt16LE(SUBFIELD_BYTES, 14)
  member.writeUInt32LE(member.length, 16)
  member.writeUInt32LE(info.records, 20)
  member.writeDoubleLE(info.firstStamp, 24)
  member.writeDoubleLE(info.lastStamp, 32)
  packed.copy(member, HEADER_BYTES)
  member.writeUInt32LE(crc32(text), member.length - TRAILER_BYTES)
  member.writeUInt32LE(text.length, member.length - TRAILER_BYTES / 2)
  return member
}

/** The header at the beginning of these bytes; `undefined`: there is none, or not all of it. RFC 1952 §2.3. */
export function readHeader(bytes: Buffer): MemberHeader | undefined {
  if (bytes.length < FIXED_BYTES || bytes.compare(MAGIC, 0, 3, 0, 3) !== 0) return undefined
  const flags = bytes[3] ?? 0
  let length = FIXED_BYTES
  let own: Pick<MemberHeader, 'packedBytes' | 'info'> = { packedBytes: undefined, info: undefined }
  if ((flags & HAS_EXTRA) !== 0) {
    if (bytes.length < FIXED_BYTES + 2) return undefined
    length += 2 + bytes.readUInt16LE(FIXED_BYTES)
    own = readOwn(bytes.subarray(FIXED_BYTES + 2, length))
  }
  for (const flag of TEXT_FLAGS) if ((flags & flag) !== 0) length = bytes.indexOf(0, length) + 1 || bytes.length
  length += (flags & HAS_CHECKSUM) === 0 ? 0 : 2
  return length > bytes.length ? undefined : { length, ...own }
}

function readOwn(extra: Buffer): Pick<MemberHeader, 'packedBytes' | 'info'> {
  if (extra.length !== EXTRA_BYTES || extra.readUInt16BE(0) !== SUBFIELD) return { packedBytes: undefined, info: undefined }
  const info = { records: extra.readUInt32LE(8), firstStamp: extra.readDoubleLE(12), lastStamp: extra.readDoubleLE(20) }
  return { packedBytes: extra.readUInt32LE(4), info }
}

/** The member at the beginning of these bytes when it is whole and its checksum right; `short`: its end is not there; `bad`: it is none. */
export function unpackMember(bytes: Buffer): Member | 'short' | 'bad' {
  const header = readHeader(bytes)
  if (header === undefined) return isBeginning(bytes) ? 'short' : 'bad'
  if ((header.packedBytes ?? 0) > bytes.length) return 'short'
  try {
    const { buffer, engine } = inflateRawSync(bytes.subarray(header.length, header.packedBytes), {
      info: true,
    }) as unknown as Inflated
    const end = header.length + engine.bytesWritten
    if (end + TRAILER_BYTES > bytes.length) return 'short'
    const isRight = bytes.readUInt32LE(end) === crc32(buffer) && bytes.readUInt32LE(end + 4) === buffer.length % 2 ** 32
    if (!isRight || (header.packedBytes ?? end + TRAILER_BYTES) !== end + TRAILER_BYTES) return 'bad'
    return { bytes: buffer, packedBytes: end + TRAILER_BYTES, info: header.info }
  } catch (error) {
    const isShort = error instanceof Error && 'code' in error && error.code === 'Z_BUF_ERROR' && header.packedBytes === undefined
    return isShort ? 'short' : 'bad'
  }
}

/** Node's types know nothing of the option `info`. */
interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}

/** Could more bytes make a header of these? */
function isBeginning(bytes: Buffer): boolean {
  const length = Math.min(MAGIC.length, bytes.length)
  return bytes.compare(MAGIC, 0, length, 0, length) === 0
}
