/** Signals as a document, and as tables for people. */
import type { HeardSilence } from '../../live/signals/hear.js'
import type { MadeSignals } from '../../live/signals/make.js'
import type { CombinedSignal, JudgedSignal } from '../../signals/contract.js'
import type { BaseSession } from '../base-command.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { counted } from '../output/counted.js'
import type { Row } from '../output/fields.js'
import { type Plain, toPlain } from '../output/keys.js'
import { formatTime } from '../output/number.js'
import type { Failure } from '../output/output.js'
import { renderTable } from '../output/table.js'

const SHARE: Partial<Column> = { kind: 'number', text: (value) => (typeof value === 'number' ? (100 * value).toFixed(2) : '–') }
const SURE: Partial<Column> = { kind: 'number', decimals: 2 }

export const SIGNAL_COLUMNS: readonly Column[] = [
  { key: 'asset' },
  { key: 'strategy' },
  { key: 'signal', paint: paintSignal },
  { key: 'strength' },
  { key: 'confidence', ...SURE },
  { key: 'position_size', heading: 'size', unit: '% of equity', ...SHARE },
  { key: 'risk_level', heading: 'risk' },
  { key: 'timestamp', heading: 'said', unit: 'UTC', text: minute },
  { key: 'expires_at', heading: 'until', unit: 'UTC', text: minute, isMinor: true },
  { key: 'fate' },
  { key: 'reason', cut: 'end' },
  { key: 'why', cut: 'end', isMinor: true },
]

const COMBINED_COLUMNS: readonly Column[] = [
  { key: 'asset' },
  { key: 'signal', paint: paintSignal, text: (value) => (value === null ? 'none' : String(value)) },
  { key: 'strength' },
  { key: 'confidence', ...SURE },
  { key: 'agreement', ...SURE },
  { key: 'position_size', heading: 'size', unit: '% of equity', ...SHARE },
  { key: 'risk_level', heading: 'risk' },
  { key: 'why', cut: 'end' },
]

/** What is printed and what is written: the same. */
export function signalsDocument({ signals, dropped, combined, warnings: _, ...made }: MadeSignals) {
  return {
    timestamp: made.timestamp,
    signals: signals.map(signalRow),
    combined: combined.map(combinedRow),
    dropped: dropped.map(signalRow),
    silent: made.silent,
    notRun: made.notRun,
    marketContext: made.marketContext,
    rules: made.rules,
  }
}

function signalRow({ saidAt, grade, strength, doubt: _, size: __, ...signal }: JudgedSignal) {
  const { id, strategy, asset, confidence, positionSize, riskLevel, expiresAt, reason, ...rest } = signal
  const told = { strategy, asset, signal: signal.signal, confidence, strength: grade, positionSize, riskLevel, expiresAt, reason }
  return { ...told, timestamp: saidAt, ...rest, strengthValue: strength, id }
}

function combinedRow({ grade, strength, ...combined }: CombinedSignal) {
  return { ...combined, strength: grade, strengthValue: strength }
}

/** One for each asset and reason, with the command that mends it. */
export function failuresOf({ notRun }: Pick<MadeSignals, 'notRun'>): Failure[] {
  const groups = new Map<string, Failure & { readonly strategies: string[] }>()
  for (const { strategy, asset, code, reason, suggestions } of notRun) {
    const message = [reason, ...suggestions].join('. ')
    const key = `${asset} ${message}`
    const known = groups.get(key) ?? { series: asset, code, message, strategies: [] }
    known.strategies.push(strategy)
    groups.set(key, known)
  }
  return [...groups.values()].map(({ strategies, ...failure }) => ({ source: strategies.join(','), ...failure }))
}

export async function printSignals(
  session: BaseSession,
  made: MadeSignals,
  { isKept }: { readonly isKept: boolean },
): Promise<void> {
  const document = signalsDocument(made)
  await session.print({
    data: document,
    warnings: made.warnings,
    failures: failuresOf(made),
    isForPeople: isKept,
    view: {
      heading: headingOf(made),
      rows: [...document.signals, ...document.dropped],
      columns: SIGNAL_COLUMNS,
      draw: (painter, width) => draw(made, painter, width),
    },
  })
}

async function draw(made: MadeSignals, painter: Painter, width: number | undefined): Promise<string> {
  const { signals, dropped, combined } = signalsDocument(made)
  const said = [...signals, ...dropped].map(asRow)
  const parts = [painter.strong(headingOf(made))]
  if (said.length > 0) parts.push(renderTable(said, SIGNAL_COLUMNS, painter, width))
  if (combined.length > 0) {
    const table = renderTable(combined.map(asRow), COMBINED_COLUMNS, painter, width)
    parts.push(`${painter.strong(`Together, by the rule ${made.rules.conflict}`)}\n${table}`)
  }
  if (made.silent.length > 0) parts.push(silences(made.silent, painter))
  return parts.join('\n\n')
}

function asRow(row: object): Row {
  return toPlain(row) as Row
}

function headingOf({ timestamp, signals, dropped, silent, notRun, marketContext }: MadeSignals): string {
  const { vixLevel, vixDate, correlationBtcVix } = marketContext
  const counts = [counted(signals.length, 'signal'), `${dropped.length} dropped`, `${silent.length} silent`]
  if (notRun.length > 0) counts.push(`${notRun.length} could not run`)
  const vix = vixLevel === null ? 'VIX not known' : `VIX ${vixLevel} of ${vixDate}`
  const correlation = correlationBtcVix === null ? '' : `, correlation of BTC with it ${correlationBtcVix.toFixed(2)}`
  return `${formatTime(timestamp).slice(0, 16)} UTC: ${counts.join(', ')}; ${vix}${correlation}`
}

/** One line a strategy and reason. */
function silences(silent: readonly HeardSilence[], painter: Painter): string {
  const lines = new Map<string, string[]>()
  for (const { strategy, asset, reason } of silent) {
    const key = `${strategy}: ${reason}`
    lines.set(key, [...(lines.get(key) ?? []), asset])
  }
  return [...lines].map(([text, assets]) => painter.quiet(`Silent on ${assets.join(', ')}: ${text}`)).join('\n')
}

function minute(value: Plain): string {
  return typeof value === 'number' ? formatTime(value).slice(0, 16) : '–'
}

function paintSignal(text: string, value: Plain, painter: Painter): string {
  return value === 'long' ? painter.good(text) : value === 'short' ? painter.bad(text) : text
}
