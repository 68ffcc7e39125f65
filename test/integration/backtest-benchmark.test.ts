import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { loadBenchmark } from '../../src/core/backtest/load/benchmark.js'
import { type LoadedMarket, loadMarket } from '../../src/core/backtest/load/market.js'
import { reportOf } from '../../src/core/backtest/report/page.js'
import { runReported } from '../../src/core/backtest/run.js'
import { openReader, type Reader } from '../../src/core/storage/reader.js'
import { buyhold } from '../../src/core/strategies/buyhold.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { temporaryFolder } from '../support/storage.js'
import { candleRows, HOUR_MS, START, storeBars } from '../support/stored-bars.js'

const folder = temporaryFolder()
const file = folder.file('crypto_data.db')
let reader: Reader
let market: LoadedMarket

beforeAll(async () => {
  // Of ethereum there are fewer bars, holes among them, and its prices are others.
  const ethereum = candleRows({ coin: 'ethereum', start: START + 40 * HOUR_MS, count: 440, without: [50, 51, 52] })
  const dearer = ethereum.map((row, i) => ({
    ...row,
    open: row.open + i,
    high: row.high + i,
    low: row.low + i,
    close: row.close + i,
  }))
  storeBars(file, (history) => {
    history.upsertCandles(candleRows({ count: 500 }))
    history.upsertCandles(dearer)
  })
  reader = openReader(file)
  market = await loadMarket(reader, { symbols: ['BTC'], requirements: { warmup: 31, needs: {} } })
})

afterAll(() => {
  reader.close()
  folder.remove()
})

function run(benchmarkMarket: LoadedMarket | undefined, strategy = smaCross) {
  const config = { ...DEFAULT_CONFIG, start: market.start, end: market.end }
  const named = { strategyName: strategy.name, strategyHash: null, hasBenchmark: true, version: '1.2.3' }
  return runReported({ strategy, config, data: market.data, market, benchmarkMarket, ...named })
}

it('holds the other asset over its own bars, and values it at the steps of the run', async () => {
  const other = await loadBenchmark(reader, 'ETH', market)
  const { document, result, benchmark } = run(other)
  const { timestamp, open, close } = other?.data.traded[0]?.columns ?? expect.fail('no bars')
  // Bought at the open of its second bar with everything, the fee included.
  const price = open[1] ?? Number.NaN
  const units = DEFAULT_CONFIG.cash / (price * 1.001)
  const expected = [...result.timestamps].map((step) => {
    const row = timestamp.findLastIndex((time) => time + HOUR_MS <= step)
    return row < 1 ? DEFAULT_CONFIG.cash : units * (close[row] ?? Number.NaN)
  })
  expect([...(benchmark?.equity ?? [])].map((value) => value.toFixed(6))).toEqual(expected.map((value) => value.toFixed(6)))
  expect(document.result.excessReturn).toBeCloseTo(
    document.result.totalReturn - ((expected.at(-1) ?? 0) / DEFAULT_CONFIG.cash - 1),
    12,
  )
})

it('says what it is compared with: in the answer, on the page, in the command that gives it again, and in its id', async () => {
  const other = run(await loadBenchmark(reader, 'ethereum', market))
  const own = run(undefined)
  expect(other.document.benchmark).toMatchObject({ name: 'buy and hold ethereum', asset: 'ethereum' })
  expect(other.document.answer).toContain('; holding ethereum made ')
  expect(other.document.command).toContain('--benchmark ethereum')
  expect(reportOf([other])).toContain('Holding ethereum, the same costs')
  expect(other.document.id).not.toBe(own.document.id)
  expect(own.document.command).not.toContain('--benchmark')
  expect(run(await loadBenchmark(reader, 'ETH', market), buyhold).document.answer).toContain('; holding ethereum made ')
})

it('tells what is missing of it, and takes what is traded itself for no other asset', async () => {
  const { document } = run(await loadBenchmark(reader, 'ETH', market))
  expect(document.warnings.join('\n')).toMatch(/ethereum 1h: the bars begin on .* after the start/)
  expect(document.warnings.join('\n')).toMatch(/ethereum 1h: 3 bars missing in 1 hole/)
  expect(await loadBenchmark(reader, 'BTCUSDT', market)).toBeUndefined()
  await expect(loadBenchmark(reader, 'SOL', market)).rejects.toMatchObject({ exitCode: 65, code: 'DATA_MISSING' })
})
