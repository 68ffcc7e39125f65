import type { Reader } from '../../storage/reader.js'
import { coinsOf } from './coins.js'
import { type LoadedMarket, loadMarket } from './market.js'

/**
 * Bars of another asset over the time and interval of a run, of the same source where it has them; undefined where it is what is traded
 * itself. Errors: those of `loadMarket`.
 */
export async function loadBenchmark(reader: Reader, wanted: string, market: LoadedMarket): Promise<LoadedMarket | undefined> {
  const { interval, start, end } = market
  const spans = reader.candleSpans()
  const coins = await coinsOf([wanted], new Set(spans.map(({ cryptocurrency }) => cryptocurrency)))
  if (coins.join() === market.coins.join()) return undefined
  const own = spans.filter((span) => span.source === market.source && span.interval === interval)
  const source = own.some(({ cryptocurrency }) => coins.includes(cryptocurrency)) ? market.source : undefined
  return loadMarket(reader, { symbols: coins, source, interval, start, end, requirements: { warmup: 1, needs: {} } })
}
