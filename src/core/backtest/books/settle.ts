/** Funding of perpetuals that are held: paid when its time has come, at the last rate that was told for it. */
import type { Account } from '../account.js'
import type { RunJournal } from '../journal.js'
import type { Market } from './market.js'

interface Due {
  readonly at: number
  rate: number | null
}

export class FundingClock {
  readonly #account: Account
  readonly #journal: RunJournal
  readonly #due = new Map<Market, Due>()
  /** Payments that fell due on a position without a rate known. */
  missing = 0

  constructor(account: Account, journal: RunJournal) {
    this.#account = account
    this.#journal = journal
  }

  get nextDue(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { at } of this.#due.values()) next = Math.min(next, at)
    return next
  }

  /**
   * The exchange told of funding. One that has moved on to its next payment has settled the one before, also where our clock is behind.
   */
  told(market: Market, nowMs: number, bar: number): void {
    const { fundingTime, fundingRate } = market.state.funding.fields
    const due = this.#due.get(market)
    if (fundingTime === null || fundingTime <= 0) return
    if (due !== undefined && fundingTime > due.at) this.#pay(market, due, nowMs, bar)
    if (due?.at === fundingTime) due.rate = fundingRate ?? due.rate
    else if (fundingTime > nowMs) this.#due.set(market, { at: fundingTime, rate: fundingRate })
  }

  /** Pays what is due up to `nowMs`. */
  settle(nowMs: number, bar: number): void {
    for (const [market, due] of this.#due) if (due.at <= nowMs) this.#pay(market, due, due.at, bar)
  }

  #pay(market: Market, { rate }: Due, timestamp: number, bar: number): void {
    this.#due.delete(market)
    const { position, state, name } = market
    const { quantity } = position
    if (quantity === 0) return
    if (rate === null) {
      this.missing += 1
      return
    }
    const price = state.funding.fields.markPrice ?? position.mark
    const amount = -quantity * price * rate
    this.#account.pay(position, amount)
    this.#journal.paid({ asset: name, timestamp, bar, rate, quantity, price, amount })
  }
}
