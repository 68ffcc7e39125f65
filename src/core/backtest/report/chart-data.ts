/** Lines as the page's script draws them. */
import type { Trade } from '../result.js'
import type { RunCharts, RunDocument } from './document.js'
import { benchmarkTitle } from './figures.js'

export interface Line {
  readonly name: string
  readonly y: readonly (number | null)[]
  /** A colour of the style sheet. */
  readonly color: string
  readonly isDashed?: boolean
  readonly isThin?: boolean
  readonly isFilled?: boolean
}

export interface Mark {
  readonly time: number
  readonly price: number
  readonly side: 'buy' | 'sell'
}

export interface Chart {
  readonly id: string
  readonly height: number
  readonly format: 'money' | 'percent' | 'price'
  readonly x: readonly number[]
  readonly lines: readonly Line[]
  readonly marks?: readonly Mark[]
  /** Charts with one key share a cursor. */
  readonly sync?: string
  readonly isLog?: boolean
}

/** More cannot be told apart. */
export const MOST_MARKS = 2_000
/** Beyond this factor a straight scale hides the beginning. */
const LOG_FROM = 8

export function equityChart(document: RunDocument, { equity }: RunCharts): Chart {
  const { result, period } = document
  const x = [period.start, ...equity.timestamp]
  const own: Line = { name: 'Strategy', y: [result.cash, ...equity.equity], color: '--own' }
  const other = equity.benchmark
  const lines =
    other === null ? [own] : [{ name: benchmarkTitle(document), y: [result.cash, ...other], color: '--other', isThin: true }, own]
  return { id: 'equity', height: 300, format: 'money', x, lines, sync: 'time', isLog: isWide(lines) }
}

function isWide(lines: readonly Line[]): boolean {
  const values = lines.flatMap(({ y }) => y.filter((value) => value !== null))
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  const high = values.reduce((most, value) => Math.max(most, value), 0)
  return low > 0 && high / low > LOG_FROM
}

export function drawdownChart({ period }: RunDocument, { equity }: RunCharts): Chart {
  const y = [0, ...equity.drawdown]
  const line: Line = { name: 'Draw-down', y, color: '--bad', isFilled: true, isThin: true }
  return { id: 'drawdown', height: 150, format: 'percent', x: [period.start, ...equity.timestamp], lines: [line], sync: 'time' }
}

/** One chart an asset, with what was bought and sold. */
export function priceCharts({ trades, openPositions }: RunDocument, { prices }: RunCharts): Chart[] {
  return prices.map(({ asset, timestamp, close }, i) => {
    const own = trades.filter((trade) => trade.asset === asset)
    const marks = [...shown(own).flatMap(marksOf), ...openPositions.filter((each) => each.asset === asset).map(entryMark)]
    const line: Line = { name: asset, y: close, color: '--soft', isThin: true }
    return { id: `price-${i}`, height: 260, format: 'price', x: timestamp, lines: [line], marks }
  })
}

/** The ones that mattered most, where they are too many to draw. */
function shown(trades: readonly Trade[]): readonly Trade[] {
  if (2 * trades.length <= MOST_MARKS) return trades
  return trades.toSorted((a, b) => Math.abs(b.pnl) - Math.abs(a.pnl)).slice(0, MOST_MARKS / 2)
}

function marksOf(trade: Trade): Mark[] {
  const isLong = trade.side === 'long'
  return [entryMark(trade), { time: trade.exitTime, price: trade.exitPrice, side: isLong ? 'sell' : 'buy' }]
}

function entryMark({ side, entryTime, entryPrice }: Pick<Trade, 'side' | 'entryTime' | 'entryPrice'>): Mark {
  return { time: entryTime, price: entryPrice, side: side === 'long' ? 'buy' : 'sell' }
}

const LINE_COLORS = ['--own', '--line2', '--line3', '--line4', '--line5', '--line6'] as const

export function lineColor(i: number): string {
  return LINE_COLORS[i % LINE_COLORS.length] ?? '--own'
}

/** Growth of several runs over the time of all of them; each line holds its last value where another one has a point. */
export function growthChart(runs: readonly { readonly document: RunDocument; readonly charts: RunCharts }[]): Chart {
  const curves = runs.map(({ document, charts }) => ({
    x: [document.period.start, ...charts.equity.timestamp],
    y: [document.result.cash, ...charts.equity.equity].map((value) => value / document.result.cash - 1),
  }))
  const x = [...new Set(curves.flatMap((curve) => curve.x))].sort((a, b) => a - b)
  const lines = curves.map(
    (curve, i): Line => ({ name: `${i + 1}`, y: heldAt(curve, x), color: lineColor(i), isDashed: i >= LINE_COLORS.length }),
  )
  return { id: 'equity', height: 340, format: 'percent', x, lines }
}

function heldAt(
  { x, y }: { readonly x: readonly number[]; readonly y: readonly number[] },
  times: readonly number[],
): (number | null)[] {
  let row = -1
  return times.map((time) => {
    while (row + 1 < x.length && (x[row + 1] ?? 0) <= time) row += 1
    const isOver = row === x.length - 1 && time > (x[row] ?? 0)
    return row < 0 || isOver ? null : (y[row] ?? null)
  })
}
