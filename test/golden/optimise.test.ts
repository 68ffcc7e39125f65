import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { optimise, type Search } from '../../src/core/backtest/optimise/optimise.js'
import { gridOf, readSpace } from '../../src/core/backtest/optimise/space.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { DAY_MS, dailyData, GOLDEN, goldenColumns, goldenJson } from '../support/golden.js'
import { needsFiles } from '../support/require.js'

interface Row {
  readonly fast: number
  readonly slow: number
  readonly final_equity: number
  readonly trades: number
  readonly max_drawdown: number
  readonly sharpe_365: number
  readonly sortino_365: number
  readonly sqn: number
  readonly win_rate_pct: number
}

interface Grid {
  readonly data: { readonly file: string }
  readonly grid: Readonly<Record<'fast' | 'slow', readonly number[]>>
  readonly rows: readonly Row[]
  readonly best: Readonly<Record<string, readonly [fast: number, slow: number]>>
}

needsFiles(GOLDEN)('a grid of two crossing averages', () => {
  const golden = goldenJson<Grid>('backtest/b20_grid_sma.json')
  const space = readSpace(smaCross, { fast: golden.grid.fast.join(','), slow: golden.grid.slow.join(',') })
  const { sets, invalid } = gridOf(smaCross, space)
  const search: Search = {
    setup: {
      data: dailyData(goldenColumns(golden.data.file)),
      config: { ...DEFAULT_CONFIG, cash: 100_000, sizing: { kind: 'units', units: 1 } },
      strategy: smaCross,
      version: 'test',
      intervalMs: DAY_MS,
      warmup: 61,
    },
    source: { name: 'sma-cross', folder: '.' },
    strategyHash: undefined,
    holder: 'the test',
    folder: mkdtempSync(path.join(tmpdir(), 'mts-trials-')),
    threads: 1,
    sets,
    names: ['fast', 'slow'],
    target: 'sharpe',
    periods: 365,
  }

  it('has the 24 valid pairs, and every number of each is that of another program', async () => {
    expect(invalid).toBe(1)
    const { trials } = await optimise(search)
    expect(trials).toHaveLength(24)
    for (const row of golden.rows) {
      const trial = trials.find(({ parameters }) => parameters['fast'] === row.fast && parameters['slow'] === row.slow)
      const pairs: [number | null | undefined, number][] = [
        [trial?.finalEquity, row.final_equity],
        [trial?.metrics.trades, row.trades],
        [trial?.metrics.max_drawdown, row.max_drawdown],
        [trial?.metrics.sharpe, row.sharpe_365],
        [trial?.metrics.sortino, row.sortino_365],
      ]
      for (const [ours, theirs] of pairs) expect(Math.abs((ours ?? Number.NaN) / theirs - 1)).toBeLessThan(1e-8)
    }
  })

  it.each([
    ['sharpe', 'sharpe_365'],
    ['total_return', 'final_equity'],
  ] as const)('names the winner by %s that the other program names', async (target, name) => {
    const [fast, slow] = golden.best[name] ?? []
    const { winner, reused } = await optimise({ ...search, target })
    expect(winner.parameters).toMatchObject({ fast, slow })
    expect(reused).toBe(24)
  })
})
