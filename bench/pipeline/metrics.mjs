/** What every receiver keeps after each book update; `checksum` must be the same for all. */
export const LEVELS = 10

export function keeper() {
  return { checksum: 0, updates: 0, mid: 0, spread: 0, microprice: 0, imbalance: 0 }
}

/** From plain numbers, for peers without metrics of their own. `sums` are quantities of the best ten levels. */
export function keep(kept, bid, bidQuantity, ask, askQuantity, bidSum, askSum) {
  kept.updates += 1
  kept.checksum += bid + ask
  kept.mid += (bid + ask) / 2
  kept.spread += ask - bid
  kept.microprice += (bid * askQuantity + ask * bidQuantity) / (bidQuantity + askQuantity)
  kept.imbalance += (bidSum - askSum) / (bidSum + askSum)
}
