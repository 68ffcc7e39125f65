/** What a bar must be before it is stored. Every refusal has a reason in words and is counted; nothing is corrected. */

import { openTimeOf } from '../market/interval.js'
import type { CandleRow } from '../storage/rows.js'

export interface Rejected {
  readonly reason: string
  readonly row: CandleRow
}

export interface Checked {
  readonly rows: readonly CandleRow[]
  readonly rejected: readonly Rejected[]
}

/** Sorts out the bars of one page, which come oldest first. `before` is the exclusive end of what may be stored: what is over. */
export function checkCandles(page: readonly CandleRow[], ms: number, before: number): Checked {
  const rows: CandleRow[] = []
  const rejected: Rejected[] = []
  for (const row of page) {
    if (row.timestamp >= before) continue
    const previous = rows.at(-1)
    const reason = faultOf(row, ms) ?? (previous === undefined ? undefined : orderFault(row, previous))
    if (reason === undefined) rows.push(row)
    else if (reason !== TWIN) rejected.push({ reason, row })
  }
  return { rows, rejected }
}

/** The same bar twice, in every figure: no fault, and nothing to store. */
const TWIN = 'twin'

/** Why a bar cannot be one; `ms` is its length. */
export function faultOf(row: CandleRow, ms: number): string | undefined {
  const { timestamp, open, high, low, close, volume } = row
  const prices = [open, high, low, close]
  if (!Number.isSafeInteger(timestamp) || timestamp < 0) return 'the time is no time'
  if (timestamp !== openTimeOf(timestamp, ms)) return 'the time is off the grid of the interval'
  if (!prices.every(Number.isFinite)) return 'a price is no number'
  if (prices.some((price) => price <= 0)) return 'a price is zero or negative'
  if (high < low) return 'the high is below the low'
  if (high < Math.max(open, close)) return 'the high is below open or close'
  if (low > Math.min(open, close)) return 'the low is above open or close'
  if (volume !== null && !(Number.isFinite(volume) && volume >= 0)) return 'the volume is negative or no number'
  return undefined
}

function orderFault(row: CandleRow, previous: CandleRow): string | undefined {
  if (row.timestamp > previous.timestamp) return undefined
  if (row.timestamp < previous.timestamp) return 'the time goes back'
  const isSame = (['open', 'high', 'low', 'close', 'volume'] as const).every((key) => row[key] === previous[key])
  return isSame ? TWIN : 'a second bar of the same time, with other figures'
}
