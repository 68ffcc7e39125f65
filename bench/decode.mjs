/**
 * Decoding of depth frames: our decoders beside JSON.parse and Number on the same recorded bytes. Every price and quantity
 * comes out as a float64 on both sides, and all of them must be the same.
 */
import { built, compare, expectEqual, expectRatio, printMachine, printTable, recordedFrames } from './lib.mjs'

const { exchange } = await built('core/exchanges/binance/index.js')
const frames = recordedFrames('binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz').filter((frame) =>
  frame.includes('"e":"depthUpdate"'),
)

/** Levels a frame: the sizes that are compared, each of so many frames. */
const SIZES = [
  [1, 8],
  [14, 22],
  [45, 57],
  [240, 300],
]
const FRAMES_A_SIZE = 200

let sum = 0
let told = 0
let remarks = 0
const ignore = () => undefined
const sink = {
  book({ bids, asks }) {
    told += 1
    for (let i = 0; i < bids.length; i++) sum += bids.prices[i] + bids.quantities[i]
    for (let i = 0; i < asks.length; i++) sum += asks.prices[i] + asks.quantities[i]
  },
  remark: () => {
    remarks += 1
  },
  unknown: (reason) => {
    throw new Error(`a recorded frame is unknown: ${reason}`)
  },
  ticker: ignore,
  trade: ignore,
  funding: ignore,
  openInterest: ignore,
  liquidation: ignore,
  candle: ignore,
  control: ignore,
}

function byDecoder(sample) {
  const decode = exchange.stream.decoder()
  return () => {
    sum = 0
    for (const frame of sample) decode(frame, sink)
    return sum
  }
}

function byJson(sample) {
  return () => {
    let total = 0
    for (const frame of sample) {
      const { b, a } = JSON.parse(frame.toString()).data
      for (const [price, quantity] of b) total += Number(price) + Number(quantity)
      for (const [price, quantity] of a) total += Number(price) + Number(quantity)
    }
    return total
  }
}

function levelsOf(frame) {
  const { b, a } = JSON.parse(frame).data
  return b.length + a.length
}

const sized = frames.map((frame) => ({ frame, levels: levelsOf(frame) }))
const samples = SIZES.map(([from, to]) => sized.filter(({ levels }) => levels >= from && levels <= to).slice(0, FRAMES_A_SIZE))
samples.push(sized)

printMachine()
const rows = []
const ratios = []
for (const sample of samples) {
  const bytes = sample.map(({ frame }) => frame)
  const levels = sample.reduce((total, entry) => total + entry.levels, 0) / sample.length
  const candidates = [
    { name: 'mts', run: byDecoder(bytes) },
    { name: 'JSON.parse + Number', run: byJson(bytes) },
  ]
  const [ours, json] = compare(candidates, sample.length)
  expectEqual('sums of all prices and quantities', [ours.checksum, json.checksum])
  const size = bytes.reduce((total, frame) => total + frame.length, 0) / bytes.length
  ratios.push(json.ns / ours.ns)
  const [fast, slow] = [ours, json].map(({ ns }) => (ns / 1000).toFixed(2))
  rows.push([
    levels.toFixed(0),
    String(sample.length),
    size.toFixed(0),
    fast,
    slow,
    ((size / ours.ns) * 1000).toFixed(0),
    `${(json.ns / ours.ns).toFixed(1)}×`,
  ])
}
printTable(['levels', 'frames', 'bytes', 'mts µs', 'JSON µs', 'mts MB/s', 'faster by'], rows)
console.log()
expectEqual('frames that took the slow path or lost digits', [remarks, 0])
if (told === 0) throw new Error('no frame was told')
expectRatio('decoding a frame of about 18 levels against JSON.parse + Number', ratios[1], 7)
expectRatio('decoding the whole recording against JSON.parse + Number', ratios.at(-1), 7)
