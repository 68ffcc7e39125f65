import type { Exchange } from '../../exchanges/contract.js'
import { fundingNow } from '../../live/funding.js'
import { prepareStream } from '../../live/stream.js'
import type { BaseSession } from '../base-command.js'
import { renderTable } from '../output/table.js'
import { sinkSettings, streamSettings } from '../stream/options.js'
import { plainRow } from '../stream/summary-table.js'
import { watchStream } from '../stream/watch.js'
import { FUNDING_COLUMNS } from './columns.js'

export interface WatchFundingOptions {
  readonly exchanges: readonly Exchange[]
  readonly symbols: readonly string[]
  readonly intervalMs: number
  readonly durationMs: number | undefined
  readonly isStored: boolean
}

/** Shows funding as it changes, and stores it: a table at a terminal, lines in a pipe. */
export async function watchFunding(session: BaseSession, { isStored, ...options }: WatchFundingOptions): Promise<void> {
  const { config, version } = session
  const flags = { 'no-store': !isStored, csv: false, 'store-interval': options.intervalMs, 'funding-only': true }
  const stream = await prepareStream(await session.world(), {
    ...streamSettings(config),
    ...options,
    channels: ['funding'],
    depth: 1,
    isRecorded: false,
    redundancy: 1,
    sinks: sinkSettings(config, flags, version),
  })
  await watchStream(session, stream, () => {
    const rows = fundingNow(stream.pipelines()).map(plainRow)
    return async (width) => renderTable(rows, FUNDING_COLUMNS, session.painter, width)
  })
}
