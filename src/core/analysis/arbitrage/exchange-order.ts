/**
 * Two prices that are seen together need never have stood together: one frame may have been under way for longer than the other. Put
 * back into the order of the exchanges' own times, it shows. Exchanges' clocks are taken to agree, which is what this rests on.
 */

/** Steps kept; by then prices that ever stood together have long been found to. */
const MOST_STEPS = 512

interface Steps {
  readonly times: number[]
  readonly prices: number[]
}

/** Best prices of both legs over the life of one opportunity, by the exchanges' times in ms. */
export class ExchangeOrder {
  readonly #buy: Steps = { times: [], prices: [] }
  readonly #sell: Steps = { times: [], prices: [] }
  readonly #pays: (ask: number, bid: number) => boolean
  #isUntimed = false

  /** `pays`: whether these two best prices leave enough. */
  constructor(pays: (ask: number, bid: number) => boolean) {
    this.#pays = pays
  }

  /** A leg's best price from this time of its exchange on; 0: the exchange gave no time. */
  add(leg: 'buy' | 'sell', timestamp: number, price: number): void {
    if (timestamp <= 0) this.#isUntimed = true
    const { times, prices } = leg === 'buy' ? this.#buy : this.#sell
    if (times.length >= MOST_STEPS) return
    const last = times.at(-1) ?? 0
    times.push(Math.max(last, timestamp))
    prices.push(price)
  }

  /** `true`: at no time did both prices stand and pay; `null`: an exchange gave no times. */
  get isPhantom(): boolean | null {
    if (this.#isUntimed) return null
    const times = [...new Set([...this.#buy.times, ...this.#sell.times])].sort((a, b) => a - b)
    const start = Math.max(this.#buy.times[0] ?? 0, this.#sell.times[0] ?? 0)
    return !times.some((time) => time >= start && this.#pays(priceAt(this.#buy, time), priceAt(this.#sell, time)))
  }
}

/** The price that stood from this time on: of several steps at one time the last. */
function priceAt({ times, prices }: Steps, time: number): number {
  let price = Number.NaN
  for (let i = 0; i < times.length && (times[i] as number) <= time; i++) price = prices[i] as number
  return price
}
