export interface BackoffSettings {
  /** Ceiling of the second pause, ms; each further one doubles it. */
  readonly baseMs: number
  readonly maxMs: number
}

/** The first try again comes at once, but not from everyone at the same moment. */
const FIRST_MS = 250

/**
 * Pause before try number `attempt` (from 1), ms: full jitter, a random part of a ceiling that doubles from `baseMs` to
 * `maxMs` (Brooker, "Exponential Backoff And Jitter", 2015). The first is at most 250 ms.
 */
export function backoff(attempt: number, { baseMs, maxMs }: BackoffSettings, random: () => number): number {
  const ceiling = attempt <= 1 ? Math.min(FIRST_MS, baseMs) : Math.min(maxMs, baseMs * 2 ** (attempt - 2))
  return random() * ceiling
}
