import { afterAll, beforeAll, expect, it } from 'vitest'
import { events, type Market, startMarket } from '../support/market.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'
import { serveAnswer } from '../support/stubborn-server.js'

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

function orderbook(args: readonly string[], extra: Readonly<Record<string, string>> = {}) {
  return runMts(['orderbook', ...args], { cwd: temporaryFolder(), env: market.env(extra) })
}

it('shows the book of each exchange, best first, never crossed, with its metrics', async () => {
  const { stdout, code } = await orderbook(['btc/usdt:usdt', '--depth', '3', '--json'])
  const { data, failures } = JSON.parse(stdout)
  expect(code).toBe(0)
  expect(failures).toStrictEqual([])
  expect(data.map((book: { exchange: string }) => book.exchange)).toStrictEqual(['binance', 'bybit'])
  for (const book of data) {
    expect(book).toMatchObject({ symbol: 'BTCUSDT', pair: 'BTC/USDT:USDT', notional: 100_000 })
    expect([book.bids.length, book.asks.length]).toStrictEqual([3, 3])
    expect(book.bids[0][0]).toBeLessThan(book.asks[0][0])
    expect(book.bids[1][0]).toBeLessThan(book.bids[0][0])
    const [tenth, whole, tenfold] = book.impact_curve
    expect([tenth.notional, whole.notional, tenfold.notional]).toStrictEqual([10_000, 100_000, 1_000_000])
    expect(whole).toMatchObject({ buy_bps: book.buy_slippage_bps, sell_bps: book.sell_slippage_bps })
    expect(tenth.buy_bps).toBeLessThanOrEqual(whole.buy_bps)
    expect(whole.buy_bps).toBeLessThanOrEqual(tenfold.buy_bps)
    expect(book.liquidity_score).toBeCloseTo(100 / (1 + (whole.buy_bps + whole.sell_bps) / 10), 9)
    expect(book.spread_bps).toBeCloseTo(((book.ask_price - book.bid_price) / book.mid_price) * 10_000, 9)
  }
})

it.each([
  [['NOPE'], 2, 'Unknown symbol on binance: NOPE'],
  [['BTC/USDT'], 2, 'Did you mean BTC/USDT:USDT'],
  [['BTC', '--exchanges', 'bybitt'], 2, 'Did you mean bybit?'],
  [['BTC', '--fields', 'mid_prise'], 2, 'Did you mean mid_price?'],
  [['BTC', '--watch', '--fields', 'nope'], 2, 'Unknown field: nope'],
  [['BTC', '--depth', '0'], 2, 'Give a number from 1 to 1000'],
])('refuses %j', async (args, exit, message) => {
  const { stdout, stderr, code } = await orderbook(args)
  expect({ stdout, code }).toStrictEqual({ stdout: '', code: exit })
  expect(stderr).toContain(message)
})

it('shows what it has when one exchange fails, names the other, and exits 3', async () => {
  const server = await serveAnswer(200, '<html>Log in</html>')
  const { stdout, code } = await orderbook(['BTC', '--json'], {
    MTS_EXCHANGES__BINANCE__REST_URL: `http://127.0.0.1:${server.port}`,
  })
  await server.close()
  const { data, failures } = JSON.parse(stdout)
  expect(code).toBe(3)
  expect(data).toMatchObject([{ exchange: 'bybit' }])
  expect(failures).toMatchObject([{ exchange: 'binance', code: 'API_PROTOCOL' }])
})

it('watches in a pipe as lines, with a summary last', async () => {
  const { stdout, code } = await orderbook(['ETH', '--watch', '--duration', '1s', '--exchanges', 'bybit'])
  const lines = events(stdout)
  expect(code).toBe(0)
  expect(lines.some((line) => line.type === 'book' && line['symbol'] === 'ETHUSDT')).toBe(true)
  expect(lines.at(-1)).toMatchObject({ type: 'summary', failures: [], lost: 0, lost_lines: 0 })
})
