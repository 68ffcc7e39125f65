import { quantile } from '../statistics.js'
import type { CloseReason } from './contract.js'

/** What there is to sum up of one that is over, of whatever type. */
export interface PastOpportunity {
  readonly lifeMs: number
  readonly closedBy: CloseReason
  readonly opened: { readonly netProfit: number }
  readonly peak: { readonly netProfit: number }
  readonly captured: readonly { readonly lateMs: number; readonly netProfit: number }[]
  readonly isFeasible: boolean
  readonly isPhantom: boolean | null
}

export interface ArbitrageStatistics {
  readonly count: number
  /** Life in ms; `null` without any. */
  readonly lifeMedianMs: number | null
  readonly lifeP90Ms: number | null
  readonly lifeLongestMs: number | null
  /** Still paying when an order sent at the opening would have arrived, of all. */
  readonly feasibleShare: number | null
  /** Never there by the exchanges' own times, of those where that can be told. */
  readonly phantomShare: number | null
  /** Net profit at the opening and at the peak, summed. */
  readonly openedProfit: number
  readonly peakProfit: number
  readonly closedBy: Readonly<Partial<Record<CloseReason, number>>>
  readonly captured: readonly { readonly lateMs: number; readonly count: number; readonly netProfit: number }[]
}

/** What became of these opportunities. Money is summed as it is: dollars of several kinds count as dollars. */
export function arbitrageStatistics(closed: readonly PastOpportunity[]): ArbitrageStatistics {
  const lives = closed.map((each) => each.lifeMs)
  const life = (share: number) => (lives.length === 0 ? null : quantile(lives, share))
  const timed = closed.filter((each) => each.isPhantom !== null)
  const closedBy: Partial<Record<CloseReason, number>> = {}
  for (const each of closed) closedBy[each.closedBy] = (closedBy[each.closedBy] ?? 0) + 1
  return {
    count: closed.length,
    lifeMedianMs: life(0.5),
    lifeP90Ms: life(0.9),
    lifeLongestMs: life(1),
    feasibleShare: share(closed.filter((each) => each.isFeasible).length, closed.length),
    phantomShare: share(timed.filter((each) => each.isPhantom === true).length, timed.length),
    openedProfit: sum(closed.map((each) => each.opened.netProfit)),
    peakProfit: sum(closed.map((each) => each.peak.netProfit)),
    closedBy,
    captured: capturedBy(closed),
  }
}

function capturedBy(closed: readonly PastOpportunity[]): ArbitrageStatistics['captured'] {
  const delays = [...new Set(closed.flatMap((each) => each.captured.map(({ lateMs }) => lateMs)))].sort((a, b) => a - b)
  return delays.map((lateMs) => {
    const left = closed.map((each) => each.captured.find((at) => at.lateMs === lateMs)?.netProfit ?? 0)
    return { lateMs, count: left.filter((profit) => profit > 0).length, netProfit: sum(left) }
  })
}

function share(part: number, all: number): number | null {
  return all === 0 ? null : part / all
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
