import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { events, type Market, startMarket } from '../support/market.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'

let market: Market
let options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }
let lines: ReturnType<typeof events>

/** Paid for trading: whatever the market does, buying and selling brings something. */
const REBATES = ['--fees', 'binance=-20,bybit=-20', '--symbols', 'BTC']

const json = async (...args: string[]) => JSON.parse((await runMts([...args, '--json'], options)).stdout)
const told = () => lines.filter(({ type }) => type === 'opportunity')

beforeAll(async () => {
  market = await startMarket()
  options = { cwd: temporaryFolder(), env: market.env() }
  const flags = ['--watch', '--record', '--csv', '--duration', '3s', ...REBATES]
  lines = events((await runMts(['arb', 'scan', ...flags], options)).stdout)
}, 60_000)
afterAll(() => market.close())

it('tells each opportunity as it opens and as it ends, and what it could see; the last line sums up', () => {
  const opened = told().filter((line) => line['state'] === 'opened')
  const closed = told().filter((line) => line['state'] === 'closed')
  expect(opened.length).toBeGreaterThanOrEqual(2)
  expect(closed.map((line) => line['id']).toSorted()).toEqual(opened.map((line) => line['id']).toSorted())
  for (const line of opened)
    expect(line).toMatchObject({ kind: 'spread', pair: 'BTC/USDT:USDT', ended_by: 'size', closed_at: null })
  expect(closed.at(-1)).toMatchObject({ closed_by: 'end', is_feasible: true })
  expect(lines.some((line) => line.type === 'status' && line['status'] === 'synced')).toBe(true)
  expect(lines.at(-1)).toMatchObject({ type: 'summary', count: opened.length, routes: 2, lost: 0, lost_lines: 0 })
})

it('finds the same in the recording, with the same ids, and stores nothing twice', async () => {
  const { data } = await json('arb', 'scan', '--journal', 'data/journal', ...REBATES)
  expect(data.opportunities).toEqual(told().filter((line) => line['state'] === 'closed'))
  const listed = await json('arb', 'list')
  expect(listed.data).toHaveLength(told().length / 2)
  const stats = await json('arb', 'stats', '--type', 'spread')
  expect(stats.data).toMatchObject({ count: told().length / 2, feasible_share: 1 })
  const { routes } = stats.data
  expect(routes.map((route: { exchange_a: string }) => route.exchange_a).toSorted()).toEqual(['binance', 'bybit'])
  const sum = (key: string) => routes.reduce((total: number, route: Record<string, number>) => total + Number(route[key]), 0)
  expect(sum('count')).toBe(stats.data.count)
  expect(sum('opened_profit')).toBeCloseTo(stats.data.opened_profit, 9)
})

it('proves one: both books from the frames, every fill and fee; without the recording it says that it cannot', async () => {
  const id = String(told()[0]?.['id'])
  const { data } = await json('arb', 'explain', id)
  expect(data.proof).toMatchObject({ source: 'journal', is_as_told: true, is_added_up: true, buy: { is_as_told: true } })
  expect(data.proof.sell.bids[0]).toEqual(data.opened.sell.levels[0])
  const fees = data.fills.reduce((sum: number, fill: { fee: number }) => sum + fill.fee, 0)
  expect(fees).toBeCloseTo(Number(told()[0]?.['fees']), 9)
  const { stdout } = await runMts(['arb', 'explain', id, '-o', 'table'], options)
  expect(stdout).toContain('both books rebuilt from the journal')
  expect(stdout).toContain('ask: bought')
  const elsewhere = {
    ...options,
    env: { ...options.env, MTS_DB: path.join(options.cwd, 'data/crypto_data.db') },
    cwd: temporaryFolder(),
  }
  expect((await runMts(['arb', 'explain', id, '-o', 'table'], elsewhere)).stdout).toContain('those that were stored')
})

it('writes what is over as CSV, with the columns of the table', () => {
  const folder = path.join(options.cwd, 'data/realtime/signals/arbitrage')
  const [name = '', ...others] = readdirSync(folder)
  expect(name).toMatch(/^opportunities-BTCUSDT-[\d-]+\.csv$/)
  expect(others).toEqual([])
  const [head = '', ...rows] = readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\r\n')
  expect(head).toMatch(/^id,timestamp,symbol,type,exchange_a,exchange_b,.*closed_by,/)
  expect(rows).toHaveLength(told().length / 2)
})

it('compares funding as funding --compare does, for legs of the size that was asked for', async () => {
  const scanned = await json('arb', 'scan', '--type', 'funding', '--symbols', 'BTC,ETH,SOL', '--size', '50000')
  const compared = await json('funding', '--compare', '--symbols', 'BTC,ETH,SOL')
  expect(scanned.data).toHaveLength(3)
  for (const row of scanned.data) {
    const same = compared.data.find((each: { pair: string }) => each.pair === row.pair)
    expect(row).toMatchObject({ type: 'funding', sell_exchange: same.short_exchange, capital: 100_000 })
    expect(row.net_profit).toBeCloseTo((row.net_bps / 10_000) * 50_000, 9)
    expect(row.state === 'opportunity').toBe(row.rate_diff_8h >= 0.0001 && row.net_bps >= 5)
  }
})

it('refuses what there is not, with what there is', async () => {
  const runs = [
    ['arb', 'scan', '--type', 'triangle'],
    ['arb', 'scan', '--fees', 'nowhere=3'],
    ['arb', 'explain', 'ffff'],
    ['arb', 'list', '--type', 'spred'],
    ['arb', 'scan', '--sandbox', '--record'],
    ['spread', 'BTC', '--journal', 'data/journal'],
  ]
  const ended = await Promise.all(runs.map((args) => runMts(args, options)))
  expect(ended.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2])
  expect(ended.map(({ stderr }) => /Code: (\w+)/.exec(stderr)?.[1])).toEqual([
    'USAGE_UNKNOWN_TYPE',
    'USAGE_UNKNOWN_EXCHANGE',
    'USAGE_UNKNOWN_OPPORTUNITY',
    'USAGE_UNKNOWN_TYPE',
    'USAGE_BAD_FLAG',
    'USAGE_BAD_FLAG',
  ])
})
