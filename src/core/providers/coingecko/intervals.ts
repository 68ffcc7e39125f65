/** Which bars CoinGecko's samples can make, and the requests that bring the samples. */
import { BugError, UsageError } from '../../errors.js'
import { intervalMs } from '../../market/interval.js'
import { DAY_MS, HOUR_MS } from '../../market/time.js'
import type { ChartPiece, ChartPlan, SampledRange } from '../contract.js'

/** Made of 5-minute samples, which it has of the last day only. */
const FINE = ['30m', '1h', '2h']
/** Made of hourly samples. */
const COARSE = ['4h', '6h', '8h', '12h', '1d']
/** Up to here samples are hourly; one day longer and they are daily. */
const LONGEST_HOURLY_MS = 89 * DAY_MS
/** Neighbouring requests overlap, so that no sample falls between them. */
const OVERLAP_MS = HOUR_MS
/** A request that begins exactly so long ago arrives too late. */
const MARGIN_MS = HOUR_MS

/** What plans let you look back; those that are not named have all of it. */
const REACH_MS: Readonly<Record<string, number>> = { keyless: 365 * DAY_MS, demo: 365 * DAY_MS }

export function lengthOf(interval: string): number {
  const length = intervalMs(interval)
  if (length === undefined) throw new BugError(`no interval: ${interval}`)
  return length
}

/** Throws `UsageError` for an interval that no samples of this range can make. */
export function chartPlan(range: SampledRange): ChartPlan {
  const { from, to, now, plan } = range
  const isRecent = from >= now - DAY_MS
  const interval = range.interval === 'auto' ? autoInterval(range, isRecent) : range.interval
  checkInterval(interval, isRecent)
  const length = lengthOf(interval)
  const reach = REACH_MS[plan]
  // Only whole bars: the first one after the edge.
  const earliest = reach === undefined ? from : Math.ceil((now - reach + MARGIN_MS) / length) * length
  const begin = Math.max(from, earliest)
  const end = Math.min(to, now)
  const pieces = FINE.includes(interval) ? [fineRequest(range)] : hourlyRequests({ ...range, from: begin, to: end })
  return { interval, pieces: begin < end ? pieces : [], ...(begin > from && { clampedFrom: begin }) }
}

function autoInterval({ from, to }: SampledRange, isRecent: boolean): string {
  if (isRecent) return '30m'
  return to - from <= 90 * DAY_MS ? '4h' : '1d'
}

function checkInterval(interval: string, isRecent: boolean): void {
  if (COARSE.includes(interval) || (isRecent && FINE.includes(interval))) return
  const where = FINE.includes(interval) ? ' beyond the last 24 hours' : ''
  throw new UsageError('USAGE_UNKNOWN_INTERVAL', `coingecko has no samples for bars of ${interval}${where}`, {
    suggestions: [
      `It makes ${COARSE.join(', ')}, and of the last 24 hours ${FINE.join(', ')}`,
      'Exchanges have true candles: --source binance or bybit',
    ],
  })
}

/** Samples come each 5 minutes only for exactly the last day. */
function fineRequest({ coin, from, to, now }: SampledRange): ChartPiece {
  return { query: { coin, from: now - DAY_MS, to: now }, from, to }
}

function hourlyRequests({ coin, from, to, now }: SampledRange): ChartPiece[] {
  const pieces: ChartPiece[] = []
  for (let start = dayOf(from); start < to; start += LONGEST_HOURLY_MS - DAY_MS) {
    const end = Math.min(to, start + LONGEST_HOURLY_MS - DAY_MS)
    const first = Math.max(from, start)
    const until = Math.min(end + OVERLAP_MS, now)
    // A day or less that ends now would bring 5-minute samples, and the same bars would be others tomorrow.
    const asked = until === now ? Math.min(first, now - DAY_MS - OVERLAP_MS) : first
    pieces.push({ query: { coin, from: asked, to: until }, from: first, to: end })
  }
  return pieces
}

function dayOf(timestamp: number): number {
  return Math.floor(timestamp / DAY_MS) * DAY_MS
}
