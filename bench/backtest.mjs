/**
 * A backtest of two crossing moving averages beside grademark and a bare loop over the same columns: 20 and 100 bars, fills at the
 * next open, 10 bps a fill, one unit. The loop does what any engine must (signals, fees, equity of each bar) and nothing else: it
 * is the limit. grademark books neither fees nor equity and gets its indicators ready-made, which favours it; the two take turns in
 * processes of their own, since who shares a heap marks the other's objects.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { barColumns } from './bars.mjs'
import { built, compare, expectEqual, expectRatio, median, printMachine, printTable, versionOf } from './lib.mjs'

const { runBacktest } = await built('core/backtest/engine.js')
const { createMarketData } = await built('core/backtest/data.js')
const { DEFAULT_CONFIG } = await built('core/backtest/config.js')
const { smaCross } = await built('core/strategies/sma-cross.js')

const BARS = Number(process.env['BARS'] ?? 1_000_000)
const PEER_BARS = Math.min(BARS, 100_000)
const PEER_TURNS = 5
/** Of a process that measures one of the two alone. */
const ALONE = process.env['ALONE']
const FAST = 20
const SLOW = 100
const CASH = 1e6
const FEE = 0.001

function ours(columns) {
  const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1m', intervalMs: 60_000, columns }] })
  const config = {
    ...DEFAULT_CONFIG,
    cash: CASH,
    fees: { maker: FEE, taker: FEE, fixed: 0 },
    sizing: { kind: 'units', units: 1 },
    parameters: { fast: FAST, slow: SLOW },
  }
  const run = () => runBacktest(config, data, smaCross, { version: 'bench' })
  return { name: 'mts', trades: run().trades.length, run: () => run().equity.at(-1) }
}

function bareLoop({ open, close }) {
  const equity = new Float64Array(close.length)
  let cash = CASH
  let held = 0
  let entry = 0
  const fill = (price, wanted) => {
    cash -= price * FEE
    if (wanted === 0) cash += price - entry
    entry = price
    held = wanted
  }
  const run = () => {
    cash = CASH
    held = 0
    let wanted = 0
    const gaps = gapsOf(close)
    for (let i = 0; i < close.length; i++) {
      if (wanted !== held) fill(open[i], wanted)
      equity[i] = cash + held * (close[i] - entry)
      if (i > 0 && gaps[i] * gaps[i - 1] < 0) wanted = gaps[i] > 0 ? 1 : 0
    }
    return equity.at(-1)
  }
  return { name: 'bare loop', run }
}

/** Fast mean less slow mean, 0 until both are there. */
function gapsOf(close) {
  const gaps = new Float64Array(close.length)
  let fast = 0
  let slow = 0
  for (let i = 0; i < close.length; i++) {
    fast += close[i] - (i >= FAST ? close[i - FAST] : 0)
    slow += close[i] - (i >= SLOW ? close[i - SLOW] : 0)
    if (i + 1 >= SLOW) gaps[i] = fast / FAST - slow / SLOW
  }
  return gaps
}

function grademark(columns) {
  const require = createRequire(import.meta.url)
  const { backtest } = require('grademark')
  const { DataFrame } = require('data-forge')
  const count = columns.close.length
  const rows = Array.from({ length: count }, (_, i) => ({
    time: new Date(columns.timestamp[i]),
    open: columns.open[i],
    high: columns.high[i],
    low: columns.low[i],
    close: columns.close[i],
    volume: columns.volume[i],
    gap: 0,
    before: 0,
  }))
  const gaps = gapsOf(columns.close)
  for (let i = 1; i < count; i++) Object.assign(rows[i], { gap: gaps[i], before: gaps[i - 1] })
  const strategy = {
    entryRule: (enter, { bar }) => void (bar.before < 0 && bar.gap > 0 && enter({ direction: 'long' })),
    exitRule: (exit, { bar }) => void (bar.before > 0 && bar.gap < 0 && exit()),
  }
  const frame = new DataFrame(rows)
  return { name: 'grademark', run: () => backtest(strategy, frame).length }
}

/** ns a bar of each turn; the machine may be slower in one than in the next, so a ratio is of neighbours. */
function inTurns(names) {
  const turns = Array.from({ length: PEER_TURNS }, () => names.map((name) => nsAlone(name)))
  return names.map((name, i) => ({ name, turns: turns.map((each) => each[i]) }))
}

function nsAlone(name) {
  const env = { ...process.env, ALONE: name, ROUNDS: '25' }
  const { stdout, status } = spawnSync(process.execPath, [import.meta.filename], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  if (status !== 0) throw new Error(`${name} failed`)
  return Number(stdout)
}

if (ALONE !== undefined) {
  const make = ALONE === 'mts' ? ours : grademark
  const [{ ns }] = compare([make(barColumns(PEER_BARS))], PEER_BARS)
  console.log(ns)
  process.exit()
}

printMachine()
const columns = barColumns(BARS)
const mine = ours(columns)
const timed = compare([mine, bareLoop(columns)], BARS)
expectEqual(
  'final equity',
  timed.map(({ checksum }) => checksum.toPrecision(9)),
)
const peers = inTurns(['mts', 'grademark'])
const speed = (ns) => `${(1000 / ns).toFixed(1)} M`
printTable(
  [`${BARS.toLocaleString('en')} bars, ${mine.trades.toLocaleString('en')} trades`, 'ns/bar', 'bars/s'],
  timed.map(({ name, ns }) => [name, ns.toFixed(1), speed(ns)]),
)
console.log()
printTable(
  [`${PEER_BARS.toLocaleString('en')} bars, ${PEER_TURNS} turns`, 'ns/bar', 'bars/s'],
  peers.map(({ name, turns }) => {
    const ns = median(turns)
    return [name === 'mts' ? name : `${name} ${versionOf(name)}`, ns.toFixed(1), speed(ns)]
  }),
)
console.log()
expectRatio('mts to 15 M bars/s', 1000 / timed[0].ns / 15, 1)
const [own, other] = peers
expectRatio('mts to grademark', median(own.turns.map((ns, i) => other.turns[i] / ns)), 20)
