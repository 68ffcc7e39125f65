import { expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { createMarketData, type MacroData, type MarketData } from '../../src/core/backtest/data.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import type { Analysis, Strategy } from '../../src/core/strategies/contract.js'
import { meanReversion } from '../../src/core/strategies/mean-reversion.js'
import { momentum } from '../../src/core/strategies/momentum.js'
import type { ParameterValues } from '../../src/core/strategies/parameters.js'
import { vixCorrelation } from '../../src/core/strategies/vix-correlation.js'
import { volumeSpike } from '../../src/core/strategies/volume-spike.js'
import { DAY_MS, GOLDEN, goldenColumns, goldenJson } from '../support/golden.js'
import { needsFiles } from '../support/require.js'

/** What the strategy measured on each day, by the day. */
function measured(strategy: Strategy, data: MarketData, parameters: ParameterValues): Map<string, Analysis> {
  const days = new Map<string, Analysis>()
  const listening: Strategy = {
    ...strategy,
    create: (values) => {
      const run = strategy.create(values)
      return {
        onBar(view, sink) {
          run.onBar(view, sink)
          days.set(new Date(view.bars.timestamp(0)).toISOString().slice(0, 10), run.analysis?.() ?? {})
        },
      }
    },
  }
  runBacktest({ ...DEFAULT_CONFIG, parameters }, data, listening, { version: 'test' })
  return days
}

needsFiles(GOLDEN)('what the strategies measure', () => {
  const btc = goldenColumns('data/btc_usdt_daily.csv')
  const vix = goldenColumns('data/vix_daily.csv')
  const traded = [{ asset: 'bitcoin', interval: '1d', intervalMs: DAY_MS, columns: btc }]
  // Known at the close of the day's bar.
  const macro: MacroData = {
    indicator: 'VIX',
    date: vix.timestamp,
    availableAt: vix.timestamp.map((date) => date + DAY_MS),
    value: vix.close,
  }

  it('is the correlation with VIX of pandas, on every day that both trade', () => {
    const { results } = goldenJson<{ results: { trading_days: { dates: string[]; corr_diff: number[] } } }>(
      'series/rolling_corr_btc_vix_30.json',
    )
    const { dates, corr_diff: wanted } = results.trading_days
    const days = measured(vixCorrelation, createMarketData({ traded, macro: [macro] }), { lookback_days: 30 })
    expect(dates.length).toBeGreaterThan(800)
    for (const [i, date] of dates.entries()) {
      const found = days.get(date)
      expect(found?.['vix_date']).toBe(date)
      expect(Math.abs(Number(found?.['correlation']) - (wanted[i] ?? Number.NaN)), date).toBeLessThanOrEqual(1e-9)
    }
  })

  it('is the momentum, volatility, volume ratio and z-score of pandas', () => {
    const golden =
      goldenJson<Record<'z_ddof1' | 'volume_ratio' | 'momentum' | 'log_return_sd_ddof1_annualised_365', number[]>>(
        'series/rolling_btc_20.json',
      )
    const data = createMarketData({ traded })
    const trend = [...measured(momentum, data, { lookback_days: 20 }).values()].slice(20)
    const spikes = [...measured(volumeSpike, data, { lookback_bars: 20 }).values()].slice(20)
    const reversion = [...measured(meanReversion, createMarketData({ traded, macro: [macro] }), { lookback_days: 20 }).values()]
    const expectAll = (found: readonly unknown[], wanted: readonly number[]): void => {
      expect(found.length).toBe(wanted.length)
      for (const [i, value] of found.entries()) {
        expect(Math.abs(Number(value ?? Number.NaN) - (wanted[i] ?? Number.NaN)), `row ${i}`).toBeLessThanOrEqual(1e-9)
      }
    }
    expectAll(
      trend.map((day) => day['momentum']),
      golden.momentum,
    )
    expectAll(
      reversion.slice(19).map((day) => day['z']),
      golden.z_ddof1,
    )
    expectAll(
      spikes.map((day) => day['volume_ratio']),
      golden.volume_ratio,
    )
    expectAll(
      trend.map((day) => day['volatility']),
      golden.log_return_sd_ddof1_annualised_365,
    )
  })
})
