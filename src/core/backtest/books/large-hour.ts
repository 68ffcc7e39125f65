import type { LargeTradeEvent } from '../../market/event.js'
import { HOUR_MS } from '../../market/time.js'
import type { SeenLargeTrades } from '../../strategies/book-contract.js'

interface Large {
  readonly at: number
  readonly value: number
  readonly isBuy: boolean
  readonly isLiquidation: boolean
}

/** Large trades of one instrument over the last hour, by our receive times. */
export class LargeHour {
  #since: number | undefined
  #trades: Large[] = []

  /** A trade came, of whatever size: they are watched from now on. */
  watched(atMs: number): void {
    this.#since ??= atMs
  }

  /** Trades were lost: what is counted from before may not be all. */
  lost(atMs: number): void {
    if (this.#since !== undefined) this.#since = atMs
  }

  add({ receivedAt, valueUsd, side, isLiquidation }: LargeTradeEvent): void {
    this.#trades.push({ at: receivedAt, value: valueUsd, isBuy: side === 'buy', isLiquidation })
  }

  /** `undefined`: no trade was ever told. */
  at(nowMs: number): SeenLargeTrades | undefined {
    if (this.#since === undefined) return undefined
    if ((this.#trades[0]?.at ?? nowMs) <= nowMs - HOUR_MS) this.#trades = this.#trades.filter(({ at }) => at > nowMs - HOUR_MS)
    const trades = this.#trades
    const sum = (isBuy: boolean) => trades.reduce((total, each) => (each.isBuy === isBuy ? total + each.value : total), 0)
    return {
      count: trades.length,
      bought: sum(true),
      sold: sum(false),
      liquidations: trades.filter(({ isLiquidation }) => isLiquidation).length,
      watchedMs: Math.min(HOUR_MS, Math.max(0, nowMs - this.#since)),
    }
  }
}
