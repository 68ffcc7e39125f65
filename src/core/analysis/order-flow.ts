/** What the orders at the best prices did between two moments. */
import type { TopOfBook } from '../book/metrics.js'

/**
 * Order-flow imbalance of one step, in base units: what the bid side gained less what the ask side gained,
 * 1{b' ≥ b}·q_b' − 1{b' ≤ b}·q_b − 1{a' ≤ a}·q_a' + 1{a' ≥ a}·q_a (Cont, Kukanov and Stoikov 2014, "The price impact of order book
 * events", eq. 2). Sums over the steps of an interval; above 0 the price is pushed up.
 */
export function orderFlow(before: TopOfBook, after: TopOfBook): number {
  const bids =
    (after.bidPrice >= before.bidPrice ? after.bidQuantity : 0) - (after.bidPrice <= before.bidPrice ? before.bidQuantity : 0)
  const asks =
    (after.askPrice <= before.askPrice ? after.askQuantity : 0) - (after.askPrice >= before.askPrice ? before.askQuantity : 0)
  return bids - asks
}
