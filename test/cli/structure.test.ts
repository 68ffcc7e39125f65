import { afterAll, beforeAll, expect, it } from 'vitest'
import { events, type Market, startMarket } from '../support/market.js'
import { runMts, temporaryFolder } from '../support/run-mts.js'

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

const isStructure = (line: string) => line.startsWith('{"type":"structure"')
const linesOf = (stdout: string) => stdout.split('\n').filter(isStructure)

it('tells each interval what books and trades show, and a replay of the recording tells the same bytes', async () => {
  const options = { cwd: temporaryFolder(), env: market.env() }
  const channels = ['--channels', 'structure', '--interval', '500ms', '--no-store', '--symbols', 'BTC']
  const live = await runMts(['stream', ...channels, '--duration', '4s', '--record'], options)
  const again = await runMts(['replay', 'data/journal', ...channels], options)
  expect([live.code, again.code]).toStrictEqual([0, 0])
  expect(linesOf(live.stdout).length).toBeGreaterThan(8)
  expect(linesOf(again.stdout)).toStrictEqual(linesOf(live.stdout))

  const all = events(live.stdout)
  const told = all.filter(({ type }) => type === 'structure')
  expect(new Set(all.map(({ type }) => type)).has('trade')).toBe(false)
  expect(new Set(told.map((line) => line['exchange']))).toStrictEqual(new Set(['binance', 'bybit']))
  const traded = told.filter((line) => Number(line['trades']) > 0)
  expect(traded.length).toBeGreaterThan(0)
  for (const line of traded) expect(Number(line['bought_quantity']) + Number(line['sold_quantity'])).toBeGreaterThan(0)
  expect(told.some((line) => line['order_flow'] !== 0)).toBe(true)
  expect(told.every((line) => line['kyle_lambda'] === null)).toBe(true)
})

it('sums up the trades of an interval as the trades themselves say', async () => {
  const options = { cwd: temporaryFolder(), env: market.env() }
  const args = ['--channels', 'structure,trades', '--no-store', '--symbols', 'BTC', '--exchanges', 'bybit']
  const { stdout } = await runMts(['stream', ...args, '--duration', '4s'], options)
  const all = events(stdout)
  const first = all.findIndex(({ type }) => type === 'structure')
  const last = all.findLastIndex(({ type }) => type === 'structure')
  const between = all.slice(first + 1, last + 1)
  const sum = (type: string, field: string) =>
    between.filter((line) => line.type === type).reduce((total, line) => total + Number(line[field]), 0)
  const counted = sum('structure', 'bought_quantity') + sum('structure', 'sold_quantity')
  expect(counted).toBeGreaterThan(0)
  expect(counted).toBeCloseTo(sum('trade', 'quantity'), 6)
  expect(sum('structure', 'trades')).toBe(between.filter(({ type }) => type === 'trade').length)
})
