/** Funding of perpetuals: each settled rate is a line of its own, and each one that is missing is counted. */
import { SETTLEMENT_JITTER_MS } from '../analysis/funding.js'
import { HOUR_MS } from '../market/time.js'
import type { Account } from './account.js'
import type { Asset } from './asset.js'
import type { RunJournal } from './journal.js'

/**
 * Pays what was due up to `until`: −quantity · price · rate, so a long pays where the rate is above 0. The price is the
 * settlement's own, else the open of the bar, which is known by then.
 */
export function payFunding(asset: Asset, account: Account, journal: RunJournal, until: number, bar: number): void {
  const data = asset.fundingData
  if (data === undefined) return
  const { position } = asset
  while (asset.nextFunding < data.timestamp.length) {
    const row = asset.nextFunding
    const timestamp = data.timestamp[row] as number
    if (nominal(timestamp) > until) return
    asset.nextFunding += 1
    if (position.quantity === 0) continue
    const own = data.price?.[row] ?? Number.NaN
    const price = Number.isNaN(own) ? (asset.columns.open[asset.row] as number) : own
    const rate = data.rate[row] as number
    const amount = -position.quantity * price * rate
    account.pay(position, amount)
    journal.paid({ asset: asset.name, timestamp, bar, rate, quantity: position.quantity, price, amount })
  }
}

/** Counts the settlements that were due in the bar, while a position was held, and of which there is no rate. */
export function countMissingFunding(asset: Asset, paidBefore: number): void {
  const data = asset.fundingData
  if (data === undefined || asset.position.quantity === 0) return
  const period = data.intervalHours * HOUR_MS
  const from = asset.openTime
  const due = Math.ceil(asset.closeTime / period) - Math.ceil(from / period)
  const missing = due - (asset.nextFunding - paidBefore)
  if (missing <= 0) return
  if (asset.missingFunding === 0) asset.firstMissingFunding = from
  asset.missingFunding += missing
}

/** The first moment at or after `time`, ms UTC, at which a rate has to be paid, or is missing. */
export function nextFundingDue({ fundingData, nextFunding }: Asset, time: number): number {
  if (fundingData === undefined) return Number.POSITIVE_INFINITY
  const period = fundingData.intervalHours * HOUR_MS
  const next = fundingData.timestamp[nextFunding]
  return Math.min(Math.ceil(time / period) * period, next === undefined ? Number.POSITIVE_INFINITY : nominal(next))
}

function nominal(timestamp: number): number {
  return Math.round(timestamp / SETTLEMENT_JITTER_MS) * SETTLEMENT_JITTER_MS
}
