/** Spans of time in ms. A year is 365 days: crypto trades on each of them, and every annual figure counts so. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
export const YEAR_MS = 365 * DAY_MS
