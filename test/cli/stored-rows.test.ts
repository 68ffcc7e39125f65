import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/net/system-clock.js'
import { openStore } from '../../src/core/storage/store.js'
import { cleanEnvironment, runMts, temporaryFolder } from '../support/run-mts.js'

const cwd = temporaryFolder()
const HOUR = 3_600_000
const now = systemClock().now()
const hoursAgo = (hours: number) => now - hours * HOUR

async function mts(...args: readonly string[]) {
  const ended = await runMts(args, { cwd, env: cleanEnvironment() })
  return { ...ended, document: () => JSON.parse(ended.stdout) }
}

beforeAll(async () => {
  const file = path.join(cwd, 'data/crypto_data.db')
  mkdirSync(path.dirname(file), { recursive: true })
  const fail = (error: unknown) => {
    throw error
  }
  const store = await openStore({ path: file, clock: systemClock(), programVersion: '1.2.3', onLoss: fail, onFailure: fail })
  const at = { exchange: 'binance', symbol: 'BTCUSDT' }
  for (const [ago, amount] of [
    [30, 1],
    [4, 100],
    [3, 102],
    [0.1, 110],
  ] as const) {
    const openInterestUsd = amount * 50_000
    store.write('open_interest', { ...at, timestamp: hoursAgo(ago), openInterest: amount, openInterestUsd, metadata: null })
  }
  const bybit = { exchange: 'bybit', symbol: 'BTCUSDT', openInterestUsd: null, metadata: null }
  store.write('open_interest', { ...bybit, timestamp: hoursAgo(1), openInterest: 7 })
  for (const [i, [side, valueUsd, isLiquidation]] of (
    [
      ['buy', 300_000, false],
      ['sell', 150_000, true],
      ['sell', 250_000, true],
    ] as const
  ).entries()) {
    const trade = { ...at, tradeId: `t${i}`, side, price: 50_000, size: valueUsd / 50_000, valueUsd, isLiquidation, metadata: null }
    store.write('large_trades', { ...trade, timestamp: hoursAgo(i + 1) })
  }
  for (let i = 0; i < 100; i++) {
    for (const [exchange, bps] of [
      ['binance', i === 99 ? 9 : 1],
      ['bybit', 2],
    ] as const) {
      const spread = { bidPrice: 100, askPrice: 100 + bps / 100, spreadAbsolute: bps / 100, spreadPercentage: bps / 100 }
      store.write('bid_ask_spreads', {
        ...{ exchange, symbol: 'BTCUSDT', timestamp: now - (100 - i) * 1000, ...spread, midPrice: 100 },
        quality: exchange === 'bybit' && i === 50 ? 'stale' : '',
      })
    }
  }
  await store.close()
})

describe('open interest', () => {
  it('shows level, change and trend of the time asked for, of each exchange', async () => {
    const { document, code } = await mts('oi', 'BTC', '--hours', '24', '--json')
    const { data } = document()
    expect(code).toBe(0)
    expect(data).toMatchObject({ count: 4, exchanges: ['binance', 'bybit'], symbols: ['BTCUSDT'], total_usd: null })
    const [binance, bybit] = data.series
    expect(binance).toMatchObject({ count: 3, open_interest: 110, change: 10, change_percentage: 10, trend: 'rising', min: 100 })
    expect(binance.open_interest_usd).toBe(5_500_000)
    expect(bybit).toMatchObject({ count: 1, change: 0, trend: null })
  })

  it('gives the value of all and of the change where every value is known', async () => {
    const { document } = await mts('oi', 'btc/usdt:usdt', '--since', '48h', '--exchanges', 'binance', '--json')
    expect(document().data).toMatchObject({ count: 4, total_usd: 5_500_000, change_usd: 109 * 50_000 })
  })

  it('names what is stored when it is asked for something else', async () => {
    const { stderr, code } = await mts('oi', 'DOGE')
    expect(code).toBe(2)
    expect(stderr).toContain('Stored are BTCUSDT')
  })
})

describe('large trades', () => {
  it('are summed up by side, liquidations apart, also where fewer are listed', async () => {
    const { document } = await mts('trades', 'large', '--symbol', 'BTC', '--hours', '24', '--limit', '1', '--json')
    expect(document().data).toMatchObject({
      ...{ count: 1, value_usd: 300_000, buy_value_usd: 300_000, sell_value_usd: 0 },
      ...{ liquidations: 2, liquidation_value_usd: 400_000, largest_usd: 300_000 },
      ...{ exchanges: ['binance'], symbols: ['BTCUSDT'], trades: [{ trade_id: 't0' }] },
    })
  })

  it('are narrowed to liquidations of a value, and to a time', async () => {
    const only = ['trades', 'large', '--only-liquidations', '--json']
    const [large, late] = await Promise.all([mts(...only, '--min-value-usd', '200000'), mts(...only, '--since', '150m')])
    expect(large?.document().data).toMatchObject({
      count: 1,
      value_usd: 250_000,
      sell_value_usd: 250_000,
      trades: [{ trade_id: 't2' }],
    })
    expect(late?.document().data.trades).toMatchObject([{ trade_id: 't1', is_liquidation: true }])
  })
})

describe('spreads', () => {
  it('stand among the others of the time, exchange against exchange', async () => {
    const { document } = await mts('spread', 'BTC', '--since', '1h', '--json')
    const [binance, bybit] = document().data
    expect(binance).toMatchObject({ exchange: 'binance', count: 100, excluded: 0, condition: 'stressed', percentile: 99.5 })
    expect(binance.p50).toBeCloseTo(1, 9)
    expect(binance.max).toBeCloseTo(9, 9)
    expect(binance.tightest_share).toBeCloseTo(98 / 99, 9)
    expect(bybit).toMatchObject({ count: 99, excluded: 1, condition: 'normal', percentile: 50, trend: 'flat' })
  })

  it('have numbers alone in CSV, and a little chart in the table', async () => {
    expect((await mts('spread', 'BTC', '-o', 'csv', '--fields', 'exchange,shape')).stdout).toMatch(/^bybit,"\[[\d.,null]+\]"$/m)
    expect((await mts('spread', 'BTC', '-o', 'table')).stdout).toMatch(/^bybit .*[▁▂▃▄▅▆▇█]/m)
  })

  it('exit 4 when one is wider than asked, and name it', async () => {
    const { stdout, stderr, code } = await mts('spread', 'BTC', '--alert-bps', '5')
    expect(code).toBe(4)
    expect(stdout).toContain('stressed')
    expect(stderr).toContain('Wider than 5 bps: binance BTCUSDT 9.000')
    expect((await mts('spread', 'BTC', '--alert-bps', '10')).code).toBe(0)
    expect((await mts('spread', 'BTC', '--wide-percentile', '99.5')).code).toBe(2)
  })
})
