/** `mts spread --compare` from its flags to its output. */
import { findJournalFiles } from '../../feed/journal/reader.js'
import { compareLeads, type LeadLagSteps, type MidSeries, recordedMids, storedMids } from '../../live/lead-lag.js'
import { pairOf } from '../../live/stored-rows.js'
import type { BaseSession } from '../base-command.js'
import { formatDuration } from '../duration.js'
import { loadExchanges } from '../exchanges.js'
import type { Column } from '../output/column.js'
import { streamSettings } from '../stream/options.js'
import { readStored, type StoredFlags, spanOf } from './flags.js'

const COLUMNS: readonly Column[] = [
  { key: 'pair', cut: 'end' },
  { key: 'exchange_a', heading: 'a' },
  { key: 'exchange_b', heading: 'b' },
  { key: 'leader', heading: 'moves first' },
  { key: 'lag_ms', heading: 'a before b', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'correlation', kind: 'number', decimals: 3 },
  { key: 'lead_lag_ratio', heading: 'ratio', kind: 'number', decimals: 2 },
  { key: 'difference_bps', heading: 'a over b', unit: 'bps', kind: 'number', decimals: 2 },
  { key: 'changes_a', kind: 'number', decimals: 0, isMinor: true },
  { key: 'changes_b', kind: 'number', decimals: 0, isMinor: true },
]

/** What is stored is a sample each second: nothing finer can be told from it. */
const STORED: LeadLagSteps = { stepMs: 500, mostMs: 10_000 }
const RECORDED: LeadLagSteps = { stepMs: 10, mostMs: 1_000 }

export interface LeadLagFlags extends StoredFlags {
  readonly symbol: string
  readonly journal: string | undefined
}

export async function printLeadLag(session: BaseSession, flags: LeadLagFlags): Promise<void> {
  const isRecorded = flags.journal !== undefined
  const series = isRecorded ? await ofJournal(session, flags, flags.journal ?? '') : await ofStore(session, flags)
  const steps = isRecorded ? RECORDED : STORED
  const data = compareLeads(series, steps)
  const span = isRecorded ? `every change in ${flags.journal}` : `samples of the last ${formatDuration(spanOf(flags))}`
  const nothing = 'No two exchanges of the same pair have moved often enough to be compared'
  await session.print({
    data,
    warnings: [
      ...(data.length === 0 ? [nothing] : []),
      ...(isRecorded ? [] : ['Stored samples tell leads of seconds only: mts stream --record, then --journal data/journal']),
    ],
    view: {
      heading: `Which mid moves first (Hayashi–Yoshida), ${span}, in steps of ${steps.stepMs} ms`,
      rows: data,
      columns: COLUMNS,
    },
    fields: COLUMNS.map(({ key }) => key),
  })
}

async function ofStore(session: BaseSession, flags: LeadLagFlags): Promise<MidSeries[]> {
  const { rows, known } = await readStored(session, 'bid_ask_spreads', { names: [flags.symbol], flags }, (reader, query) =>
    reader.spreads(query),
  )
  return storedMids(rows, (exchange, symbol) => pairOf(known, exchange, symbol))
}

async function ofJournal(session: BaseSession, flags: LeadLagFlags, journal: string): Promise<MidSeries[]> {
  const { config, signal } = session
  const [files, exchanges] = await Promise.all([findJournalFiles(journal), loadExchanges(flags.exchanges, config)])
  return recordedMids({ files, exchanges, symbol: flags.symbol, limits: streamSettings(config).limits, signal })
}
