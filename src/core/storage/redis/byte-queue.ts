/** First in, first out, bounded in bytes by whoever owns it. */
interface Sized {
  readonly bytes: number
}

/** What was taken is cut off the array in larger pieces: a `shift` of a long array costs its length. */
const CUT_AT = 1024

export class ByteQueue<Item extends Sized> {
  #items: Item[] = []
  #head = 0
  #bytes = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  push(item: Item): void {
    this.#items.push(item)
    this.#bytes += item.bytes
  }

  shift(): Item | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head += 1
    this.#bytes -= item.bytes
    if (this.#head >= CUT_AT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** The oldest, at most so many and, past the first one, so many bytes. */
  take(most: number, maxBytes: number): Item[] {
    const taken: Item[] = []
    let bytes = 0
    while (taken.length < most) {
      const next = this.#items[this.#head]
      if (next === undefined || (taken.length > 0 && bytes + next.bytes > maxBytes)) break
      this.shift()
      bytes += next.bytes
      taken.push(next)
    }
    return taken
  }
}
