import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { bookSamples } from '../../src/core/backtest/load/books.js'
import { type LoadedMarket, type LoadRequest, loadMarket, requirementsOf } from '../../src/core/backtest/load/market.js'
import { medianSpreadBps } from '../../src/core/backtest/load/spreads.js'
import type { MtsError } from '../../src/core/errors.js'
import { bareInstrument } from '../../src/core/market/instrument.js'
import { openReader } from '../../src/core/storage/reader.js'
import { defineStrategy, type Needs } from '../../src/core/strategies/contract.js'
import { spread, type TemporaryFolder, temporaryFolder, watchedStore } from '../support/storage.js'
import { candleRows, DAY_MS, HOUR_MS, START, storeBars } from '../support/stored-bars.js'

const WARMUP = 30
const REQUIREMENTS = { warmup: WARMUP, needs: {} }

let folder: TemporaryFolder
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  file = folder.file('crypto_data.db')
})

afterEach(() => folder.remove())

async function load(request: Partial<LoadRequest> = {}) {
  const reader = openReader(file)
  try {
    return await loadMarket(reader, { symbols: ['BTC'], requirements: REQUIREMENTS, ...request })
  } finally {
    reader.close()
  }
}

async function failure(request: Partial<LoadRequest> = {}): Promise<MtsError> {
  return load(request).then(
    () => expect.fail('it loaded'),
    (error: MtsError) => error,
  )
}

function needing(needs: Needs) {
  const strategy = defineStrategy({
    name: 'needy',
    description: 'Needs much',
    parameters: {},
    needs: () => needs,
    warmup: () => WARMUP,
    create: () => ({ onBar: () => undefined }),
  })
  return requirementsOf(strategy, [{}])
}

describe('bars of a backtest', () => {
  it('have just the warm-up before the start, counted in bars where there are holes', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 500, without: [180, 181, 195] })))
    const start = START + 200 * HOUR_MS
    const { data } = await load({ start, end: start + 100 * HOUR_MS })
    const times = [...(data.traded[0]?.columns.timestamp ?? [])]
    expect(times.filter((time) => time < start)).toHaveLength(WARMUP - 1)
    expect(times[0]).toBe(START + (200 - (WARMUP - 1) - 3) * HOUR_MS)
    expect(times.at(-1)).toBe(start + 99 * HOUR_MS)
    expect(data.warnings).toEqual([expect.stringContaining('3 bars missing in 2 holes')])
  })

  it('trade from the end of the warm-up when no start is asked for, and the same again when more bars have come', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 300 })))
    const first = await load()
    expect(first.start).toBe(START + (WARMUP - 1) * HOUR_MS)
    expect(first.end).toBe(START + 300 * HOUR_MS)
    storeBars(file, (history) =>
      history.upsertCandles([...candleRows({ count: 40, start: START - 40 * HOUR_MS }), ...candleRows({ count: 400 })]),
    )
    const again = await load({ start: first.start, end: first.end })
    expect(again.data.hash).toBe(first.data.hash)
    expect((await load()).data.hash).not.toBe(first.data.hash)
  })

  it('are the same again when more bars have come on both sides, also where more time was asked for than there was', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 300 })))
    const first = await load({ start: START - 10 * DAY_MS, end: START + 60 * DAY_MS })
    expect([first.start, first.end]).toEqual([START + (WARMUP - 1) * HOUR_MS, START + 300 * HOUR_MS])
    storeBars(file, (history) =>
      history.upsertCandles([...candleRows({ count: 40, start: START - 40 * HOUR_MS }), ...candleRows({ count: 400 })]),
    )
    expect((await load({ start: first.start, end: first.end })).data.hash).toBe(first.data.hash)
  })

  it('are told where they begin after, or end before, what was asked for', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 300 })))
    const { warnings } = await load({ start: START - 10 * DAY_MS, end: START + 60 * DAY_MS })
    expect(warnings).toEqual([
      expect.stringMatching(
        /begin on 2026-01-01 00:00, after the start.*mts collect --source binance --coins bitcoin --interval 1h --from/,
      ),
      expect.stringMatching(/end on 2026-01-13 12:00, before the end/),
    ])
  })

  it('are true candles before samples, and those that cover the time that is asked for', async () => {
    storeBars(file, (history) => {
      history.upsertCandles(candleRows({ count: 240 }))
      history.upsertCandles(
        candleRows({
          source: 'coingecko',
          interval: '4h',
          stepMs: 4 * HOUR_MS,
          start: START - 60 * DAY_MS,
          count: 400,
          quality: 'sampled',
        }),
      )
    })
    const usual = await load()
    expect([usual.source, usual.interval, usual.isSampled]).toEqual(['binance', '1h', false])
    expect(usual.choice).toContain('also stored: coingecko 4h')
    const early = await load({ start: START - 50 * DAY_MS })
    expect([early.source, early.isSampled]).toEqual(['coingecko', true])
    expect(early.exchange).toBeUndefined()
  })

  it('are found by ticker, symbol, pair and id', async () => {
    storeBars(file, (history) => {
      history.upsertCandles(candleRows({ count: 100 }))
      history.upsertCandles(candleRows({ coin: 'ethereum', count: 100 }))
    })
    for (const symbols of [
      ['BTC', 'ETH'],
      ['btcusdt', 'ETH/USDT:USDT'],
      ['bitcoin', 'ethereum', 'BTC'],
    ]) {
      expect((await load({ symbols })).coins).toEqual(['bitcoin', 'ethereum'])
    }
    expect((await failure({ symbols: ['BTX'] })).code).toBe('USAGE_UNKNOWN_COIN')
  })

  it('that are missing are named with the command that gets them, warm-up included', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 100 })))
    const error = await failure({
      symbols: ['ETH'],
      source: 'bybit',
      interval: '1h',
      start: START + 5 * DAY_MS,
      end: START + 9 * DAY_MS,
    })
    expect(error).toMatchObject({ code: 'DATA_MISSING', exitCode: 65 })
    expect(error.suggestions[0]).toBe(
      'Get them: mts collect --source bybit --coins ethereum --interval 1h --from 2026-01-04 --to 2026-01-10',
    )
  })

  it('that are fewer than the warm-up are refused with the command that gets more', async () => {
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: WARMUP - 1 })))
    const error = await failure()
    expect(error).toMatchObject({ code: 'DATA_TOO_SHORT', exitCode: 65 })
    expect(error.suggestions[0]).toContain('mts collect --source binance --coins bitcoin --interval 1h --days 365')
  })
})

describe('what stands beside the bars', () => {
  it('is funding of perpetuals, settled and oldest first; without any rate it is empty, so that it is counted as missing', async () => {
    const rate = (i: number, kind: 'settled' | 'estimated' = 'settled') => ({
      exchange: 'binance',
      symbol: 'BTCUSDT',
      timestamp: START + i * 8 * HOUR_MS + (kind === 'settled' ? 3 : 0),
      kind,
      fundingRate: i / 10_000,
      predictedRate: null,
      fundingTime: null,
      intervalHours: null,
      metadata: null,
    })
    storeBars(file, (history) => history.upsertCandles(candleRows({ count: 100 })))
    expect((await load()).data.funding).toMatchObject([{ asset: 'bitcoin', intervalHours: 8, rate: new Float64Array(0) }])
    storeBars(file, (history) => history.upsertFunding([rate(2), rate(1), rate(3), rate(1, 'estimated')]))
    expect((await load()).data.funding[0]?.rate).toEqual(Float64Array.from([0.0001, 0.0002, 0.0003]))
  })

  it('is macro series by first publication, each wording when it came, none after the end', async () => {
    const day = (date: string, value: number, availableAt: number) => ({ indicator: 'VIX', date, value, availableAt })
    storeBars(file, (history) => {
      history.upsertCandles(candleRows({ count: 100 }))
      history.upsertVintages([day('2026-01-01', 20, START + DAY_MS), day('2026-01-01', 21, START + 3 * DAY_MS)])
      const filled = { isInterpolated: false, isForwardFilled: false, quality: '' }
      history.upsertMacro([
        { ...day('2026-01-01', 21, START + DAY_MS), ...filled },
        { ...day('2026-01-02', 19, START + 2 * DAY_MS), ...filled },
        { ...day('2026-01-03', 18, START + 300 * DAY_MS), ...filled },
        // Filled days are nobody's observation.
        { ...day('2026-01-04', 19, START + 2 * DAY_MS), ...filled, isForwardFilled: true },
        { ...day('2025-12-31', 19, START + 2 * DAY_MS), ...filled, isInterpolated: true },
      ])
    })
    const { data } = await load({ requirements: needing({ macro: ['VIX'] }) })
    expect(data.macro).toHaveLength(1)
    expect([...(data.macro[0]?.value ?? [])]).toEqual([20, 19, 21])
  })

  it('is another interval with as many bars before the start as the warm-up has', async () => {
    storeBars(file, (history) => {
      history.upsertCandles(candleRows({ count: 300 }))
      history.upsertCandles(candleRows({ interval: '1d', stepMs: DAY_MS, start: START - 90 * DAY_MS, count: 100 }))
    })
    const { data } = await load({
      interval: '1h',
      start: START + 4 * DAY_MS,
      requirements: needing({ series: { daily: { interval: '1d' } } }),
    })
    const [daily] = data.context
    expect([daily?.asset, daily?.interval]).toEqual(['bitcoin', '1d'])
    const before = [...(daily?.columns.timestamp ?? [])].filter((time) => time < (data.traded[0]?.columns.timestamp[0] ?? 0))
    expect(before.length).toBeGreaterThanOrEqual(WARMUP - 1)
  })
})

describe('slippage from what was stored', () => {
  const instrument = bareInstrument({
    exchange: 'binance',
    symbol: 'BTCUSDT',
    kind: 'perpetual',
    base: 'BTC',
    quote: 'USDT',
    settle: 'USDT',
  })
  const market = { coins: ['bitcoin', 'ethereum'], instruments: new Map([['bitcoin', instrument]]) } as unknown as LoadedMarket

  it('walks the newest book before the moment, and knows nothing of a moment without one or a quantity beyond it', async () => {
    const { store } = await watchedStore(file)
    const book = (timestamp: number, mid: number) => ({
      exchange: 'binance',
      symbol: 'BTCUSDT',
      timestamp,
      sequence: null,
      bids: [[mid - 1, 1] as const, [mid - 3, 1] as const],
      asks: [[mid + 1, 1] as const, [mid + 3, 1] as const],
      metadata: null,
    })
    store.write('order_book_samples', book(START, 100))
    store.write('order_book_samples', book(START + 60_000, 200))
    await store.close()
    const reader = openReader(file)
    const [samples, ...others] = bookSamples(reader, market)
    expect([samples?.asset, others]).toEqual(['bitcoin', []])
    expect(samples?.cost('buy', 1, START + 59_999)).toBeCloseTo(1 / 100, 12)
    expect(samples?.cost('buy', 2, START + 60_000)).toBeCloseTo(2 / 200, 12)
    expect(samples?.cost('sell', 1.5, START + 61_000)).toBeCloseTo((1 + 0.5 * 3) / 1.5 / 200, 12)
    expect(samples?.cost('sell', 2.1, START + 61_000)).toBeUndefined()
    expect(samples?.cost('buy', 1, START - 1)).toBeUndefined()
    expect(samples?.cost('buy', 1, START + 60_000 + 300_001)).toBeUndefined()
    reader.close()
  })

  it('takes the median of sound spreads, in basis points', async () => {
    const { store } = await watchedStore(file)
    for (const [i, spreadPercentage] of [0.01, 0.02, 0.05].entries())
      store.write('bid_ask_spreads', { ...spread(i), spreadPercentage, quality: '' })
    store.write('bid_ask_spreads', { ...spread(3), spreadPercentage: 9, quality: 'outlier' })
    await store.close()
    const reader = openReader(file)
    expect(medianSpreadBps(reader, instrument)).toBeCloseTo(2, 12)
    expect(medianSpreadBps(reader, { ...instrument, symbol: 'ETHUSDT' })).toBeUndefined()
    reader.close()
  })
})
