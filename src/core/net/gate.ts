import type { Clock } from '../clock.js'
import { RateLimitError } from '../errors.js'
import type { Ban } from './ban.js'

/** A ban of undeclared length that comes back doubles, up to this factor. */
const LONGEST_FACTOR = 32

/** A ban as processes tell it to each other; times in ms UTC. */
export interface GateState {
  readonly until: number
  readonly lengthMs: number
  readonly factor: number
  readonly reason: string
}

/** The gate of one service: a ban hits the whole address, whatever budget brought it. */
export interface Gate {
  /** Why nothing may be sent now; `undefined`: it may. */
  refusal(): RateLimitError | undefined
  /** Shuts the gate, never for less than it is shut already; gives the error for the request that brought the ban. */
  shut(ban: Ban): RateLimitError
  /** The last ban, also when it is over: the next one may have to be longer. `undefined`: there was none. */
  state(): GateState | undefined
  /** Takes over what another process was told, where that is the longer pause. */
  load(state: GateState): void
}

export function createGate(service: string, clock: Clock, longestMs = Number.POSITIVE_INFINITY): Gate {
  let shutUntil = Number.NEGATIVE_INFINITY
  let lengthMs = 0
  let factor = 1
  let reason = ''

  return {
    refusal() {
      const leftMs = shutUntil - clock.now()
      return leftMs > 0 ? pauseError(service, reason, leftMs) : undefined
    },
    shut(ban) {
      const now = clock.now()
      // Banned again soon after the last pause: it was too short. Requests that were under way with that one do not count.
      if (now >= shutUntil) factor = now - shutUntil < lengthMs ? Math.min(LONGEST_FACTOR, factor * 2) : 1
      const pauseMs = ban.isExact ? ban.ms : Math.min(longestMs, ban.ms * factor)
      if (now + pauseMs > shutUntil) {
        shutUntil = now + pauseMs
        lengthMs = pauseMs
        reason = ban.reason
      }
      return pauseError(service, ban.reason, shutUntil - now)
    },
    state: () => (lengthMs === 0 ? undefined : { until: shutUntil, lengthMs, factor, reason }),
    load(state) {
      // Somebody set the clock back: no pause is longer than it was when it began.
      const until = Math.min(state.until, clock.now() + state.lengthMs)
      if (until <= shutUntil) return
      shutUntil = until
      lengthMs = state.lengthMs
      factor = state.factor
      reason = state.reason
    },
  }
}

function pauseError(service: string, reason: string, leftMs: number): RateLimitError {
  const seconds = Math.ceil(leftMs / 1000)
  return new RateLimitError(`${service} asks for a pause: ${reason}; nothing is sent to it for ${seconds} s`, service, leftMs, {
    suggestions: [`Try again in ${seconds} s`, 'Programs on one IP address share its request budget: is another one running?'],
  })
}
