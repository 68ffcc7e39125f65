import type { Trade } from '../market/event.js'

/** More is asked for by nobody: it would cost the budget that books live on. Twenty requests at Binance. */
const MOST_TRADES = 20_000
const MOST_HOLES = 100
const MOST_FAILURES = 5

export interface TradeHole {
  /** First id that is still missing. */
  readonly from: number
  /** Last id that is missing. */
  readonly to: number
}

/** How the repair of one hole ended. */
export interface RepairEnd {
  readonly isWhole: boolean
  readonly detail: string
}

/** The end of one hole; `rowAt`: start of the row of coverage that tells it. */
export interface HoleEnd extends RepairEnd {
  readonly rowAt: number
}

/** Between these two ids. */
export interface LostTrades {
  readonly lastId: number
  readonly nextId: number
  readonly rowAt: number
}

interface Repair {
  readonly rowAt: number
  readonly first: number
  from: number
  readonly to: number
  fetched: number
  failures: number
}

/**
 * The holes in the ids of one instrument's trades, and what was fetched to fill them. It knows of answers only, so that a replay
 * of the same answers fills the same.
 */
export class TradeHoles {
  readonly #repairs: Repair[] = []

  /** The one to ask for next. */
  get next(): TradeHole | undefined {
    return this.#repairs[0]
  }

  /** Ids between these two are missing. Gives an end at once where nothing is tried; `why`: the exchange cannot be asked. */
  open({ lastId, nextId, rowAt }: LostTrades, why?: string): HoleEnd | undefined {
    const repair: Repair = { rowAt, first: lastId + 1, from: lastId + 1, to: nextId - 1, fetched: 0, failures: 0 }
    if (why !== undefined) return end(repair, why)
    if (sizeOf(repair) > MOST_TRADES) return end(repair, `more than ${MOST_TRADES} are not fetched`)
    if (this.#repairs.length >= MOST_HOLES) return end(repair, `${MOST_HOLES} holes wait already`)
    this.#repairs.push(repair)
    return undefined
  }

  /** An answer to `next`, trades by id from its `from` on: those of them that were missing, by id, and how the repair ended if it did. */
  fill(rows: readonly Trade[]): { readonly trades: readonly Trade[]; readonly end?: HoleEnd } {
    const repair = this.#repairs[0]
    if (repair === undefined) return { trades: [] }
    const trades: Trade[] = []
    for (const row of rows.toSorted((a, b) => Number(a.tradeId) - Number(b.tradeId))) {
      const id = Number(row.tradeId)
      if (id < repair.from || id > repair.to) continue
      trades.push(row)
      repair.from = id + 1
    }
    repair.fetched += trades.length
    if (trades.length > 0 && repair.from <= repair.to) return { trades }
    this.#repairs.shift()
    return { trades, end: end(repair, 'the exchange does not give the others') }
  }

  /** No answer, or a refusal. */
  failed(reason: string): HoleEnd | undefined {
    const repair = this.#repairs[0]
    if (repair === undefined) return undefined
    repair.failures += 1
    if (repair.failures < MOST_FAILURES) return undefined
    this.#repairs.shift()
    return end(repair, reason)
  }

  /** Nobody asks for them any more. */
  abandon(reason: string): HoleEnd[] {
    return this.#repairs.splice(0).map((repair) => end(repair, reason))
  }
}

function sizeOf({ first, to }: Repair): number {
  return to - first + 1
}

function end(repair: Repair, why: string): HoleEnd {
  const { rowAt, first, to, fetched } = repair
  const isWhole = fetched === sizeOf(repair)
  const said = `trades ${first}..${to}: ${fetched} of ${sizeOf(repair)} fetched by id`
  return { rowAt, isWhole, detail: isWhole ? said : `${said}; ${why}` }
}
