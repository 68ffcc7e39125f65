import { describe, expect, it } from 'vitest'
import type { RunDocument } from '../../src/core/backtest/report/document.js'
import { type Ended, runMts, temporaryFolder } from '../support/run-mts.js'

const folder = temporaryFolder()
const mts = (...args: string[]): Promise<Ended> => runMts(args, { cwd: folder })

describe('mts backtest --journal', () => {
  it('runs over a recording, gives the same run by the command in it, and shows it again', async () => {
    const recorded = await mts(
      'stream',
      '--sandbox',
      '--record',
      '--no-store',
      '--symbols',
      'BTC',
      '--channels',
      'book,trades',
      '--duration',
      '3s',
    )
    expect(recorded.code, recorded.stderr).toBe(0)
    const first = await mts('backtest', '--strategy', 'market-structure', '--journal', 'data/journal', '--json')
    expect(first.code, first.stderr).toBe(0)
    const { data, warnings } = JSON.parse(first.stdout) as { data: RunDocument & Record<string, string>; warnings: string[] }
    expect(data).toMatchObject({ source: 'journal', interval: '1s', trades: [], config: { fill: 'book', latency_ms: 50 } })
    expect(data.journal?.markets.map(({ asset }) => asset)).toEqual(['binance:BTCUSDT', 'bybit:BTCUSDT'])
    expect(data.diagnosis).toContain('fewer than 60 steps of order flow in a row')
    expect(warnings).toContainEqual(expect.stringContaining('minutes are little'))
    const again = await mts(...data.command.split(' ').slice(1), '--no-store', '--json')
    expect(JSON.parse(again.stdout).data).toEqual(data)
    const shown = await mts('backtest', 'show', data.id, '--json')
    expect(JSON.parse(shown.stdout).data).toEqual(data)
  }, 60_000)

  it('refuses what says nothing there, with what to do instead', async () => {
    const bars = await mts('backtest', '--strategy', 'spread-arbitrage')
    expect([bars.code, bars.stderr]).toEqual([2, expect.stringContaining('--journal data/journal')])
    const flag = await mts('backtest', '--strategy', 'spread-arbitrage', '--journal', 'data/journal', '--slippage', '5bps')
    expect([flag.code, flag.stderr]).toEqual([2, expect.stringContaining('--slippage says nothing on a journal')])
  })
})
