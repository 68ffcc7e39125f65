import type { ChannelRule } from '../exchanges/contract.js'

/**
 * `live`: messages come as usual. `quiet`: longer than usual, within the rule. `stale`: longer than the rule allows while the
 * connection lives. `dead`: nothing can come, its connection is down.
 */
export type Freshness = 'live' | 'quiet' | 'stale' | 'dead'

/** So many intervals have to be seen before they may stretch the exchange's rule. */
const INTERVALS_TO_LEARN = 8
const WEIGHT = 1 / 16
/** Of independent arrivals one in 22 000 (e^-10) comes later than ten times the mean. */
const FACTOR = 10
const SHORTEST_QUIET_MS = 1_000
/** Where silence means nothing, it is called quiet after this time. */
const NO_RULE_QUIET_MS = 60_000
/** A poll may fail so often in a row. */
const POLLS = 4

/** When messages of a topic usually come, learned from their receive times. Several channels may come by one topic. */
export class Cadence {
  /** Receive time of the newest message, ms; 0: none yet. */
  lastMs = 0
  /** Longer than usual. */
  quietAfterMs: number
  /** Longer than the rule allows; `Infinity`: silence is no fault. */
  staleAfterMs: number
  readonly #ruleMs: number
  #meanMs = 0
  #count = 0

  constructor(rule: ChannelRule | undefined) {
    this.#ruleMs = rule?.quietMs ?? (rule?.poll === undefined ? Number.POSITIVE_INFINITY : POLLS * rule.poll.everyMs)
    this.staleAfterMs = this.#ruleMs
    this.quietAfterMs = Math.min(NO_RULE_QUIET_MS, this.#ruleMs / 2)
  }

  heard(nowMs: number): void {
    const interval = nowMs - this.lastMs
    const isFirst = this.lastMs === 0
    this.lastMs = nowMs
    if (isFirst || interval <= 0 || this.#ruleMs === Number.POSITIVE_INFINITY) return
    this.#count += 1
    // One outage must not teach that outages are usual.
    const learned = Math.min(interval, 2 * this.staleAfterMs)
    this.#meanMs += (learned - this.#meanMs) * Math.max(WEIGHT, 1 / this.#count)
    if (this.#count < INTERVALS_TO_LEARN) return
    this.staleAfterMs = Math.max(this.#ruleMs, FACTOR * this.#meanMs)
    this.quietAfterMs = Math.min(this.staleAfterMs / 2, Math.max(SHORTEST_QUIET_MS, FACTOR * this.#meanMs))
  }

  /** How fresh what came last is at `nowMs`; `sinceMs`: nothing could come before. */
  freshness(nowMs: number, isOpen: boolean, sinceMs = 0): Freshness {
    if (!isOpen) return 'dead'
    const silence = nowMs - Math.max(this.lastMs, sinceMs)
    if (silence > this.staleAfterMs) return 'stale'
    return silence > this.quietAfterMs ? 'quiet' : 'live'
  }
}
