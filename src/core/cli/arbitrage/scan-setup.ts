import type { Exchange } from '../../exchanges/contract.js'
import type { ScanOptions } from '../../live/arbitrage/options.js'
import type { ScanSummary } from '../../live/arbitrage/told.js'
import type { StreamOptions } from '../../live/stream-options.js'
import type { BaseSession } from '../base-command.js'
import { formatNumber } from '../output/number.js'
import { streamSettings } from '../stream/options.js'

export interface ScanFlags {
  readonly exchanges: readonly Exchange[]
  readonly symbols: readonly string[] | undefined
  readonly scan: ScanOptions
  readonly durationMs: number | undefined
  readonly isWatch: boolean
  readonly isRecorded: boolean
  readonly journal: string | undefined
  readonly fields: readonly string[] | undefined
  readonly sinks: StreamOptions['sinks']
  readonly redis: StreamOptions['redis']
}

/** Levels a side that a walk can go: what the shallowest streams have. */
export const DEPTH = 50

/** What there is and was, and why there is not more, in one line. `open`: of a run that goes on. */
export function scanLine({ count, compared, refused, bestBps, phantomShare }: ScanSummary, open?: number): string {
  const gates = Object.entries(refused).filter(([, times]) => times > 0)
  return [
    `${open === undefined ? `${count} found` : `${open} open, ${count} over`} in ${formatNumber(compared, 0)} looks`,
    `best ${bestBps === null ? '–' : bestBps.toFixed(2)} bps after fees`,
    gates.length === 0 ? 'nothing refused' : `refused: ${gates.map(([gate, times]) => `${gate} ${times}`).join(', ')}`,
    ...(phantomShare === null ? [] : [`phantoms ${(phantomShare * 100).toFixed(0)} %`]),
  ].join('; ')
}

export function liveOptions(session: BaseSession, { exchanges, symbols, durationMs }: ScanFlags) {
  return {
    ...streamSettings(session.config),
    exchanges,
    symbols: symbols ?? session.config.symbols,
    depth: DEPTH,
    intervalMs: 1_000,
    durationMs,
    isRecorded: false,
    redundancy: 1,
  }
}
