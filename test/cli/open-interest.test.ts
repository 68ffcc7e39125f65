import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Market, startMarket } from '../support/market.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

it('fetches what each exchange keeps of open interest, once, and tells its level and change', { timeout: 60_000 }, async () => {
  const options = { cwd: temporaryFolder(), env: market.env() }
  const args = ['oi', 'BTC', '--history', '--hours', '6', '--json']
  const first = JSON.parse((await runMts(args, options)).stdout)
  const again = JSON.parse((await runMts(args, options)).stdout)
  expect(first.failures).toEqual([])
  expect(first.data.series.map((each: { exchange: string }) => each.exchange)).toEqual(['binance', 'bybit'])
  // A row each five minutes; the border may add one.
  for (const { count } of first.data.series) expect(Math.abs(count - 72)).toBeLessThanOrEqual(1)
  expect(again.data.count - first.data.count).toBeLessThanOrEqual(2)
  const [series] = first.data.series
  expect(series.open_interest).toBeGreaterThan(0)
  expect(series.last - series.first).toBeGreaterThan(5.8 * 3_600_000)
})

it('shows what one exchange keeps when another does not answer, and exits 3', { timeout: 60_000 }, async () => {
  const env = market.env({ MTS_EXCHANGES__BYBIT__REST_URL: 'http://127.0.0.1:1', MTS_RETRY__ATTEMPTS: '1' })
  const { code, stdout } = await runMts(['oi', 'BTC', '--history', '--hours', '6', '--json'], { cwd: temporaryFolder(), env })
  expect(code).toBe(3)
  const { data, failures } = JSON.parse(stdout)
  expect(data.series).toHaveLength(1)
  expect(failures).toMatchObject([{ exchange: 'bybit' }])
})

it('never puts simulated open interest beside real one, in either order', { timeout: 60_000 }, async () => {
  const run = (cwd: string, isSimulated: boolean) =>
    runMts(['oi', 'BTC', '--history', '--hours', '2', '--exchanges', 'binance', ...(isSimulated ? ['--sandbox'] : [])], {
      cwd,
      env: market.env(),
    })
  for (const isFirstSimulated of [true, false]) {
    const cwd = temporaryFolder()
    expect((await run(cwd, isFirstSimulated)).code).toBe(0)
    const { code, stderr } = await run(cwd, !isFirstSimulated)
    expect(code).toBe(65)
    expect(stderr).toContain('DATA_SIMULATED')
  }
})
