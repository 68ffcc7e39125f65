/** Stored signals, and how they turned out by the bars that are stored now. */
import { intervalMs } from '../../market/interval.js'
import { outcomeOf, type PriceColumns } from '../../signals/outcome.js'
import type { ScoredSignal } from '../../signals/score.js'
import type { Reader } from '../../storage/reader.js'
import type { SignalRow } from '../../storage/rows.js'

/** By the series that each was made of. Bars that open at `until` (ms) or later are not looked at. */
export function scoreRows(
  reader: Pick<Reader, 'candleColumns' | 'candleSpans'>,
  rows: readonly SignalRow[],
  horizonsMs: readonly number[],
  until?: number,
): ScoredSignal[] {
  const known = new Map<string, PriceColumns>()
  const first = rows.reduce((earliest, { timestamp }) => Math.min(earliest, timestamp), Number.POSITIVE_INFINITY)
  const pricesOf = (source: string, cryptocurrency: string, interval: string): PriceColumns => {
    const key = `${source} ${cryptocurrency} ${interval}`
    const prices = known.get(key) ?? reader.candleColumns({ source, cryptocurrency, interval }, first, until)
    known.set(key, prices)
    return prices
  }
  return rows.map((row) => {
    const { strategy, asset, timestamp, confidence, signal, context } = row
    const [source, interval] = [String(context?.['source'] ?? ''), String(context?.['interval'] ?? '')]
    const prices = pricesOf(source, asset, interval)
    const outcomes = horizonsMs.map((horizon) =>
      outcomeOf({ signal, saidAt: timestamp }, prices, intervalMs(interval) ?? Number.POSITIVE_INFINITY, horizon),
    )
    return { strategy, asset, timestamp, confidence, outcomes }
  })
}
