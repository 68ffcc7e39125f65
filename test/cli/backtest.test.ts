import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/core/backtest/report/document.js'
import { GOLDEN, type GoldenCase, goldenColumns, goldenJson } from '../support/golden.js'
import { needsFiles } from '../support/require.js'
import { type Ended, runMts, temporaryFolder } from '../support/run-mts.js'
import { candleRows, DAY_MS, START, storeBars } from '../support/stored-bars.js'

const folder = temporaryFolder()
const database = path.join(folder, 'data', 'crypto_data.db')
const mts = (...args: string[]): Promise<Ended> => runMts(args, { cwd: folder })
const RUN = [
  'backtest',
  '--strategy',
  'sma-cross',
  '--param',
  'fast=5',
  '--param',
  'slow=20',
  '--symbols',
  'BTC',
  '--slippage',
  '5bps',
]

async function json(...args: string[]): Promise<{ data: RunDocument & Record<string, never>; warnings: string[] }> {
  const { stdout, stderr, code } = await mts(...args, '--json')
  expect(code, stderr + stdout.slice(0, 500)).toBe(0)
  return JSON.parse(stdout)
}

beforeAll(() => {
  storeBars(database, (history) => {
    history.upsertCandles(candleRows({ count: 1500 }))
    history.upsertCandles(candleRows({ coin: 'ethereum', count: 1500 }))
  })
})

describe('mts backtest', () => {
  it('gives the same bytes for the same inputs, is stored once, and is shown as it was printed', async () => {
    const first = await mts(...RUN, '--json')
    const { data } = JSON.parse(first.stdout)
    const [second, shown, listed, drawn, printed] = await Promise.all([
      mts(...RUN, '--json'),
      mts('backtest', 'show', data.id.slice(0, 6), '--json'),
      json('backtest', 'list'),
      mts('backtest', 'show', data.id),
      mts(...RUN),
    ])
    expect(second.stdout).toBe(first.stdout)
    expect(JSON.parse(shown.stdout).data).toEqual(data)
    expect((listed.data as unknown as { id: string }[]).map(({ id }) => id)).toEqual([data.id])
    expect(drawn.stdout).toBe(printed.stdout)
  })

  it('prints a command that gives the same run again', async () => {
    const { data } = await json(...RUN)
    const words = data.command.split(' ').slice(1)
    const again = await json(...words)
    expect(again.data).toEqual(data)
  })

  it('says each number with its definition, periods and n, and why there is none', async () => {
    const { data } = await json('backtest', '--symbols', 'BTC')
    expect(data.metrics.sharpe).toMatchObject({
      definition: expect.stringContaining('mean(r - rf)'),
      periods: 365,
      n: expect.any(Number),
      reason: null,
    })
    expect(data.metrics.profit_factor).toMatchObject({ value: null, reason: 'no-trades' })
    expect(data.metrics.total_return.value).toBeCloseTo(data.result.totalReturn ?? (data as never)['result']['total_return'], 12)
    const { stdout } = await mts('backtest', '--symbols', 'BTC', '--explain-metrics')
    expect(stdout).toMatch(/Sharpe +-?[\d.]+ +\d+ +mean\(r - rf\)/)
  })

  it('puts the answer first, then what it cost, and what was not there on stderr', async () => {
    const { stdout, stderr } = await mts(...RUN)
    expect(stdout.split('\n')[0]).toMatch(
      /^sma-cross (made|lost) [\d.]+ % after all costs .*; buy and hold (made|lost) [\d.]+ %, .*(better|worse)\.$/,
    )
    expect(stdout).toMatch(/Costs [\d,.]+ USDT, [\d.]+ bps of [\d,]+ traded: fees [\d,.]+ in \d+ fills, slippage [\d,.]+/)
    expect(stderr).toMatch(/Warning: \d+ funding payments of bitcoin are missing/)
    expect((await mts(...RUN, '--strict')).code).toBe(65)
  })

  it('writes every trade and the equity of every bar, and stores nothing when told so', async () => {
    const before = await json('backtest', 'list')
    const { data } = await json(...RUN, '--cash', '777', '--no-store', '--trades', 'trades.csv', '--equity', 'equity.csv')
    expect((await json('backtest', 'list')).data).toEqual(before.data)
    const trades = readFileSync(path.join(folder, 'trades.csv'), 'utf8').trim().split('\n')
    const equity = readFileSync(path.join(folder, 'equity.csv'), 'utf8').trim().split('\n')
    expect(trades).toHaveLength(data.trades.length + 1)
    expect(equity).toHaveLength(data.period.bars + 1)
    expect(Number(equity.at(-1)?.split(',')[1])).toBe((data as never)['result']['final_equity'])
  })

  it('says why there was no trade', async () => {
    const { stdout } = await mts('backtest', '--strategy', 'zscore-reversion', '--param', 'entry=9', '--symbols', 'BTC')
    expect(stdout).toContain('No trade: the strategy gave no signal on any of')
    const explained = await mts(...RUN, '--cash', '1', '--sizing', 'units:5', '--explain')
    expect(explained.stdout).toContain('No trade: of ')
    expect(explained.stdout).toMatch(/insufficient-margin \d+ times/)
    expect(explained.stdout).toMatch(/bitcoin +long +order 1 +SMA 5 crossed above SMA 20/)
  })

  it('says that a size is more than the account can hold', async () => {
    const { stderr, code } = await mts(...RUN, '--sizing', 'fraction:5')
    expect(code).toBe(0)
    expect(stderr).toContain('5 times equity is more than the account can hold, 1 times')
  })
})

describe('a strategy of the user', () => {
  it('runs at once from the template, and the run tells when its text has changed', async () => {
    expect((await mts('strategies', 'new', 'dip')).code).toBe(0)
    const args = ['backtest', '--strategy', './dip.mjs', '--symbols', 'BTC', '--param', 'fall=0.01']
    const first = await json(...args)
    expect(first.data.trades.length).toBeGreaterThan(0)
    const file = path.join(folder, 'dip.mjs')
    writeFileSync(file, `${readFileSync(file, 'utf8')}// changed\n`)
    expect((await json(...args)).data.id).not.toBe(first.data.id)
  })

  it('takes its parameters from config/strategies, which --param overrules', async () => {
    const { mkdirSync, rmSync } = await import('node:fs')
    const settings = path.join(folder, 'config', 'strategies')
    mkdirSync(settings, { recursive: true })
    writeFileSync(path.join(settings, 'sma-cross.json'), '{ "fast": 7, "slow": 40 }')
    const { data } = await json('backtest', '--strategy', 'sma-cross', '--param', 'slow=50', '--symbols', 'BTC')
    expect(data.parameters).toEqual({ fast: 7, slow: 50, short: false })
    writeFileSync(path.join(settings, 'sma-cross.json'), '{ "fsat": 7 }')
    const { code, stderr } = await mts('backtest', '--strategy', 'sma-cross', '--symbols', 'BTC')
    expect([code, stderr]).toEqual([78, expect.stringMatching(/config\/strategies\/sma-cross.json: .*fsat.*Did you mean fast/s)])
    writeFileSync(path.join(settings, 'sma-cross.json'), '{}')
    writeFileSync(path.join(settings, 'sma-corss.json'), '{ "fast": 7 }')
    const misspelt = await mts('backtest', '--strategy', 'sma-cross', '--symbols', 'BTC')
    expect([misspelt.code, misspelt.stderr]).toEqual([78, expect.stringMatching(/sma-corss.json.*Did you mean sma-cross/s)])
    rmSync(path.join(folder, 'config'), { recursive: true })
  })
})

describe('stored runs', () => {
  it('stand beside each other, and what makes them hard to compare is told', async () => {
    const [one, two] = [await json(...RUN), await json(...RUN, '--commission', '0.01')]
    const { stdout, stderr } = await mts('backtest', 'compare', one.data.id, two.data.id.slice(0, 8), '--report', 'both.html')
    expect(stdout).toMatch(/^run +strategy +.*Total return \(%\)/m)
    expect(stdout.match(new RegExp(`^(${one.data.id.slice(0, 8)}|${two.data.id.slice(0, 8)}) `, 'gm'))).toHaveLength(2)
    expect(stderr).toContain('different costs')
    expect(existsSync(path.join(folder, 'both.html'))).toBe(true)
    expect((await mts('backtest', 'show', 'ffffffffffffffffff')).stderr).toContain('USAGE_UNKNOWN_RUN')
  })
})

needsFiles(GOLDEN)('a reference run, from the database to the answer', () => {
  it('ends with the equity of the golden case', async () => {
    const golden = goldenJson<GoldenCase>('backtest/b03_sma_long_fixed.json')
    const columns = goldenColumns(golden.data.file)
    const other = path.join(folder, 'golden.db')
    storeBars(other, (history) =>
      history.upsertCandles(
        candleRows({ interval: '1d', stepMs: DAY_MS, start: START, count: columns.dates.length }).map((row, i) => ({
          ...row,
          timestamp: columns.timestamp[i] ?? 0,
          open: columns.open[i] ?? 0,
          high: columns.high[i] ?? 0,
          low: columns.low[i] ?? 0,
          close: columns.close[i] ?? 0,
        })),
      ),
    )
    const { cash, commission } = golden.config
    const args = ['--cash', String(cash), '--commission', String(commission.rate_on_notional), '--sizing', 'units:1']
    const { data } = await json(
      'backtest',
      '--db',
      other,
      '--strategy',
      'sma-cross',
      '--param',
      'fast=10',
      '--param',
      'slow=30',
      '--symbols',
      'BTC',
      ...args,
    )
    const last = golden.equity.at(-1) ?? Number.NaN
    expect(Math.abs((data as never)['result']['final_equity'] / last - 1)).toBeLessThan(1e-9)
    expect(data.trades).toHaveLength(golden.trades.length)
  })
})
