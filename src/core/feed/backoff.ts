export interface BackoffSettings {
  /** Ceiling of the second pause, ms; each further one doubles it. */
  readonly baseMs: number
  readonly maxMs: number
}

/** The first try again comes at once, but not from everyone at the same moment. */
const FIRST_MS = 250

/** After an outage the wait for the next try is not longer than this part of the outage. */
const SHARE_OF_OUTAGE = 0.4

/**
 * Pause before try number `attempt` (from 1), ms: full jitter, a random part of a ceiling that doubles from `baseMs` to
 * `maxMs` (Brooker, "Exponential Backoff And Jitter", 2015). The first is at most 250 ms. The
 * ceiling follows `outageMs` as well: who was away for 10 s is back 4 s later at most, and not after 16 s.
 */
export function backoff(
  attempt: number,
  { baseMs, maxMs }: BackoffSettings,
  random: () => number,
  outageMs = Number.POSITIVE_INFINITY,
): number {
  if (attempt <= 1) return random() * Math.min(FIRST_MS, baseMs)
  const ceiling = Math.min(maxMs, baseMs * 2 ** (attempt - 2), Math.max(baseMs, outageMs * SHARE_OF_OUTAGE))
  return random() * ceiling
}
