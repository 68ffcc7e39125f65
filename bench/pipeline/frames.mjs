/**
 * What the sender plays: recorded depth frames, looped, with ids that chain for ever and times of now. Where a loop ends, one
 * more frame takes the book back to where it began.
 */
import { recordedFrames, recordedJson } from '../lib.mjs'

const BTC = 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808'
const ALTS = 'binance-usdm/five_alts_depth100ms_20210405'
const BYBIT = 'bybit-linear/btc_sol_book200_tickers_trades_kline_20260809.jsonl.gz'
const ALT_SYMBOLS = ['BATUSDT', 'CHRUSDT', 'CTKUSDT', 'NEOUSDT', 'SANDUSDT']
const FIRST_ID = 5_000_000_000_000

/**
 * `usual`: changes of 100 ms of five contracts of Binance, and Bybit's two: about ten levels a frame. `busy`: each change of
 * Binance's BTC contract at once, the largest diffs there are, instead of the five.
 */
export const LOADS = {
  usual: { binance: ALT_SYMBOLS, bybit: ['BTCUSDT', 'SOLUSDT'] },
  busy: { binance: ['BTCUSDT'], bybit: ['BTCUSDT', 'SOLUSDT'] },
}

/** The two connections of a load: their instruments, and where each one's next frame comes from. */
export function markets(load) {
  const alts = binanceDiffs(`${ALTS}/frames.jsonl.gz`)
  const btc = binanceDiffs(`${BTC}.jsonl.gz`)
  const bybit = recordedFrames(BYBIT)
    .map((frame) => ({ text: frame.toString(), message: JSON.parse(frame) }))
    .filter(({ message }) => message.topic?.startsWith('orderbook.'))
  return [
    {
      exchange: 'binance',
      symbols: LOADS[load].binance,
      source: (symbol) =>
        binanceSource(
          (symbol === 'BTCUSDT' ? btc : alts).filter(({ message }) => message.data.s === symbol),
          snapshot(symbol),
        ),
    },
    {
      exchange: 'bybit',
      symbols: LOADS[load].bybit,
      source: (symbol) => bybitSource(bybit.filter(({ message }) => message.data.s === symbol)),
    },
  ]
}

/** Bodies of the REST snapshots that the first frames join, by symbol. */
export function snapshots() {
  return Object.fromEntries(
    ['BTCUSDT', ...ALT_SYMBOLS].map((symbol) => {
      const { bids, asks } = snapshot(symbol)
      return [symbol, JSON.stringify({ lastUpdateId: FIRST_ID, E: Date.now(), T: Date.now(), bids, asks })]
    }),
  )
}

/** Fewer levels than are asked for, so that they count as whole: a partial one is replaced when the market moves away from it,
 * but here minutes of the market pass in a second, and no snapshot could be had so fast. */
function snapshot(symbol) {
  const recorded = recordedJson(symbol === 'BTCUSDT' ? `${BTC}.depth_snapshot.json` : `${ALTS}/depth_${symbol}.json`)
  return { lastUpdateId: recorded.lastUpdateId, bids: recorded.bids.slice(0, 999), asks: recorded.asks.slice(0, 999) }
}

function binanceDiffs(file) {
  return recordedFrames(file)
    .filter((frame) => frame.includes('"e":"depthUpdate"'))
    .map((frame) => ({ text: frame.toString(), message: JSON.parse(frame) }))
}

function binanceSource(recorded, { lastUpdateId, bids, asks }) {
  const diffs = recorded.filter(({ message }) => message.data.u >= lastUpdateId)
  const parts = diffs.map(({ text, message }) => {
    const { stream, data } = message
    const [, levels] = /"pu":\d+(,"b":.*)$/.exec(text)
    return { head: `{"stream":"${stream}","data":{"e":"depthUpdate"`, symbol: data.s, levels }
  })
  const [{ head, symbol }] = parts
  const changes = diffs.map(({ message }) => message.data)
  const { b, a } = wayBack(bids, asks, changes)
  parts.push({ head, symbol, levels: `,"b":${JSON.stringify(b)},"a":${JSON.stringify(a)}}}` })
  let last = FIRST_ID
  let i = 0
  return (now) => {
    const part = parts[i % parts.length]
    const from = i === 0 ? last : last + 1
    const previous = last
    last += 1 + part.levels.length
    i += 1
    return `${part.head},"E":${now + 1},"T":${now},"s":"${part.symbol}","U":${from},"u":${last},"pu":${previous}${part.levels}`
  }
}

function bybitSource(recorded) {
  const [first, ...deltas] = recorded
  const { topic, data } = first.message
  const { s, b, a } = data
  const changes = deltas.map(({ message }) => message.data)
  const back = wayBack(b, a, changes)
  const bodies = [...changes, back].map((change) => ['delta', JSON.stringify(change.b), JSON.stringify(change.a)])
  const snapshot = ['snapshot', JSON.stringify(b), JSON.stringify(a)]
  let i = 0
  return (now) => {
    const [type, bids, asks] = i === 0 ? snapshot : bodies[(i - 1) % bodies.length]
    i += 1
    const ids = `"u":${1_000_000 + i},"seq":${10_000_000_000 + i}`
    return `{"topic":"${topic}","type":"${type}","ts":${now + 1},"data":{"s":"${s}","b":${bids},"a":${asks},${ids}},"cts":${now}}`
  }
}

/** What turns the book after all `changes` into the book before them. */
function wayBack(bids, asks, changes) {
  const side = (start, pick) => {
    const before = new Map(start)
    const after = new Map(start)
    for (const [price, quantity] of changes.flatMap(pick)) after.set(price, quantity)
    const prices = new Map([...after.keys(), ...before.keys()].map((price) => [Number(price), price]))
    return [...prices.values()]
      .map((price) => [price, before.get(price) ?? '0'])
      .filter(([price, quantity]) => Number(after.get(price) ?? 0) !== Number(quantity))
  }
  return { b: side(bids, ({ b }) => b), a: side(asks, ({ a }) => a) }
}
