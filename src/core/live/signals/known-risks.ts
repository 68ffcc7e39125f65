/** How much each asset moves, by the bars that are stored: told to the run as a record, so that a replay sizes as the run did. */
import type { KnownFact } from '../../feed/journal/known.js'
import { intervalMs } from '../../market/interval.js'
import { DAY_MS } from '../../market/time.js'
import { riskOf, USUAL_BARS, volatilityFactor } from '../../signals/grade.js'
import type { KnownRisk } from '../../signals/live/sizing.js'
import type { SeriesSpan } from '../../storage/read-history.js'
import type { Reader } from '../../storage/reader.js'
import type { Moment } from './freshness.js'

const TOPIC = 'risks'
const LEVELS: readonly KnownRisk['riskLevel'][] = ['LOW', 'MEDIUM', 'HIGH']

export interface RiskMoment extends Moment {
  /** Simulated bars say nothing of a real market, nor real ones of a simulated. */
  readonly isSimulated: boolean
}

type RiskReader = Pick<Reader, 'candleSpans' | 'candles'>

/** Of each asset (CoinGecko id) by its longest bars of at most a day that reach the moment; of real candles before samples. */
export function storedRisks(reader: RiskReader, assets: readonly string[], moment: RiskMoment): KnownRisk[] {
  return assets.map((asset) => riskOfAsset(reader, asset, moment))
}

export function encodeRisks(risks: readonly KnownRisk[]): KnownFact {
  const value = risks.map(({ asset, volatilityFactor: factor, riskLevel, basis }) => [asset, factor, riskLevel, basis])
  return { topic: TOPIC, value }
}

/** `undefined`: it is about something else. What is not understood in it is left out. */
export function parseRisks({ topic, value }: KnownFact): KnownRisk[] | undefined {
  if (topic !== TOPIC) return undefined
  return (Array.isArray(value) ? value : []).flatMap((row: unknown) => {
    const [asset, factor, level, basis]: unknown[] = Array.isArray(row) ? row : []
    if (typeof asset !== 'string' || typeof basis !== 'string') return []
    const isFactor = typeof factor === 'number' && factor > 0 && factor <= 1
    return [{ asset, volatilityFactor: isFactor ? factor : null, riskLevel: LEVELS.find((each) => each === level) ?? null, basis }]
  })
}

function riskOfAsset(reader: RiskReader, asset: string, moment: RiskMoment): KnownRisk {
  const unknown = (basis: string): KnownRisk => ({ asset, volatilityFactor: null, riskLevel: null, basis })
  const spans = reader.candleSpans({ cryptocurrencies: [asset] }).toSorted(byUse)
  const fresh = spans.filter((span) => isFresh(span, moment))
  for (const { source, interval } of fresh) {
    const length = intervalMs(interval) ?? DAY_MS
    const series = { sources: [source], cryptocurrencies: [asset], intervals: [interval] }
    // Those that are over, and twice the usual window: its first value looks back too.
    const bars = reader.candles({ ...series, until: moment.at - length + 1, limit: 2 * USUAL_BARS }).toReversed()
    const newest = bars.at(-1)
    if (newest === undefined || newest.quality.includes('simulated') !== moment.isSimulated) continue
    const columns = {
      timestamp: Float64Array.from(bars, ({ timestamp }) => timestamp),
      close: Float64Array.from(bars, ({ close }) => close),
    }
    const risk = riskOf(columns, length, null)
    const factor = volatilityFactor(risk)
    const name = `${source} ${interval} bars`
    if (Number.isNaN(factor)) return unknown(`${name} have too few returns, or no movement`)
    const end = new Date(newest.timestamp + length).toISOString().slice(0, 16)
    return { asset, volatilityFactor: factor, riskLevel: risk.riskLevel, basis: `${name} until ${end}` }
  }
  return unknown(spans.length === 0 ? `no bars of ${asset} are stored` : `no stored bars of ${asset} reach the present`)
}

function isFresh({ interval, last }: SeriesSpan, { at, maxIntervals }: Moment): boolean {
  const length = intervalMs(interval)
  return length !== undefined && length <= DAY_MS && at - (last + length) <= maxIntervals * length
}

function byUse(a: SeriesSpan, b: SeriesSpan): number {
  const sampled = ({ source }: SeriesSpan) => (source === 'coingecko' ? 1 : 0)
  const length = ({ interval }: SeriesSpan) => intervalMs(interval) ?? 0
  return sampled(a) - sampled(b) || length(b) - length(a) || (a.source < b.source ? -1 : 1)
}
