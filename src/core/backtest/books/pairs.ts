/** Positions that were opened together are judged together: of a hedged pair one leg always loses. */
import type { Position } from '../position.js'
import type { Trade } from '../result.js'

/** A group of legs from its first fill until every leg is flat. Money in the account's. */
export interface PairTrade {
  readonly group: string
  readonly legs: readonly { readonly asset: string; readonly side: 'long' | 'short' }[]
  readonly entryTime: number
  readonly exitTime: number
  readonly fees: number
  readonly funding: number
  /** Net of fees and funding, over all legs. */
  readonly pnl: number
}

interface Open {
  readonly positions: Set<Position>
  readonly trades: Trade[]
}

export class Pairs {
  readonly closed: PairTrade[] = []
  readonly #open = new Map<string, Open>()

  /** A leg of the group was opened. */
  opened(group: string, position: Position): void {
    const open = this.#open.get(group)
    if (open === undefined) this.#open.set(group, { positions: new Set([position]), trades: [] })
    else open.positions.add(position)
  }

  /** A leg is flat again; the group is over when all of them are. */
  ended(position: Position, trade: Trade): void {
    for (const [group, { positions, trades }] of this.#open) {
      if (!positions.has(position)) continue
      trades.push(trade)
      if ([...positions].some(({ quantity }) => quantity !== 0)) return
      this.#open.delete(group)
      this.closed.push(pairOf(group, trades))
      return
    }
  }
}

function pairOf(group: string, trades: readonly Trade[]): PairTrade {
  const sum = (key: 'fees' | 'funding' | 'pnl') => trades.reduce((total, trade) => total + trade[key], 0)
  return {
    group,
    legs: trades.map(({ asset, side }) => ({ asset, side })),
    entryTime: Math.min(...trades.map(({ entryTime }) => entryTime)),
    exitTime: Math.max(...trades.map(({ exitTime }) => exitTime)),
    fees: sum('fees'),
    funding: sum('funding'),
    pnl: sum('pnl'),
  }
}
