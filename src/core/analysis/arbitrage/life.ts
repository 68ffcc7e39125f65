import type { ClosedOpportunity, CloseReason, Finding, OpportunityType } from './contract.js'
import { ExchangeOrder } from './exchange-order.js'

/** Delays for which it is told what would have been left, ms; the user's own latency is added. */
const DELAYS = [10, 25, 50, 100, 250, 500, 1000, 2500]

export interface LifeStart {
  readonly id: string
  readonly type: OpportunityType
  readonly base: string
  readonly quote: string
  readonly finding: Finding
  readonly latencyMs: number
  pays(ask: number, bid: number): boolean
}

/** One opportunity from its opening to its end. */
export class Life {
  readonly id: string
  readonly start: LifeStart
  readonly order: ExchangeOrder
  peak: Finding
  /** When it last passed every gate, ms. */
  confirmedAt: number
  closedAt = 0
  closedBy: CloseReason = 'end'
  readonly #delays: readonly number[]
  readonly #left: Float64Array
  #known = 0
  #profit: number

  constructor(start: LifeStart) {
    this.id = start.id
    this.start = start
    this.order = new ExchangeOrder(start.pays)
    this.peak = start.finding
    this.confirmedAt = start.finding.at
    this.#profit = start.finding.netProfit
    this.#delays = [...new Set([...DELAYS, start.latencyMs])].sort((a, b) => a - b)
    this.#left = new Float64Array(this.#delays.length)
  }

  get openedAt(): number {
    return this.start.finding.at
  }

  /** It is there at this moment, with so much net profit. */
  confirm(nowMs: number, netProfit: number): void {
    this.#pass(nowMs)
    this.confirmedAt = nowMs
    this.#profit = netProfit
  }

  close(closedAt: number, closedBy: CloseReason): void {
    this.#pass(closedAt)
    this.closedAt = closedAt
    this.closedBy = closedBy
  }

  closed(): ClosedOpportunity {
    const { id, type, base, quote, finding, latencyMs } = this.start
    const captured = this.#delays.map((lateMs, i) => ({ lateMs, netProfit: this.#left[i] as number }))
    const onTime = captured.find((each) => each.lateMs === latencyMs)
    return {
      id,
      type,
      base,
      quote,
      openedAt: this.openedAt,
      opened: finding,
      peak: this.peak,
      closedAt: this.closedAt,
      closedBy: this.closedBy,
      lifeMs: this.closedAt - this.openedAt,
      captured,
      isFeasible: (onTime?.netProfit ?? 0) > 0,
      isPhantom: this.order.isPhantom,
    }
  }

  /** What was left at the delays that are over now: what was known last before them. */
  #pass(nowMs: number): void {
    const elapsed = nowMs - this.openedAt
    while (this.#known < this.#delays.length && (this.#delays[this.#known] as number) < elapsed) {
      this.#left[this.#known] = this.#profit
      this.#known += 1
    }
  }
}
