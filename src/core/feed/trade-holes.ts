import type { Trade } from '../market/event.js'

/** More is asked for by nobody: it would cost the budget that books live on. Twenty requests at Binance. */
const MOST_TRADES = 20_000
const MOST_HOLES = 100
const MOST_FAILURES = 5
/** Of holes that were given up, so many are remembered: what they miss may still come by the stream. */
const MOST_ENDED = 16

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
  /** Ids that are not missing any longer: those fetched, and those that the stream brought late. */
  readonly found: Set<number>
  fetched: number
  failures: number
}

/**
 * The holes in the ids of one instrument's trades, and what was fetched to fill them. It knows of answers only, so that a replay
 * of the same answers fills the same.
 */
export class TradeHoles {
  readonly #repairs: Repair[] = []
  readonly #ended: Repair[] = []

  /** The one to ask for next. */
  get next(): TradeHole | undefined {
    return this.#repairs[0]
  }

  /** Ids between these two are missing. Gives an end at once where nothing is tried; `why`: the exchange cannot be asked. */
  open({ lastId, nextId, rowAt }: LostTrades, why?: string): HoleEnd | undefined {
    const first = lastId + 1
    const repair: Repair = { rowAt, first, from: first, to: nextId - 1, found: new Set(), fetched: 0, failures: 0 }
    if (why !== undefined) return this.#end(repair, why)
    if (sizeOf(repair) > MOST_TRADES) return this.#end(repair, `more than ${MOST_TRADES} are not fetched`)
    if (this.#repairs.length >= MOST_HOLES) return this.#end(repair, `${MOST_HOLES} holes wait already`)
    this.#repairs.push(repair)
    return undefined
  }

  /** This one was not told yet, and ought to have been. */
  isMissing(id: number): boolean {
    return this.#missing(id) !== undefined
  }

  /** The stream brought it after all. False: it was not missing. */
  cameLate(id: number): boolean {
    const repair = this.#missing(id)
    repair?.found.add(id)
    return repair !== undefined
  }

  /** An answer to `next`, trades by id from its `from` on: those of them that were missing, by id, and how the repair ended if it did. */
  fill(rows: readonly Trade[]): { readonly trades: readonly Trade[]; readonly end?: HoleEnd } {
    const repair = this.#repairs[0]
    if (repair === undefined) return { trades: [] }
    const trades: Trade[] = []
    const { from } = repair
    for (const row of rows.toSorted((a, b) => Number(a.tradeId) - Number(b.tradeId))) {
      const id = Number(row.tradeId)
      if (id < repair.from || id > repair.to) continue
      repair.from = id + 1
      if (repair.found.has(id)) continue
      repair.found.add(id)
      trades.push(row)
    }
    repair.fetched += trades.length
    if (repair.from > from && repair.from <= repair.to && !isWhole(repair)) return { trades }
    this.#repairs.shift()
    return { trades, end: this.#end(repair, 'the exchange does not give the others') }
  }

  /** No answer, or a refusal. */
  failed(reason: string): HoleEnd | undefined {
    const repair = this.#repairs[0]
    if (repair === undefined) return undefined
    repair.failures += 1
    if (repair.failures < MOST_FAILURES && !isWhole(repair)) return undefined
    this.#repairs.shift()
    return this.#end(repair, reason)
  }

  /** Nobody asks for them any more. */
  abandon(reason: string): HoleEnd[] {
    return this.#repairs.splice(0).map((repair) => this.#end(repair, reason))
  }

  #missing(id: number): Repair | undefined {
    const isIn = ({ first, to, found }: Repair) => first <= id && id <= to && !found.has(id)
    return this.#repairs.find(isIn) ?? this.#ended.find(isIn)
  }

  #end(repair: Repair, why: string): HoleEnd {
    const { rowAt, first, to, fetched, found } = repair
    const late = found.size - fetched
    const said = `trades ${first}..${to}: ${fetched} of ${sizeOf(repair)} fetched by id${late === 0 ? '' : `, ${late} came late`}`
    if (isWhole(repair)) return { rowAt, isWhole: true, detail: said }
    this.#ended.push(repair)
    if (this.#ended.length > MOST_ENDED) this.#ended.shift()
    return { rowAt, isWhole: false, detail: `${said}; ${why}` }
  }
}

function sizeOf({ first, to }: Repair): number {
  return to - first + 1
}

function isWhole(repair: Repair): boolean {
  return repair.found.size === sizeOf(repair)
}
