/** Books of recorded frames by the plainest means there are (JSON.parse, a Map, a sort): what the real ones are held to. */

type Wire = readonly (readonly [price: string, quantity: string])[]

interface Frame {
  readonly topic?: string
  readonly type?: string
  readonly data?: Data
}

interface Data {
  readonly e?: string
  readonly s: string
  readonly u: number
  readonly b: Wire
  readonly a: Wire
}

interface Snapshot {
  readonly lastUpdateId: number
  readonly bids: Wire
  readonly asks: Wire
}

class PlainBook {
  bids = new Map<number, number>()
  asks = new Map<number, number>()
  id = -1

  replace(bids: Wire, asks: Wire, id: number): void {
    this.bids.clear()
    this.asks.clear()
    this.change(bids, asks, id)
  }

  change(bids: Wire, asks: Wire, id: number): void {
    set(this.bids, bids)
    set(this.asks, asks)
    this.id = id
  }

  text(depth: number): string {
    const bids = [...this.bids].sort((a, b) => b[0] - a[0]).slice(0, depth)
    const asks = [...this.asks].sort((a, b) => a[0] - b[0]).slice(0, depth)
    return `${this.id} ${bids.join(' ')} | ${asks.join(' ')}`
  }
}

/** Tells each state by its text, best 20 levels a side; every `stride`th of all, because sorting is slow. */
export class PlainBooks {
  readonly #stride: number
  readonly #tell: (symbol: string, id: number, text: string) => void
  readonly #books = new Map<string, PlainBook>()
  /** What came before its book's snapshot. */
  readonly #early: Data[] = []
  #count = 0

  constructor(stride: number, tell: (symbol: string, id: number, text: string) => void) {
    this.#stride = stride
    this.#tell = tell
  }

  rest(url: string, body: string): void {
    const symbol = new URL(url).searchParams.get('symbol')
    if (symbol === null) return
    const { bids, asks, lastUpdateId } = JSON.parse(body) as Snapshot
    const book = new PlainBook()
    book.replace(bids, asks, lastUpdateId)
    this.#books.set(symbol, book)
    for (const data of this.#early) if (data.s === symbol) this.#change(data)
  }

  frame(text: string): void {
    const { topic, type, data } = JSON.parse(text) as Frame
    if (data === undefined) return
    if (topic?.startsWith('orderbook.') === true && type === 'snapshot') this.#replace(data)
    else if (data.e === 'depthUpdate' || topic?.startsWith('orderbook.') === true) this.#change(data)
  }

  #replace(data: Data): void {
    const book = new PlainBook()
    book.replace(data.b, data.a, data.u)
    this.#books.set(data.s, book)
    this.#changed(data.s, book)
  }

  #change(data: Data): void {
    const book = this.#books.get(data.s)
    if (book === undefined) this.#early.push(data)
    if (book === undefined || data.u < book.id) return
    book.change(data.b, data.a, data.u)
    this.#changed(data.s, book)
  }

  #changed(symbol: string, book: PlainBook): void {
    this.#count += 1
    if (this.#count % this.#stride === 0) this.#tell(symbol, book.id, book.text(20))
  }
}

function set(side: Map<number, number>, levels: Wire): void {
  for (const [price, quantity] of levels) {
    if (Number(quantity) === 0) side.delete(Number(price))
    else side.set(Number(price), Number(quantity))
  }
}
