import { BookUpdate, type LevelArray } from '../market/book-update.js'

/** Numbers of one piece: some dozens of updates. */
const PIECE = 2_048
/** Numbers before the levels of an update. */
const HEAD = 9

interface Piece {
  readonly numbers: Float64Array
  /** Where the newest update ends. */
  to: number
}

/**
 * Book updates that wait, oldest first. They lie one after the other as plain numbers: hundreds of books may wait for a minute, and as
 * objects of their own the updates would take five times as much.
 */
export class UpdateBuffer {
  readonly #symbol: string
  #pieces: Piece[] = []
  #bytes = 0
  /** What is read is put in here, one after the other. */
  #record: BookUpdate | undefined

  constructor(symbol: string) {
    this.#symbol = symbol
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a change, no snapshot; beyond `mostBytes` the oldest go, some dozens at once. */
  push(update: BookUpdate, mostBytes: number): void {
    const { bids, asks } = update
    const size = HEAD + 2 * (bids.length + asks.length)
    const { numbers, to } = this.#pieceFor(size)
    numbers[to] = bids.length
    numbers[to + 1] = asks.length
    numbers[to + 2] = update.depth
    numbers[to + 3] = update.timestamp
    numbers[to + 4] = update.sentAt
    numbers[to + 5] = update.firstId
    numbers[to + 6] = update.lastId
    numbers[to + 7] = update.previousId
    numbers[to + 8] = update.crossId
    putLevels(asks, numbers, putLevels(bids, numbers, to + HEAD))
    while (this.#bytes > mostBytes) this.#dropOldest()
  }

  /** The oldest of which `test` is true; only valid until the next call. */
  find(test: (update: BookUpdate) => boolean): BookUpdate | undefined {
    for (const piece of this.#pieces) {
      for (let at = 0; at < piece.to; at += sizeAt(piece, at)) {
        const update = this.#read(piece, at)
        if (test(update)) return update
      }
    }
    return undefined
  }

  clear(): void {
    this.#pieces = []
    this.#bytes = 0
    this.#record = undefined
  }

  #pieceFor(size: number): { readonly numbers: Float64Array; readonly to: number } {
    let piece = this.#pieces.at(-1)
    if (piece === undefined || piece.to + size > piece.numbers.length) {
      piece = { numbers: new Float64Array(Math.max(PIECE, size)), to: 0 }
      this.#pieces.push(piece)
      this.#bytes += piece.numbers.byteLength
    }
    const { numbers, to } = piece
    piece.to += size
    return { numbers, to }
  }

  #dropOldest(): void {
    const dropped = this.#pieces.shift()
    this.#bytes -= dropped?.numbers.byteLength ?? this.#bytes
  }

  #read({ numbers }: Piece, at: number): BookUpdate {
    this.#record ??= new BookUpdate()
    const record = this.#record
    const number = (place: number) => numbers[at + place] ?? 0
    record.clear()
    record.symbol = this.#symbol
    record.depth = number(2)
    record.timestamp = number(3)
    record.sentAt = number(4)
    record.firstId = number(5)
    record.lastId = number(6)
    record.previousId = number(7)
    record.crossId = number(8)
    takeLevels(record.asks, number(1), numbers, takeLevels(record.bids, number(0), numbers, at + HEAD))
    return record
  }
}

function sizeAt({ numbers }: Piece, at: number): number {
  return HEAD + 2 * ((numbers[at] ?? 0) + (numbers[at + 1] ?? 0))
}

function putLevels({ prices, quantities, length }: LevelArray, numbers: Float64Array, at: number): number {
  for (let i = 0; i < length; i++) {
    numbers[at + 2 * i] = prices[i] ?? 0
    numbers[at + 2 * i + 1] = quantities[i] ?? 0
  }
  return at + 2 * length
}

function takeLevels(levels: LevelArray, length: number, numbers: Float64Array, at: number): number {
  for (let i = 0; i < length; i++) levels.push(numbers[at + 2 * i] ?? 0, numbers[at + 2 * i + 1] ?? 0)
  return at + 2 * length
}
