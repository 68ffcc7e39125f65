/** A table that redraws itself on a terminal, at most ten times a second. The cursor comes back on every way out. */
import type { Clock } from '../clock.js'
import type { Painter } from './color.js'
import type { Row } from './output/fields.js'
import { type Column, renderTable } from './output/table.js'

export interface LiveViewOptions {
  readonly clock: Clock
  readonly stream: NodeJS.WriteStream
  readonly painter: Painter
  readonly columns: () => readonly Column[]
  /** The rows of this moment, keys in snake_case. */
  readonly rows: () => readonly Row[]
  /** A line above the table. */
  readonly heading?: () => string
}

export interface LiveView {
  /** Draws the last state and leaves it there. */
  stop(): Promise<void>
}

const FRAME_MS = 100

/** Of `mts stream`: what is received and how good it is. */
export const STREAM_COLUMNS: readonly Column[] = [
  { key: 'instrument' },
  { key: 'bid', kind: 'number', decimals: tickDecimals },
  { key: 'ask', kind: 'number', decimals: tickDecimals },
  { key: 'spread', unit: 'bps', kind: 'number', decimals: 2 },
  { key: 'imbalance', kind: 'number', decimals: 2 },
  { key: 'updates', unit: '1/s', kind: 'number', decimals: 0 },
  { key: 'age', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'state', paint: (text, value, painter) => (value === 'synced' ? painter.good(text) : painter.warn(text)) },
]

export async function startLiveView({ clock, stream, painter, columns, rows, heading }: LiveViewOptions): Promise<LiveView> {
  const { createLogUpdate } = await import('log-update')
  const update = createLogUpdate(stream)
  let last = ''
  let isDrawing = false
  const draw = async (): Promise<void> => {
    if (isDrawing) return
    isDrawing = true
    const table = await renderTable(rows(), columns(), painter)
    const frame = heading === undefined ? table : `${heading()}\n\n${table}`
    if (frame !== last) update(frame)
    last = frame
    isDrawing = false
  }
  const timer = clock.every(FRAME_MS, () => void draw())
  await draw()
  return {
    stop: async () => {
      timer.cancel()
      await draw()
      update.done()
    },
  }
}

/** A row may carry the decimals of its instrument's tick. */
function tickDecimals(row: Row): number {
  const decimals = row['decimals']
  return typeof decimals === 'number' ? decimals : 2
}
