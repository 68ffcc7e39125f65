import { quantile } from '../../analysis/statistics.js'
import type { Instrument } from '../../market/instrument.js'
import type { Reader } from '../../storage/reader.js'

/** A day of samples of a second. */
const MOST_SAMPLES = 86_400

/** Median of the newest stored spreads of an instrument, in basis points of the mid; undefined without any. */
export function medianSpreadBps(reader: Reader, { exchange, symbol }: Instrument): number | undefined {
  const rows = reader.spreads({ exchanges: [exchange], symbols: [symbol], limit: MOST_SAMPLES })
  const sound = rows.filter(({ quality }) => quality === '')
  return sound.length === 0
    ? undefined
    : quantile(
        sound.map(({ spreadPercentage }) => spreadPercentage * 100),
        0.5,
      )
}
