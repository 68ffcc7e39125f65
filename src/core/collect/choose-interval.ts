import { DAY_MS } from '../market/time.js'

/** The finest first: what a chart of such a span shows. */
const BY_SPAN = [
  { upToDays: 1, interval: '5m' },
  { upToDays: 90, interval: '1h' },
] as const
const BEYOND = '1d'

/** Interval of `auto` for a span of time (ms): up to a day 5m, up to 90 days 1h, beyond 1d; at most some 2 200 bars of the first two. */
export function autoInterval(spanMs: number): string {
  return BY_SPAN.find(({ upToDays }) => spanMs <= upToDays * DAY_MS)?.interval ?? BEYOND
}
