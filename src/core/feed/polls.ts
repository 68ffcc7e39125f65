import type { Clock, Timer } from '../clock.js'
import type { Exchange, HttpRequest, Subscription } from '../exchanges/contract.js'

const INTERVALS_EVERY_MS = 300_000

/** Asks over REST, again and again, for what an exchange does not push. */
export class Polls {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #everyMs: number | undefined
  readonly #ask: (request: HttpRequest) => void
  #timers: Timer[] = []
  #followed = ''

  /** `everyMs` stands in for the exchange's own default. */
  constructor(exchange: Exchange, clock: Clock, everyMs: number | undefined, ask: (request: HttpRequest) => void) {
    this.#exchange = exchange
    this.#clock = clock
    this.#everyMs = everyMs
    this.#ask = ask
  }

  /** From now on what these subscriptions need, beginning at once; what goes on as before keeps its pace. */
  follow(subscriptions: Iterable<Subscription>): void {
    const { channels, rest } = this.#exchange
    const { openInterest, fundingIntervals } = rest
    const wanted = [...subscriptions]
    const polled = wanted.filter(({ channel }) => channels[channel]?.poll !== undefined)
    const hasFunding = wanted.some(({ channel }) => channel === 'funding')
    const followed = `${polled.map(({ symbol }) => symbol).join()} ${hasFunding}`
    if (followed === this.#followed) return
    this.stop()
    this.#followed = followed
    const everyMs = this.#everyMs ?? channels['open-interest']?.poll?.everyMs
    if (polled.length > 0 && openInterest !== undefined && everyMs !== undefined) {
      this.#repeat(everyMs, () => {
        for (const { symbol } of polled) this.#ask(openInterest.request({ symbol }))
      })
    }
    if (hasFunding && fundingIntervals !== undefined)
      this.#repeat(INTERVALS_EVERY_MS, () => this.#ask(fundingIntervals.request({})))
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers = []
  }

  #repeat(everyMs: number, run: () => void): void {
    this.#timers.push(this.#clock.after(0, run), this.#clock.every(everyMs, run))
  }
}
