/** Which column counts coins and which counts money: headings have it wrong, but money is coins times price. */
import type { Columns } from './columns.js'
import type { Decision } from './contract.js'
import { type NumberStyle, readNumber } from './numbers.js'

/** A bar trades around its close: within this factor the product is right. */
const NEAR = 2
/** Where a coin costs about one, coins and money look the same. */
const TELLING = 4
const ENOUGH = 5

export interface Volumes {
  /** Column of what was traded, in coins; `undefined`: there is none. */
  readonly column: number | undefined
  readonly decisions: readonly Decision[]
}

export function findVolumes(columns: Columns, rows: readonly (readonly string[])[], style: NumberStyle): Volumes {
  const { at, names, volumes, given } = columns
  const named = at.get('volume')
  const close = at.get('close')
  if (given.has('volume') || close === undefined || volumes.length < 2) return { column: named, decisions: [] }
  const cell = (cells: readonly string[], column: number) => readNumber(cells[column] ?? '', style) ?? 0
  for (const coins of volumes) {
    for (const money of volumes) {
      const ratios = rows
        .map((cells) => ({ price: cell(cells, close), base: cell(cells, coins), quote: cell(cells, money) }))
        .filter(({ price, base, quote }) => base > 0 && quote > 0 && (price > TELLING || (price > 0 && price < 1 / TELLING)))
        .map(({ price, base, quote }) => quote / (base * price))
      const ratio = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)]
      if (coins === money || ratios.length < ENOUGH || ratio === undefined || ratio > NEAR || ratio < 1 / NEAR) continue
      const because = `${names[coins]} times the price is ${names[money]}`
      return { column: coins, decisions: [{ about: 'volume', decided: names[coins] ?? `column ${coins + 1}`, because }] }
    }
  }
  return { column: named, decisions: [] }
}
