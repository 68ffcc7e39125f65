import { afterAll, beforeAll, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { loadMarket } from '../../src/core/backtest/load/market.js'
import type { RuleTexts } from '../../src/core/backtest/load/rules.js'
import { reportOf } from '../../src/core/backtest/report/page.js'
import { runReported } from '../../src/core/backtest/run.js'
import { openReader } from '../../src/core/storage/reader.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { temporaryFolder } from '../support/storage.js'
import { candleRows, storeBars } from '../support/stored-bars.js'

const folder = temporaryFolder()
const file = folder.file('crypto_data.db')

beforeAll(() =>
  storeBars(file, (history) => {
    history.upsertCandles(candleRows({ count: 400 }))
    history.upsertCandles(candleRows({ coin: 'ethereum', count: 400 }))
  }),
)
afterAll(() => folder.remove())

async function run(rules: RuleTexts, symbols = ['BTC', 'ETH']) {
  const reader = openReader(file)
  try {
    const market = await loadMarket(reader, { symbols, requirements: { warmup: 31, needs: {} }, rules })
    const config = { ...DEFAULT_CONFIG, cash: 10_000, start: market.start, end: market.end }
    const named = { strategyName: 'sma-cross', strategyHash: null, hasBenchmark: true, version: '1.2.3' }
    return runReported({ strategy: smaCross, config, data: market.data, market, ...named })
  } finally {
    reader.close()
  }
}

it('trades whole steps of each asset, and nothing below the least worth', async () => {
  const { result } = await run({ lot: 'BTC=3,ETH=0.7' })
  for (const [asset, lot] of [
    ['bitcoin', 3],
    ['ethereum', 0.7],
  ] as const) {
    const quantities = result.fills.filter((fill) => fill.asset === asset).map(({ quantity }) => quantity)
    expect(quantities.length).toBeGreaterThan(2)
    for (const quantity of quantities) expect(Math.abs(quantity / lot - Math.round(quantity / lot))).toBeLessThan(1e-9)
  }
  const none = await run({ minNotional: '1000000' })
  expect(none.result.fills).toEqual([])
  expect(none.result.blocked.map(({ reason }) => reason)).toContain('below-lot')
})

it('says in the result what was told and what is not known, and gives the same run again by its command', async () => {
  const told = await run({ lot: 'BTC=3', minNotional: 'bitcoin=5' })
  expect(told.document.assumptions).toEqual([
    'As told: --lot bitcoin=3 --min-notional bitcoin=5',
    expect.stringContaining('Quantities of ethereum have no step and no least worth'),
  ])
  expect(told.document.command).toContain(' --lot bitcoin=3 --min-notional bitcoin=5')
  expect(reportOf([told])).toContain('Quantities of ethereum have no step')
  const again = await run({ lot: 'bitcoin=3', minNotional: 'bitcoin=5' })
  expect(again.document.id).toBe(told.document.id)
  expect((await run({})).document.id).not.toBe(told.document.id)
})

it('refuses steps of what is not traded, and what is no number', async () => {
  for (const lot of ['SOL=1', 'BTC=0', 'BTC=', 'much', '-1']) {
    await expect(run({ lot })).rejects.toMatchObject({ code: 'USAGE_BACKTEST', exitCode: 2 })
  }
})
