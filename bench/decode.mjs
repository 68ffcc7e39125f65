/**
 * Decoding of depth frames: our decoder beside JSON.parse and Number on the same recorded bytes. Both leave every price and
 * quantity as a float64 in the same kind of record; all of them must be the same, which is checked outside the timing.
 */
import { built, compare, expectEqual, expectRatio, printMachine, printTable, recordedFrames } from './lib.mjs'

const { exchange } = await built('core/exchanges/binance/index.js')
const { BookUpdate } = await built('core/market/book-update.js')
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

const ignore = () => undefined

function sinkOf(book) {
  return {
    book,
    remark(what) {
      throw new Error(`a recorded frame took no straight way: ${what}`)
    },
    unknown(reason) {
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
}

function byDecoder() {
  const decode = exchange.stream.decoder()
  let last
  const sink = sinkOf((update) => {
    last = update
  })
  return (frame) => {
    decode(frame, sink)
    return last
  }
}

function byJson() {
  const update = new BookUpdate()
  return (frame) => {
    const { data } = JSON.parse(frame.toString())
    fill(update.bids, data.b)
    fill(update.asks, data.a)
    update.symbol = data.s
    update.timestamp = data.T
    update.sentAt = data.E
    update.firstId = data.U
    update.lastId = data.u
    update.previousId = data.pu
    return update
  }
}

function fill(into, levels) {
  into.length = 0
  for (let i = 0; i < levels.length; i++) into.push(Number(levels[i][0]), Number(levels[i][1]))
}

function contentOf({ bids, asks, symbol, timestamp, sentAt, firstId, lastId, previousId }) {
  const pairs = ({ prices, quantities, length }) => [...prices.subarray(0, length), ...quantities.subarray(0, length)]
  return JSON.stringify([symbol, timestamp, sentAt, firstId, lastId, previousId, pairs(bids), pairs(asks)])
}

function levelsOf(frame) {
  const { b, a } = JSON.parse(frame).data
  return b.length + a.length
}

const sized = frames.map((frame) => ({ frame, levels: levelsOf(frame) }))
const samples = SIZES.map(([from, to]) => sized.filter(({ levels }) => levels >= from && levels <= to).slice(0, FRAMES_A_SIZE))
samples.push(sized)

printMachine()
const decoders = [byDecoder(), byJson()]
const rows = []
const ratios = []
for (const sample of samples) {
  const bytes = sample.map(({ frame }) => frame)
  const levels = sample.reduce((total, entry) => total + entry.levels, 0) / sample.length
  for (const frame of bytes) {
    expectEqual(
      'records of one frame',
      decoders.map((decode) => contentOf(decode(frame))),
    )
  }
  const [ours, json] = compare(
    decoders.map((decode) => ({
      run() {
        for (const frame of bytes) decode(frame)
      },
    })),
    sample.length,
  )
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
expectRatio('decoding a frame of about 18 levels against JSON.parse + Number', ratios[1], 7)
expectRatio('decoding the whole recording against JSON.parse + Number', ratios.at(-1), 7)
