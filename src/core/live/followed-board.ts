import { decimalsOf } from '../market/decimal.js'
import type { Level } from '../market/event.js'
import type { BoardRow } from './board.js'

/** What a follower reads of an event to show it. */
export interface ShownEvent {
  readonly type: string
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
  readonly received_at?: number
  readonly bids?: readonly Level[]
  readonly asks?: readonly Level[]
  readonly status?: string
  readonly channel?: string
}

interface Shown {
  readonly exchange: string
  readonly pair: string
  bids: readonly Level[]
  asks: readonly Level[]
  receivedAt: number
  state: string
  updates: number
  perSecond: number
}

const RATE_WINDOW_MS = 1_000
/** Without a book for so long it is called quiet; how long is usual, only its collector knows. */
const QUIET_MS = 5_000

/** Books that a collector publishes, as rows for a screen: those of `mts stream`, from what it tells. */
export class FollowedBoard {
  readonly #books = new Map<string, Shown>()
  #measuredAt = 0

  take(event: ShownEvent): void {
    const key = `${event.exchange} ${event.symbol}`
    const { bids = [], asks = [] } = event
    const known = this.#books.get(key)
    if (event.type === 'book') {
      const { exchange, pair, received_at: receivedAt = 0 } = event
      const updates = (known?.updates ?? 0) + 1
      this.#books.set(key, { exchange, pair, bids, asks, receivedAt, state: 'live', updates, perSecond: known?.perSecond ?? 0 })
    } else if (known !== undefined && isLoss(event)) {
      known.state = event.type === 'gap' ? 'resyncing' : (event.status ?? 'resyncing')
      known.bids = []
      known.asks = []
    }
  }

  /** The collector ended, or Redis is gone: nobody vouches for any of it. */
  lose(state: string): void {
    for (const book of this.#books.values()) Object.assign(book, { state, bids: [], asks: [] })
  }

  rows(nowMs: number): BoardRow[] {
    this.#measure(nowMs)
    return [...this.#books.values()]
      .map((book) => rowOf(book, nowMs))
      .sort((a, b) => compare(a.instrument, b.instrument) || compare(a.exchange, b.exchange))
  }

  #measure(nowMs: number): void {
    const elapsed = nowMs - this.#measuredAt
    if (elapsed < RATE_WINDOW_MS) return
    for (const book of this.#books.values()) {
      book.perSecond = this.#measuredAt === 0 ? 0 : (book.updates * 1000) / elapsed
      book.updates = 0
    }
    this.#measuredAt = nowMs
  }
}

function isLoss({ type, status, channel }: ShownEvent): boolean {
  if (channel !== 'book') return false
  return type === 'gap' || (type === 'status' && (status === 'suspect' || status === 'resyncing'))
}

function rowOf({ pair, exchange, bids, asks, receivedAt, state, perSecond }: Shown, nowMs: number): BoardRow {
  const [bid] = bids
  const [ask] = asks
  const age = Math.max(0, Math.round(nowMs - receivedAt))
  const hasTop = bid !== undefined && ask !== undefined
  return {
    instrument: pair,
    exchange,
    bid: bid?.[0] ?? null,
    ask: ask?.[0] ?? null,
    spread: hasTop ? ((ask[0] - bid[0]) / ((ask[0] + bid[0]) / 2)) * 10_000 : null,
    imbalance: hasTop ? imbalanceOf(bids, asks) : null,
    updates: perSecond,
    age,
    state: state === 'live' && age > QUIET_MS ? 'quiet' : state,
    decimals: decimalsOf(tickOf([...bids, ...asks])),
  }
}

/** Best ten levels a side. */
function imbalanceOf(bids: readonly Level[], asks: readonly Level[]): number | null {
  const sum = (levels: readonly Level[]) => levels.slice(0, 10).reduce((total, [, quantity]) => total + quantity, 0)
  const [bought, sold] = [sum(bids), sum(asks)]
  return bought + sold > 0 ? (bought - sold) / (bought + sold) : null
}

/** The finest step that its prices show. */
function tickOf(levels: readonly Level[]): number {
  return 10 ** -Math.max(0, ...levels.map(([price]) => String(price).split('.')[1]?.length ?? 0))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
