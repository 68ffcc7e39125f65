import type { FileHandle } from 'node:fs/promises'
import { MAGIC, type Member, unpackMember } from './gzip-member.js'

/** A stretch of a file: one whole member, or bytes that belong to none. */
export type Stretch =
  | { readonly isWhole: true; readonly offset: number; readonly length: number; readonly member: Member }
  | { readonly isWhole: false; readonly offset: number; readonly length: number }

const FIRST_WINDOW = 1 << 20
const LARGEST_WINDOW = 1 << 28

/** Every byte of the first `size` of a file as stretches in order. Where a member is damaged, the next one that unpacks goes on. */
export async function* stretchesOf(file: FileHandle, size: number): AsyncGenerator<Stretch> {
  const window = new Window(file, size)
  let offset = 0
  let tornFrom = -1
  while (offset < size) {
    const member = await memberAt(window, offset)
    if (member === undefined) {
      if (tornFrom < 0) tornFrom = offset
      offset = await nextMagic(window, offset + 1, size)
      continue
    }
    if (tornFrom >= 0) yield { isWhole: false, offset: tornFrom, length: offset - tornFrom }
    tornFrom = -1
    yield { isWhole: true, offset, length: member.packedBytes, member }
    offset += member.packedBytes
  }
  if (tornFrom >= 0) yield { isWhole: false, offset: tornFrom, length: size - tornFrom }
}

/** The whole member at `offset`, if there is one. */
export async function memberIn(file: FileHandle, offset: number): Promise<Member | undefined> {
  const { size } = await file.stat()
  return memberAt(new Window(file, size), offset)
}

async function memberAt(window: Window, offset: number): Promise<Member | undefined> {
  for (let wanted = FIRST_WINDOW; ; wanted *= 4) {
    const bytes = await window.at(offset, wanted)
    const member = unpackMember(bytes)
    if (member === 'bad') return undefined
    if (member !== 'short') return member
    if (bytes.length >= window.size - offset || wanted >= LARGEST_WINDOW) return undefined
  }
}

async function nextMagic(window: Window, from: number, size: number): Promise<number> {
  for (let offset = from; offset < size; ) {
    const bytes = await window.at(offset, FIRST_WINDOW)
    const found = bytes.indexOf(MAGIC)
    if (found >= 0) return offset + found
    // The magic may lie across the border of two windows.
    offset += Math.max(1, bytes.length - MAGIC.length + 1)
  }
  return size
}

/** Bytes of a file near the last place asked for, so that small members are not each a read of their own. */
class Window {
  readonly size: number
  readonly #file: FileHandle
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0

  constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** At least `wanted` bytes from `offset` on, or all that there are. */
  async at(offset: number, wanted: number): Promise<Buffer> {
    const left = this.size - offset
    const held = this.#start + this.#bytes.length - offset
    const isHeld = offset >= this.#start && held >= Math.min(left, wanted)
    if (!isHeld) {
      const length = Math.min(left, wanted * 4)
      const { buffer, bytesRead } = await this.#file.read({ buffer: Buffer.allocUnsafe(length), position: offset, length })
      this.#bytes = buffer.subarray(0, bytesRead)
      this.#start = offset
    }
    return this.#bytes.subarray(offset - this.#start)
  }
}
