import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openReader } from '../../src/core/storage/reader.js'
import { events, type Market, startMarket } from '../support/market.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'
import { serveAnswer } from '../support/stubborn-server.js'

const HOUR = 3_600_000
const YEAR_HOURS = 8760

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

function funding(args: readonly string[], { cwd = temporaryFolder(), extra = {} } = {}) {
  return runMts(['funding', ...args], { cwd, env: market.env(extra) })
}

it('shows the rate of each perpetual per interval, per hour and per year, with its next time', async () => {
  const { stdout, code } = await funding(['--symbols', 'BTC,eth/usdt:usdt', '--json'])
  const { data, warnings, failures } = JSON.parse(stdout)
  expect({ code, warnings, failures }).toStrictEqual({ code: 0, warnings: [], failures: [] })
  expect(data.map((row: { exchange: string; symbol: string }) => `${row.exchange} ${row.symbol}`)).toStrictEqual([
    'binance BTCUSDT',
    'binance ETHUSDT',
    'bybit BTCUSDT',
    'bybit ETHUSDT',
  ])
  for (const row of data) {
    expect(row.rate_per_hour).toBeCloseTo(row.funding_rate / row.interval_hours, 15)
    expect(row.rate_annualised).toBeCloseTo(row.rate_per_hour * YEAR_HOURS, 12)
    expect(row.funding_time % (row.interval_hours * HOUR)).toBe(0)
    expect(row.predicted_rate).toBeNull()
  }
})

it('collects settled rates once, counts what an exchange does not have, and compares by them', async () => {
  const cwd = temporaryFolder()
  const history = ['--history', '--days', '10', '--symbols', 'BTC', '--json']
  const first = JSON.parse((await funding(history, { cwd })).stdout)
  expect(first.data).toMatchObject([
    { exchange: 'binance', settlements: 30, stored: 30, holes: 0, interval_hours: 8 },
    { exchange: 'bybit', settlements: 30, stored: 30, holes: 0, interval_hours: 8 },
  ])
  const second = JSON.parse((await funding(history, { cwd })).stdout)
  expect(second.data).toMatchObject([
    { stored: 0, updated: 0 },
    { stored: 0, updated: 0 },
  ])

  const reader = openReader(path.join(cwd, 'data/crypto_data.db'))
  const stored = reader.fundingRates({ exchanges: ['binance'], limit: Number.POSITIVE_INFINITY })
  reader.close()
  expect(stored.every((row) => row.kind === 'settled' && row.intervalHours === 8)).toBe(true)
  const mean = stored.reduce((sum, row) => sum + row.fundingRate, 0) / stored.length
  expect(first.data[0].average_per_hour).toBeCloseTo(mean / 8, 15)

  const [now, compared, since] = await Promise.all(
    [['--json'], ['--compare', '--hold', '30d', '--json'], ['--since', '11d', '--json']].map(async (args) =>
      JSON.parse((await funding(['--symbols', 'BTC', ...args], { cwd })).stdout),
    ),
  )
  const [pair] = compared.data
  expect(pair).toMatchObject({ pair: 'BTC/USDT:USDT', history_hours: 240, hold_hours: 720 })
  expect(pair.fees).toBeCloseTo(2 * (0.0005 + 0.00055), 12)
  expect(pair.break_even_hours).toBeCloseTo(pair.fees / pair.rate_diff_per_hour, 9)
  expect(pair.profit_bps).toBeCloseTo((pair.rate_diff_per_hour * 720 - pair.fees) * 10_000, 9)
  const higher = now.data[0].rate_per_hour > now.data[1].rate_per_hour ? 'binance' : 'bybit'
  expect(pair.short_exchange).toBe(higher)
  expect(since.data).toMatchObject({ count: 60, exchanges: ['binance', 'bybit'], symbols: ['BTCUSDT'] })
})

it('refuses to put real rates beside simulated ones', async () => {
  const cwd = temporaryFolder()
  const args = ['--history', '--days', '2', '--symbols', 'BTC', '--exchanges', 'bybit']
  expect((await funding([...args, '--sandbox'], { cwd })).code).toBe(0)
  const { code, stderr } = await funding(args, { cwd })
  expect(code).toBe(65)
  expect(stderr).toContain('DATA_SIMULATED')
})

it('watches in a pipe and stores a row when something changed, not each second', async () => {
  const cwd = temporaryFolder()
  const { stdout, code } = await funding(['--watch', '--duration', '4s', '--symbols', 'BTC', '--exchanges', 'binance'], { cwd })
  expect(code).toBe(0)
  const lines = events(stdout).filter(({ type }) => type === 'funding')
  const reader = openReader(path.join(cwd, 'data/crypto_data.db'))
  const rows = reader.fundingRates({ limit: Number.POSITIVE_INFINITY })
  reader.close()
  expect(lines.length).toBeGreaterThan(1)
  const rates = lines.map((line) => line['funding_rate']).filter((rate, i, all) => i === 0 || rate !== all[i - 1])
  expect(rows.map((row) => row.fundingRate).toReversed()).toStrictEqual(rates)
})

it('shows what one exchange has when the other fails, and exits 3', async () => {
  const server = await serveAnswer(200, '<html>Log in</html>')
  const extra = { MTS_EXCHANGES__BINANCE__REST_URL: `http://127.0.0.1:${server.port}` }
  const { stdout, code } = await funding(['--json'], { extra })
  await server.close()
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    data: [{ exchange: 'bybit' }, { exchange: 'bybit' }],
    failures: [{ exchange: 'binance', code: 'API_PROTOCOL' }],
  })
})

it.each([
  [['--history', '--watch'], 'USAGE_EXCLUSIVE_FLAGS'],
  [['--exchanges', 'binance-spot'], 'USAGE_NO_FUNDING'],
  [['--symbols', 'NOPE'], 'USAGE_UNKNOWN_SYMBOL'],
  [['--symbols', 'BTC,NOPE'], 'USAGE_UNKNOWN_SYMBOL'],
  [['--history', '--days', '1', '--symbols', 'BTC,NOPE'], 'USAGE_UNKNOWN_SYMBOL'],
  [['--compare', '--hold', '0'], 'USAGE_BAD_DURATION'],
])('refuses %j', async (args, expected) => {
  const { stdout, stderr, code } = await funding(args)
  expect({ stdout, code }).toStrictEqual({ stdout: '', code: 2 })
  expect(stderr).toContain(expected)
})
