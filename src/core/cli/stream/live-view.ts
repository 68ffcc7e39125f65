/** What redraws itself on a terminal, at most ten times a second. The cursor comes back on every way out. */
import type { Clock } from '../../clock.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import type { Row } from '../output/fields.js'

export interface LiveViewOptions {
  readonly clock: Clock
  readonly stream: NodeJS.WriteStream
  readonly painter: Painter
  /** Holds what there is at this moment, and draws it for a terminal of so many columns. */
  readonly snapshot: () => (width: number) => Promise<string>
  /** Aborted while the command ends in order. */
  readonly signal: AbortSignal
}

export interface LiveView {
  /** What is there now is the last that is shown: what comes is being taken down. */
  freeze(): void
  /** Draws the last state and leaves it there. */
  stop(): Promise<void>
}

const FRAME_MS = 100

/** Of `mts stream`: what is received and how good it is. */
export const STREAM_COLUMNS: readonly Column[] = [
  { key: 'instrument', cut: 'end' },
  { key: 'exchange' },
  { key: 'bid', kind: 'number', decimals: tickDecimals },
  { key: 'ask', kind: 'number', decimals: tickDecimals },
  { key: 'spread', unit: 'bps', kind: 'number', decimals: 2 },
  { key: 'imbalance', brief: 'imbal.', kind: 'number', decimals: 2, isMinor: true },
  { key: 'updates', unit: '1/s', kind: 'number', decimals: 0, isMinor: true },
  { key: 'age', unit: 'ms', kind: 'number', decimals: 0 },
  { key: 'state', paint: (text, value, painter) => (value === 'live' ? painter.good(text) : painter.warn(text)) },
]

export async function startLiveView({ clock, stream, painter, snapshot, signal }: LiveViewOptions): Promise<LiveView> {
  const { createLogUpdate } = await import('log-update')
  const update = createLogUpdate(stream)
  const startedAt = clock.now()
  let frozen: ReturnType<typeof snapshot> | undefined
  let last = ''
  let isDrawing = false
  let isOver = false
  const draw = async (): Promise<void> => {
    if (isDrawing) return
    isDrawing = true
    const text = await (frozen ?? snapshot())(stream.columns)
    const hint = isOver ? '' : signal.aborted ? ', stopping; Ctrl-C again stops at once' : ', Ctrl-C stops'
    const heading = painter.quiet(`${Math.floor((clock.now() - startedAt) / 1000)} s${hint}`)
    const frame = withinHeight(`${heading}\n${text}`, stream.rows)
    if (frame !== last) update(frame)
    last = frame
    isDrawing = false
  }
  const timer = clock.every(FRAME_MS, () => void draw())
  await draw()
  return {
    freeze: () => {
      frozen ??= snapshot()
    },
    stop: async () => {
      timer.cancel()
      isOver = true
      await draw()
      update.done()
    },
  }
}

/** A frame higher than the terminal would scroll at every change. */
function withinHeight(frame: string, height: number): string {
  const lines = frame.split('\n')
  const most = height - 1
  if (lines.length <= most) return frame
  const shown = lines.slice(0, most - 1)
  return [...shown, `… ${lines.length - shown.length} more lines: a higher window shows them`].join('\n')
}

/** A row may carry the decimals of its instrument's tick. */
function tickDecimals(row: Row): number {
  const decimals = row['decimals']
  return typeof decimals === 'number' ? decimals : 2
}
