/** Which exchange's price moves first: from recorded books at every change, or from the samples that are stored. */
import { leadLag, type TickSeries } from '../analysis/lead-lag.js'
import type { Exchange } from '../exchanges/contract.js'
import type { JournalFileInfo } from '../feed/journal/reader.js'
import { Outputs } from '../feed/outputs.js'
import { Replay } from '../feed/replay.js'
import type { ValidationLimits } from '../feed/validation.js'
import type { SpreadRow } from '../storage/rows.js'
import { NamedInstruments } from './named.js'
import { bySeries } from './stored-rows.js'

export interface MidSeries extends TickSeries {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
}

export interface LeadLagRow {
  readonly pair: string
  readonly exchangeA: string
  readonly exchangeB: string
  /** Whose price moves first; `null`: neither, within one step. */
  readonly leader: string | null
  /** Above 0: a moves first, by so many ms. */
  readonly lagMs: number
  readonly correlation: number
  /** Σ ρ² of the lags where a leads, by that of those where b does. */
  readonly leadLagRatio: number | null
  /** (mid a / mid b − 1) · 10 000 at the last change of either. */
  readonly differenceBps: number
  readonly changesA: number
  readonly changesB: number
  readonly stepMs: number
}

/** Lags of −`mostMs` to `mostMs` are tried in steps of `stepMs`. */
export interface LeadLagSteps {
  readonly stepMs: number
  readonly mostMs: number
}

const FEWEST_CHANGES = 20
/** Beyond so many changes of one book the newest are taken: the time that it takes grows with them. */
const MOST_CHANGES = 200_000

/** Every two exchanges of one pair. One that has hardly moved is left out. */
export function compareLeads(series: readonly MidSeries[], { stepMs, mostMs }: LeadLagSteps): LeadLagRow[] {
  const moved = series.map(onlyChanges).filter(({ times }) => times.length >= FEWEST_CHANGES)
  return moved.flatMap((a, i) =>
    moved
      .slice(i + 1)
      .filter((b) => a.pair === b.pair && a.exchange !== b.exchange)
      .flatMap((b) => compareTwo(a, b, { stepMs, mostMs })),
  )
}

function compareTwo(a: MidSeries, b: MidSeries, { stepMs, mostMs }: LeadLagSteps): LeadLagRow[] {
  const found = leadLag(a, b, mostMs, stepMs)
  const [priceA, priceB] = [a.prices.at(-1), b.prices.at(-1)]
  if (found === undefined || priceA === undefined || priceB === undefined) return []
  const ahead = found.lagMs > 0 ? a.exchange : b.exchange
  return [
    {
      ...{ pair: a.pair, exchangeA: a.exchange, exchangeB: b.exchange, leader: found.lagMs === 0 ? null : ahead, ...found },
      differenceBps: (priceA / priceB - 1) * 10_000,
      ...{ changesA: a.times.length - 1, changesB: b.times.length - 1, stepMs },
    },
  ]
}

/** A tick without a move adds nothing to any product of returns. */
function onlyChanges(series: MidSeries): MidSeries {
  const times: number[] = []
  const prices: number[] = []
  for (const [i, price] of series.prices.entries()) {
    const time = series.times[i] ?? 0
    if (price === prices.at(-1) || time <= (times.at(-1) ?? Number.NEGATIVE_INFINITY)) continue
    times.push(time)
    prices.push(price)
  }
  return { ...series, times: times.slice(-MOST_CHANGES), prices: prices.slice(-MOST_CHANGES) }
}

/** By the exchanges' own times: nothing else is stored. */
export function storedMids(rows: readonly SpreadRow[], pairOf: (exchange: string, symbol: string) => string): MidSeries[] {
  return bySeries(rows).flatMap((group) => {
    const [row] = group
    if (row === undefined) return []
    const { exchange, symbol } = row
    const times = group.map(({ timestamp }) => timestamp)
    return [{ exchange, symbol, pair: pairOf(exchange, symbol), times, prices: group.map(({ midPrice }) => midPrice) }]
  })
}

export interface RecordedMids {
  readonly files: readonly JournalFileInfo[]
  readonly exchanges: readonly Exchange[]
  readonly symbol: string
  readonly limits: ValidationLimits
  readonly signal: AbortSignal
}

/** Of each change of the best prices, by our receive stamps: who is first as seen from where it was recorded. */
export async function recordedMids({ files, exchanges, symbol, limits, signal }: RecordedMids): Promise<MidSeries[]> {
  const outputs = new Outputs()
  const byId = new Map(exchanges.map((exchange) => [exchange.id, exchange]))
  const named = new NamedInstruments([symbol], byId)
  const replay = new Replay(byId, outputs, limits)
  const series = new Map<object, { exchange: string; symbol: string; pair: string; times: number[]; prices: number[] }>()
  outputs.watch((state, kind) => {
    const { instrument, sync } = state
    const { book } = sync
    if (kind !== 'book' || book === undefined || book.bids.length === 0 || book.asks.length === 0 || !named.has(instrument)) return
    let own = series.get(state)
    if (own === undefined) {
      const { exchange, pair } = instrument
      own = { exchange, symbol: instrument.symbol, pair, times: [], prices: [] }
      series.set(state, own)
    }
    const price = (book.bids.price(0) + book.asks.price(0)) / 2
    if (price === own.prices.at(-1)) return
    own.times.push(sync.stamp / 1000)
    own.prices.push(price)
  })
  await replay.play(files, { before: () => (signal.aborted ? false : undefined), onDamage: () => undefined })
  named.check(replay.pipelines.values())
  return [...series.values()]
}
