import { createHash } from 'node:crypto'
import path from 'node:path'
import { expect, it } from 'vitest'
import { exchange as futures } from '../../src/core/exchanges/binance/index.js'
import { exchange as spot } from '../../src/core/exchanges/binance-spot/index.js'
import { exchange as bybit } from '../../src/core/exchanges/bybit/index.js'
import { encodeRest, parseRest } from '../../src/core/feed/journal/record.js'
import { type Line, RECORDED } from '../support/feed.js'
import { PlainBooks } from '../support/plain-books.js'
import {
  compareTops,
  type Diff,
  decodeLines,
  type Loaded,
  load,
  playLines,
  type Recorded,
  type Run,
  removeSome,
  type State,
  seedEarly,
  type WholeBook,
  wholeBooks,
} from '../support/recorded-books.js'
import { needsFiles } from '../support/require.js'

interface Stream extends Recorded {
  /** States that each book went through, and the hash of them all. */
  readonly states: Readonly<Record<string, number>>
  readonly hash: string
  /** How often the exchange's own best prices can be compared (recorded/README.md). */
  readonly tops: number
}

const STREAMS: readonly Stream[] = [
  {
    exchange: futures,
    name: 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz',
    states: { BTCUSDT: 6546 },
    hash: '7502004a779b2eeff330b09f26179fc9ed1934df8291f0780c1e75cfc9cbcb93',
    tops: 5703,
  },
  {
    exchange: futures,
    name: 'binance-usdm/five_alts_depth100ms_20210405',
    states: { BATUSDT: 885, CHRUSDT: 769, CTKUSDT: 924, NEOUSDT: 938, SANDUSDT: 879 },
    hash: '2794a0397332e7835244ee3a8b6e812a8bd117756d0d9fc658360caba52b995c',
    tops: 1436,
  },
  {
    exchange: futures,
    name: 'binance-usdm/four_alts_depth100ms_20210722',
    states: { AKROUSDT: 188, CTKUSDT: 180, KEEPUSDT: 132, SUSHIUSDT: 252 },
    hash: 'b6bee89848e69b947c7b58cf60580724758b5e8a5765394280e2d5cbc17d8a51',
    tops: 237,
  },
  {
    exchange: spot,
    name: 'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz',
    states: { BTCUSDT: 3449 },
    hash: '6572362f3bc4e685e3598816d723d7344f4c96f5af96c6663305488d638ba219',
    tops: 2894,
  },
  {
    exchange: bybit,
    name: 'bybit-linear/btc_sol_book200_tickers_trades_kline_20260809.jsonl.gz',
    states: { BTCUSDT: 414, SOLUSDT: 383 },
    hash: '814ca9f92577268d247f4eef7597838100267217b7bda53d0896348b728babfd',
    tops: 0,
  },
  {
    exchange: bybit,
    name: 'bybit-linear/orderbook1_four_alts_20250613.jsonl',
    states: { AIOZUSDT: 28, BANDUSDT: 45, RADUSDT: 18, SNTUSDT: 107 },
    hash: '478b806dd1e3e856082771c48c7465b173b78541459eda7e12aedbfa85847a79',
    tops: 0,
  },
]
const [USDM_BTC, FIVE_ALTS, FOUR_ALTS, SPOT_BTC, BYBIT_200] = STREAMS as [Stream, Stream, Stream, Stream, Stream]

function countBy(states: readonly State[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { symbol } of states) counts[symbol] = (counts[symbol] ?? 0) + 1
  return counts
}

function gapsOf({ events }: Run): string[] {
  return events.flatMap((event) => (event.type === 'gap' ? [`${event.symbol} ${event.lastId} ${event.nextId}`] : []))
}

function wrongStates({ states }: Run, truth: ReadonlyMap<string, string>): State[] {
  return states.filter(({ symbol, sequence, text }) => truth.get(`${symbol} ${sequence}`) !== text)
}

interface Cut {
  readonly symbol: string
  /** The update that is taken away. */
  readonly hole: Diff
  readonly early: Diff
  /** The update after which the snapshot was taken, and the one behind which it is served. */
  readonly source: Diff
  readonly served: Diff
}

/** One update of each book lost after a third of it, and a snapshot for it some time later. */
function cutEachOnce({ diffs, run }: Loaded): Cut[] {
  const symbols = [...new Set(run.states.map(({ symbol }) => symbol))]
  return symbols.flatMap((symbol) => {
    const own = diffs.filter((diff) => diff.symbol === symbol && !diff.isSnapshot)
    const third = Math.floor(own.length / 3)
    const [hole, early, source, served] = [own[third], own[third + 3], own[third + 20], own[third + 24]]
    if (hole === undefined || early === undefined || source === undefined || served === undefined) return []
    return [{ symbol, hole, early, source, served }]
  })
}

/** A whole book as the exchange's REST interface tells it. */
function restSnapshot({ exchange }: Stream, symbol: string, id: number, book: WholeBook): Line {
  const { path: place, query } = exchange.rest.orderBook.request({ symbol, depth: 1000 })
  const url = new URL(exchange.endpoints.rest + place)
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, String(value))
  const body = JSON.stringify({ lastUpdateId: id, E: 0, T: 0, ...words(book) })
  return { exchange: exchange.id, stamp: 0, connection: 0, kind: 'rest', payload: encodeRest(url.href, 200, body) }
}

/** The same as a snapshot in the stream, in the place of a change. */
function streamSnapshot(line: Line, book: WholeBook): Line {
  const frame = JSON.parse(line.payload.toString()) as { data: object }
  const { bids: b, asks: a } = words(book)
  return { ...line, payload: Buffer.from(JSON.stringify({ ...frame, type: 'snapshot', data: { ...frame.data, b, a } })) }
}

function words({ bids, asks }: WholeBook): { bids: string[][]; asks: string[][] } {
  return { bids: bids.map((level) => level.map(String)), asks: asks.map((level) => level.map(String)) }
}

function withoutHoles({ lines }: Loaded, cuts: readonly Cut[], inserted: ReadonlyMap<number, readonly Line[]>): Line[] {
  const removed = new Set(cuts.map(({ hole }) => hole.at))
  return lines.flatMap((line, i) => (removed.has(i) ? [] : [line, ...(inserted.get(i) ?? [])]))
}

function sequencesOf(run: Run, symbol: string): number[] {
  return run.states.flatMap((state) => (state.symbol === symbol ? [state.sequence] : []))
}

needsFiles(...['binance-usdm', 'binance-spot', 'bybit-linear'].map((name) => path.join(RECORDED, name)))(
  'recorded book streams',
  () => {
    it.each(STREAMS)('go through the same books as ever, without a false gap: $name', async (stream) => {
      const { run } = await load(stream)
      const pipeline = run.pipelines.get(stream.exchange.id)
      const books = [...(pipeline?.states ?? [])].filter(({ sync }) => sync.counts.snapshots > 0)
      const statuses = run.events.flatMap((event) => (event.type === 'status' ? [`${event.status} ${event.symbol}`.trim()] : []))
      const symbols = Object.keys(stream.states).sort()
      expect(gapsOf(run)).toEqual([])
      expect(statuses.sort()).toEqual(['connected', 'disconnected', ...symbols.map((symbol) => `synced ${symbol}`)].sort())
      expect([run.damages, pipeline?.drift.total, pipeline?.drift.inexactNumbers]).toEqual([[], 0, 0])
      expect(books.map(({ sync, topMismatches }) => [sync.counts.crossed, sync.counts.gaps, topMismatches])).toEqual(
        symbols.map(() => [0, 0, 0]),
      )
      expect(countBy(run.states)).toEqual(stream.states)
      const hash = createHash('sha256')
      for (const { symbol, text } of run.states) hash.update(`${symbol} ${text}\n`)
      expect(hash.digest('hex')).toBe(stream.hash)
    })

    it.each(STREAMS.filter(({ tops }) => tops > 0))(
      "show the exchange's own best prices $tops times of $tops: $name",
      async (stream) => {
        const loaded = await load(stream)
        const run = await playLines(stream.exchange, seedEarly(stream, loaded))
        expect(gapsOf(run)).toEqual([])
        expect(compareTops(stream.exchange, loaded, run.states)).toEqual({ compared: stream.tops, equal: stream.tops })
      },
    )

    it("end where bybit's own ticker ends", async () => {
      const { run } = await load(BYBIT_200)
      const pipeline = run.pipelines.get('bybit')
      const tops = new Map(run.states.map(({ symbol, top }) => [symbol, top]))
      const tickers = new Map<string, Record<string, unknown>>()
      decodeLines(bybit, (await load(BYBIT_200)).lines, ({ told }) => {
        for (const [kind, symbol, , fields] of told)
          if (kind === 'ticker') tickers.set(symbol as string, { ...tickers.get(symbol as string), ...(fields as object) })
      })
      expect([...tops.keys()].sort()).toEqual(['BTCUSDT', 'SOLUSDT'])
      for (const [symbol, top] of tops) {
        const { bidPrice, bidQuantity, askPrice, askQuantity } = tickers.get(symbol) ?? {}
        expect(top).toBe([bidPrice, bidQuantity, askPrice, askQuantity].join(' '))
      }
      expect(pipeline?.drift.total).toBe(0)
    })

    it.each([USDM_BTC, SPOT_BTC])('are not called late because our clock was 1.2 s behind: $name', async (stream) => {
      const { run } = await load(stream)
      const pipeline = run.pipelines.get(stream.exchange.id)
      const trades = run.events.flatMap((event) => (event.type === 'trade' ? [event.quality] : []))
      const [state] = pipeline?.states ?? []
      expect(pipeline?.offset.ms).toBeGreaterThan(-1_300)
      expect(pipeline?.offset.ms).toBeLessThan(-1_200)
      expect(trades.length).toBeGreaterThan(9_000)
      expect(trades.filter((quality) => quality !== '')).toEqual([])
      const { latency } = state?.statsOf('book').total ?? {}
      expect(latency?.quantile(0.5)).toBeGreaterThanOrEqual(0)
      expect(latency?.quantile(0.5)).toBeLessThan(50)
    })

    const cases: [Stream, number, number][] = [
      [USDM_BTC, 40, 1],
      [FIVE_ALTS, 1, 2],
      [FIVE_ALTS, 12, 3],
      [FIVE_ALTS, 400, 4],
      [FOUR_ALTS, 5, 5],
      [FOUR_ALTS, 60, 6],
      [SPOT_BTC, 1, 7],
      [SPOT_BTC, 25, 8],
      [BYBIT_200, 1, 9],
      [BYBIT_200, 10, 10],
      [BYBIT_200, 200, 11],
    ]
    it.each(cases.map(([stream, removed, seed]) => ({ stream, name: stream.name, removed, seed })))(
      'with $removed random updates removed tell just those holes, and nothing wrong can be read: $name (seed $seed)',
      async ({ stream, removed, seed }) => {
        const loaded = await load(stream)
        const { lines, holes, brokenAt } = removeSome(loaded, removed, seed)
        const run = await playLines(stream.exchange, lines)
        expect(gapsOf(run)).toEqual(holes)
        expect(holes.length).toBeGreaterThan(0)
        expect(wrongStates(run, loaded.truth)).toEqual([])
        expect(run.isEverWronglyReadable).toBe(false)
        const last = new Map(run.states.map(({ symbol, sequence }) => [symbol, sequence]))
        for (const [symbol, sequence] of brokenAt) expect([symbol, last.get(symbol)]).toEqual([symbol, sequence])
      },
    )

    it.each(STREAMS)('are the books that the plainest code makes of the same frames: $name', async (stream) => {
      const { lines, truth } = await load(stream)
      const wrong: string[] = []
      let compared = 0
      const plain = new PlainBooks(13, (symbol, id, text) => {
        const ours = truth.get(`${symbol} ${id}`)
        // Updates that a snapshot and those behind it take in at once leave no state of their own.
        if (ours !== undefined) compared += 1
        if (ours !== undefined && ours !== text) wrong.push(text)
      })
      for (const { kind, payload } of lines) {
        if (kind === 'ws') plain.frame(payload.toString())
        if (kind !== 'rest') continue
        const { url, body } = parseRest(payload)
        plain.rest(url, body)
      }
      expect(wrong).toEqual([])
      expect(compared).toBeGreaterThan(truth.size / 14)
    })

    it.each([FIVE_ALTS, FOUR_ALTS, SPOT_BTC])(
      'become readable and right again when another snapshot is served: $name',
      async (stream) => {
        const loaded = await load(stream)
        const cuts = cutEachOnce(loaded)
        const symbols = new Set(cuts.map(({ symbol }) => symbol))
        expect(symbols.size).toBe(Object.keys(stream.states).length)
        const wanted = cuts.flatMap(({ symbol, source }) => [
          `${symbol} ${sequencesOf(loaded.run, symbol)[0]}`,
          `${symbol} ${source.lastId}`,
        ])
        const books = await wholeBooks(stream, loaded, new Set(wanted))
        const inserted = new Map<number, Line[]>()
        const serve = (at: number, symbol: string, id: number) => {
          const book = books.get(`${symbol} ${id}`)
          if (book === undefined) throw new Error(`no book ${symbol} ${id}`)
          inserted.set(at, [...(inserted.get(at) ?? []), restSnapshot(stream, symbol, id, book)])
        }
        for (const { symbol, early, source, served } of cuts) {
          // The first answer is older than the hole, and of no use; the second one comes late, but knows what was missed.
          serve(early.at, symbol, sequencesOf(loaded.run, symbol)[0] ?? 0)
          serve(served.at, symbol, source.lastId)
        }
        const run = await playLines(stream.exchange, withoutHoles(loaded, cuts, inserted))
        expect(gapsOf(run).length).toBe(cuts.length)
        expect(wrongStates(run, loaded.truth)).toEqual([])
        expect(run.isEverWronglyReadable).toBe(false)
        for (const { symbol, hole, served } of cuts) {
          const expected = sequencesOf(loaded.run, symbol).filter((id) => id < hole.lastId || id >= served.lastId)
          expect(sequencesOf(run, symbol)).toEqual(expected)
        }
      },
    )

    it('become readable again when bybit sends a new snapshot in the stream', async () => {
      const loaded = await load(BYBIT_200)
      const cuts = cutEachOnce(loaded)
      const books = await wholeBooks(BYBIT_200, loaded, new Set(cuts.map(({ symbol, source }) => `${symbol} ${source.lastId}`)))
      const inserted = new Map<number, Line[]>()
      for (const { symbol, source } of cuts) {
        const [line, book] = [loaded.lines[source.at], books.get(`${symbol} ${source.lastId}`)]
        if (line !== undefined && book !== undefined) inserted.set(source.at, [streamSnapshot(line, book)])
      }
      const run = await playLines(bybit, withoutHoles(loaded, cuts, inserted))
      expect(cuts.map(({ symbol }) => symbol).sort()).toEqual(['BTCUSDT', 'SOLUSDT'])
      expect(gapsOf(run).length).toBe(2)
      expect(wrongStates(run, loaded.truth)).toEqual([])
      expect(run.isEverWronglyReadable).toBe(false)
      for (const { symbol, hole, source } of cuts) {
        const expected = sequencesOf(loaded.run, symbol).filter((id) => id < hole.lastId || id >= source.lastId)
        expect(sequencesOf(run, symbol)).toEqual(expected)
      }
    })
  },
)
