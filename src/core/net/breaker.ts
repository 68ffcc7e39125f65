import type { Clock } from '../clock.js'
import { ConnectionError } from '../errors.js'

/** So many tries in a row without an answer: the exchange, or the way to it, is down. */
const FAILURES = 5
/** The pause before the next probe is a part of the outage so far, between these two. */
const SHARE_OF_OUTAGE = 0.4
const SHORTEST_MS = 500
const LONGEST_MS = 60_000

/**
 * Circuit breaker of one exchange's requests: after some failures in a row only one at a time goes out, as a probe, and the others
 * fail at once instead of each waiting for its own timeout.
 */
export interface Breaker {
  /** Why nothing is sent now; `undefined`: a request may try. */
  refusal(): ConnectionError | undefined
  /** The same, for a request that is about to go: it has to tell how it ended. */
  enter(): ConnectionError | undefined
  /** The exchange answered, whatever it said. */
  answered(): void
  failed(error: Error): void
  /** It ended for a reason of our own. */
  left(): void
}

export function createBreaker(exchange: string, clock: Clock, random: () => number): Breaker {
  let failures = 0
  let downSince = 0
  let openUntil = 0
  let isProbing = false
  let reason = ''

  const refusal = (): ConnectionError | undefined => {
    const waitMs = openUntil - clock.now()
    if (failures < FAILURES || (waitMs <= 0 && !isProbing)) return undefined
    const next = waitMs > 0 ? `the next try is in ${Math.ceil(waitMs / 1000)} s` : 'one request tries now'
    return new ConnectionError(`${exchange}: ${failures} requests in a row failed (${reason}); ${next}`, exchange, {
      suggestions: [`Is ${exchange} up? It is tried again by itself`],
    })
  }

  return {
    refusal,
    enter() {
      const error = refusal()
      if (error === undefined) isProbing = failures >= FAILURES
      return error
    },
    answered() {
      failures = 0
      isProbing = false
    },
    failed(error) {
      const now = clock.now()
      if (failures === 0) downSince = now
      failures += 1
      isProbing = false
      reason = error.message
      const pauseMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (now - downSince) * SHARE_OF_OUTAGE))
      openUntil = now + pauseMs * (1 + random()) * 0.5
    },
    left() {
      isProbing = false
    },
  }
}
