/** Real bodies of 2021, as they were sent. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { loadCoinProvider } from '../../src/core/providers/registry.js'
import { needsFiles } from '../support/require.js'

const FOLDER = path.resolve(import.meta.dirname, '../../../shared/recorded/coingecko')
const HOUR = 3_600_000
const DAY = 24 * HOUR
const provider = await loadCoinProvider()

const answer = (file: string, status = 200) => ({ status, headers: {}, body: readFileSync(path.join(FOLDER, file), 'utf8') })
/** When the daily chart was asked for. */
const ASKED = Date.parse('2021-05-15T14:42:27Z')

needsFiles(FOLDER)('CoinGecko as it was recorded', () => {
  const chart = { coin: 'bitcoin', from: 0, to: ASKED }

  it('makes 90 whole days and the running one of a daily chart of 91 points', () => {
    const { rows } = provider.rest.chart.parse(answer('market_chart_bitcoin_usd_90d_daily_20210515.json'), chart)
    expect(rows).toHaveLength(91)
    const bars = provider.sampled(rows, { interval: '1d', from: 0, to: ASKED, now: ASKED })
    expect(bars.map(({ timestamp }) => timestamp % DAY)).toEqual(Array(91).fill(0))
    expect(bars.filter(({ quality }) => quality === 'sampled,synthetic')).toHaveLength(90)
    expect(bars.at(-1)).toMatchObject({ timestamp: Date.UTC(2021, 4, 15), quality: 'sampled,synthetic,partial', volume: null })
    // The sample of 2021-05-15 00:00 is the close of the day before.
    const midnight = rows.find(({ timestamp }) => timestamp === Date.UTC(2021, 4, 15))
    expect(bars.at(-2)).toMatchObject({ timestamp: Date.UTC(2021, 4, 14), close: midnight?.price })
  })

  it('makes half hours of 5-minute samples, whose volume is nobody’s', () => {
    const { rows } = provider.rest.chart.parse(answer('market_chart_bitcoin_usd_1d_20210515.json'), chart)
    const body = JSON.parse(answer('market_chart_bitcoin_usd_1d_20210515.json').body) as { prices: [number, number][] }
    // The live point comes last, with whole seconds, before the sample that it repeats.
    body.prices.sort(([a], [b]) => a - b)
    expect(rows.map(({ timestamp, price }) => [timestamp, price])).toEqual(body.prices)
    expect(rows.filter(({ timestamp }) => timestamp % 1000 !== 0).length).toBeGreaterThan(250)
    const bars = provider.sampled(rows, { interval: '30m', from: 0, to: ASKED, now: ASKED })
    expect(bars.length).toBeGreaterThanOrEqual(48)
    expect(bars.every(({ volume, timestamp }) => volume === null && timestamp % (HOUR / 2) === 0)).toBe(true)
    for (const bar of bars) {
      const inside = body.prices.filter(([at]) => at >= bar.timestamp && at < bar.timestamp + HOUR / 2).map(([, price]) => price)
      expect([bar.open, bar.high, bar.low, bar.close]).toEqual([inside[0], Math.max(...inside), Math.min(...inside), inside.at(-1)])
    }
    expect(() => provider.sampled(rows, { interval: '5m', from: 0, to: ASKED, now: ASKED })).toThrow(
      expect.objectContaining({ code: 'DATA_TOO_COARSE', exitCode: 65 }),
    )
  })

  it('opens 4-hour candles four hours before the stamp that closes them', () => {
    const query = { coin: 'bitcoin', days: 7 } as const
    const { rows } = provider.rest.candles.parse(answer('ohlc_bitcoin_usd_7d_20210515.json'), query)
    const body = JSON.parse(answer('ohlc_bitcoin_usd_7d_20210515.json').body) as number[][]
    expect(rows).toHaveLength(body.filter(([stamp = 1]) => stamp % (4 * HOUR) === 0).length)
    expect(rows[0]).toEqual({
      timestamp: (body[0]?.[0] ?? 0) - 4 * HOUR,
      open: 57945.79,
      high: 59122.18,
      low: 57945.79,
      close: 59122.18,
      length: 4 * HOUR,
    })
  })

  it('reads a row of the ranks', () => {
    const { rows } = provider.rest.ranks.parse(answer('coins_markets_bitcoin_usd_20210515.json'), { count: 1 })
    expect(rows).toMatchObject([
      { id: 'bitcoin', symbol: 'btc', rank: 1, price: 49053, marketCap: 917825524991, volume24h: 61679663434 },
    ])
  })

  it.each([
    'error_422_coins_bitcoin_history.json',
    'error_422_coins_bitcoin_market_chart.json',
    'error_422_coins_markets.json',
    'error_422_exchanges_binance_volume_chart.json',
    'error_422_simple_price.json',
  ])('says in its words what it refuses: %s', (file) => {
    expect(() => provider.rest.chart.parse(answer(file, 422), chart)).toThrow(
      expect.objectContaining({ code: 'API_REJECTED', message: expect.stringContaining('Missing parameter') }),
    )
  })

  it('takes its own failure for one that passes', () => {
    expect(() =>
      provider.rest.candles.parse(answer('error_500_coins_bitcoin_ohlc.json', 500), { coin: 'bitcoin', days: 7 }),
    ).toThrow(expect.objectContaining({ code: 'API_CONNECTION' }))
  })

  it('takes the answer to another question for no chart', () => {
    for (const file of ['simple_price_bitcoin_usd_20210515.json', 'search_trending_20210518.json', 'global_20210518.json']) {
      expect(() => provider.rest.chart.parse(answer(file), chart)).toThrow(expect.objectContaining({ code: 'API_PROTOCOL' }))
    }
  })
})
