/** Metrics of closed trades, in money net of fees and funding: one pure function each. */
import { deviation, mean } from '../../analysis/statistics.js'
import { none, type Outcome, of } from './metric.js'

interface ClosedTrade {
  readonly pnl: number
  readonly risk: number | null
}

type Trades = readonly ClosedTrade[]

/** Trades that broke even count among all. */
export function winRate(trades: Trades): Outcome {
  return trades.length === 0 ? none('no-trades') : of(trades.filter(({ pnl }) => pnl > 0).length / trades.length)
}

export function profitFactor(trades: Trades): Outcome {
  if (trades.length === 0) return none('no-trades')
  const lost = -sum(losses(trades))
  return lost === 0 ? none('no-losses') : of(sum(wins(trades)) / lost)
}

export function expectancy(trades: Trades): Outcome {
  return trades.length === 0 ? none('no-trades') : of(sum(profits(trades)) / trades.length)
}

export function expectancyInRisk(trades: Trades): Outcome {
  if (trades.length === 0) return none('no-trades')
  const multiples = trades.flatMap(({ pnl, risk }) => (risk !== null && risk > 0 ? [pnl / risk] : []))
  return multiples.length === 0 ? none('no-stops') : of(mean(multiples))
}

export function averageWin(trades: Trades): Outcome {
  const won = wins(trades)
  return won.length === 0 ? none(trades.length === 0 ? 'no-trades' : 'no-wins') : of(mean(won))
}

export function averageLoss(trades: Trades): Outcome {
  const lost = losses(trades)
  return lost.length === 0 ? none(trades.length === 0 ? 'no-trades' : 'no-losses') : of(mean(lost))
}

export function systemQuality(trades: Trades, ddof: 0 | 1 = 1): Outcome {
  if (trades.length === 0) return none('no-trades')
  if (trades.length < 2) return none('too-few-trades')
  const sd = deviation(profits(trades), ddof)
  return sd === 0 ? none('no-movement') : of((Math.sqrt(trades.length) * mean(profits(trades))) / sd)
}

export function kelly(trades: Trades): Outcome {
  if (trades.length === 0) return none('no-trades')
  const won = wins(trades)
  const lost = losses(trades)
  if (won.length === 0) return none('no-wins')
  if (lost.length === 0) return none('no-losses')
  const share = won.length / trades.length
  return of(share - (1 - share) / (mean(won) / -mean(lost)))
}

function profits(trades: Trades): number[] {
  return trades.map(({ pnl }) => pnl)
}

function wins(trades: Trades): number[] {
  return profits(trades).filter((pnl) => pnl > 0)
}

function losses(trades: Trades): number[] {
  return profits(trades).filter((pnl) => pnl < 0)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
