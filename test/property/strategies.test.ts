import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { cutMarket, mapColumns } from '../../src/core/backtest/cut.js'
import { createMarketData, type MarketData } from '../../src/core/backtest/data.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import { seededRandom } from '../../src/core/backtest/random.js'
import type { BacktestResult } from '../../src/core/backtest/result.js'
import { strategyApi } from '../../src/core/backtest/strategy-api.js'
import { DAY_MS } from '../../src/core/market/time.js'
import type { Strategy } from '../../src/core/strategies/contract.js'
import { meanReversion } from '../../src/core/strategies/mean-reversion.js'
import { momentum } from '../../src/core/strategies/momentum.js'
import type { ParameterValues } from '../../src/core/strategies/parameters.js'
import { vixCorrelation } from '../../src/core/strategies/vix-correlation.js'
import { volumeSpike } from '../../src/core/strategies/volume-spike.js'
import { FAULTS } from '../../src/core/strategies/window.js'
import { fearfulDays, fearfulMarket, macroOf } from '../support/strategy-market.js'

const ON_CANDLES = [meanReversion, momentum, vixCorrelation, volumeSpike]
const named = ON_CANDLES.map((strategy) => [strategy.name, strategy] as const)
const DAYS = 400
const whole = fearfulMarket({ days: DAYS, assets: ['bitcoin', 'ethereum'] })

function run(strategy: Strategy, data: MarketData, parameters: ParameterValues = {}): BacktestResult {
  return runBacktest({ ...DEFAULT_CONFIG, parameters }, data, strategy, { version: 'test' })
}

function saidUntil({ decisions }: BacktestResult, time: number): BacktestResult['decisions'] {
  return decisions.filter(({ timestamp }) => timestamp <= time)
}

describe.each(named)('%s', (_, strategy) => {
  const said = run(strategy, whole)

  it('finds something to do in this market, and gives numbers as the reason', () => {
    expect(said.trades.length).toBeGreaterThan(3)
    for (const { reason, strength, confidence } of said.decisions) {
      expect(reason).toMatch(/\d/)
      expect(strength).toBeGreaterThanOrEqual(0)
      expect(confidence).toBeLessThanOrEqual(1)
    }
  })

  it.each([97, 200, 301])('says the same until day %i whatever comes after it', (day) => {
    const time = (whole.traded[0]?.columns.timestamp[day] ?? 0) + DAY_MS
    const random = seededRandom(day)
    const order = Array.from({ length: DAYS }, (_, row) => row).sort((a, b) => (a <= day || b <= day ? a - b : random.next() - 0.5))
    const traded = whole.traded.map((series) => {
      const { timestamp } = series.columns
      const shuffled = mapColumns(series.columns, (column) => Float64Array.from(order, (row) => column[row] ?? Number.NaN))
      return { ...series, columns: { ...shuffled, timestamp } }
    })
    const macro = whole.macro.map((series) => ({
      ...series,
      value: series.value.map((value, i) => ((series.availableAt[i] ?? 0) > time ? 80 - value : value)),
    }))
    const other = run(strategy, createMarketData({ traded, macro }))
    expect(saidUntil(other, time)).toEqual(saidUntil(said, time))
    expect(run(strategy, cutMarket(whole, { until: time })).decisions).toEqual(saidUntil(said, time))
  })

  it('gives a caller the same at any time: parameters, numbers, signals and the run itself', () => {
    const api = strategyApi(strategy, { parameters: { position_size: 0.5 } })
    expect(api.parameters['position_size']).toBe(0.5)
    const result = api.backtest(whole)
    const entry = result.decisions.findLast(({ signal }) => signal !== 'flat')
    const at = entry?.timestamp ?? 0
    const { time, stances } = api.generateSignals(whole, at)
    expect(time).toBe(at)
    const said = stances.find(({ asset }) => asset === entry?.asset)
    expect(said).toMatchObject({
      isNew: true,
      signal: { signal: entry?.signal, reason: entry?.reason, confidence: entry?.confidence },
    })
    expect(api.analyze(whole)).toEqual(result.analysis)
    expect(Object.values(api.analyze(whole, at)['bitcoin'] ?? {})).not.toContain(null)
    expect(() => strategyApi(strategy, { parameters: { position_siz: 1 } })).toThrow('has no parameter position_siz')
  })

  it('is not moved by a macro value that is published after the bar', () => {
    const { candles, vix } = fearfulDays({ days: DAYS, assets: ['bitcoin', 'ethereum'] })
    const date = vix[150]?.date ?? 0
    const revised = [...vix, { date, availableAt: date + 200 * DAY_MS, value: 99 }]
    const traded = candles.map((columns, i) => ({
      asset: ['bitcoin', 'ethereum'][i] ?? '',
      interval: '1d',
      intervalMs: DAY_MS,
      columns,
    }))
    const other = run(strategy, createMarketData({ traded, macro: [macroOf(revised)] }))
    expect(saidUntil(other, date + 199 * DAY_MS)).toEqual(saidUntil(said, date + 199 * DAY_MS))
  })

  it('gives no signal over a hole in the bars, and says so', () => {
    const traded = whole.traded.map((series) => ({
      ...series,
      columns: mapColumns(series.columns, (column) => column.filter((_, row) => row !== 200)),
    }))
    const holed = run(strategy, createMarketData({ traded, macro: whole.macro }))
    const hole = (whole.traded[0]?.columns.timestamp[200] ?? 0) + DAY_MS
    expect(holed.silences.map(({ reason }) => reason)).toContain(FAULTS.barsMissing)
    const entries = holed.decisions.filter(
      ({ signal, timestamp }) => signal !== 'flat' && timestamp > hole && timestamp < hole + 10 * DAY_MS,
    )
    expect(entries).toEqual([])
  })
})

describe('strategies on VIX', () => {
  const { candles, vix } = fearfulDays({ days: DAYS })
  const [columns] = candles
  const marketWith = (values: typeof vix) =>
    createMarketData({
      traded: columns === undefined ? [] : [{ asset: 'bitcoin', interval: '1d', intervalMs: DAY_MS, columns }],
      macro: [macroOf(values)],
    })

  it.each([meanReversion, vixCorrelation])('say nothing by a value of more than a week ago', (strategy) => {
    const end = vix[100]?.date ?? 0
    const { decisions, silences } = run(strategy, marketWith(vix.slice(0, 101)))
    expect(silences).toContainEqual({ reason: FAULTS.macroStale, count: expect.any(Number) })
    expect(decisions.filter(({ signal, timestamp }) => signal !== 'flat' && timestamp > end + 8 * DAY_MS)).toEqual([])
  })

  it('end with the command that gets the series where there is none', () => {
    const { traded } = marketWith(vix)
    expect(() => run(vixCorrelation, createMarketData({ traded }))).toThrow('vix-correlation needs the macro series VIX')
  })

  it('take no correlation over a hole of the series', () => {
    const { silences } = run(vixCorrelation, marketWith(vix.filter((_, i) => i < 150 || i > 158)))
    expect(silences.map(({ reason }) => reason)).toContain(FAULTS.macroMissing)
  })
})

describe('volume-spike', () => {
  it('refuses bars without a traded volume, and keeps silent over a bar without one', () => {
    const bare = (isBare: (row: number) => boolean) =>
      createMarketData({
        traded: whole.traded.map((series) => ({
          ...series,
          columns: { ...series.columns, volume: series.columns.volume.map((volume, row) => (isBare(row) ? Number.NaN : volume)) },
        })),
      })
    expect(() =>
      run(
        volumeSpike,
        bare(() => true),
      ),
    ).toThrow('volume-spike needs traded volume of bitcoin')
    const { silences } = run(
      volumeSpike,
      bare((row) => row === 300),
    )
    expect(silences).toContainEqual({ reason: FAULTS.noVolume, count: 2 * 21 })
  })
})

describe('what the strategies on candles have in common', () => {
  it('leaves at the stop, and enters again only after the reason was gone', () => {
    const parameters = { 'risk_management.stop_loss': 0.02, 'risk_management.volatility_adjustment': false }
    const { decisions, trades } = run(meanReversion, fearfulMarket({ days: 1500 }), parameters)
    const stops = decisions.filter(({ reason }) => reason.startsWith('stop-loss'))
    expect(stops.length).toBeGreaterThan(0)
    for (const stop of stops) {
      const next = decisions.find(({ timestamp }) => timestamp > stop.timestamp)
      expect((next?.timestamp ?? Number.POSITIVE_INFINITY) - stop.timestamp).toBeGreaterThan(DAY_MS)
    }
    expect(trades.filter(({ return: gain }) => gain < -0.2)).toEqual([])
  })

  it('takes position_size of equity, and less where volatility is above its target', () => {
    const sizes = (isAdjusted: boolean): number[] => {
      const parameters = { position_size: 0.1, volatility_target: 0.2, 'risk_management.volatility_adjustment': isAdjusted }
      return run(momentum, whole, parameters).trades.map(
        ({ quantity, entryPrice }) => (quantity * entryPrice) / DEFAULT_CONFIG.cash,
      )
    }
    for (const size of sizes(false)) expect(Math.abs(size - 0.1)).toBeLessThan(0.02)
    const adjusted = sizes(true)
    expect(Math.min(...adjusted)).toBeLessThan(0.05)
    expect(Math.max(...adjusted)).toBeLessThan(0.11)
  })

  it('enters nothing below min_confidence', () => {
    const { decisions, silences } = run(vixCorrelation, whole, { min_confidence: 0.97 })
    expect(decisions.filter(({ signal, confidence }) => signal !== 'flat' && (confidence ?? 0) < 0.97)).toEqual([])
    expect(silences.map(({ reason }) => reason)).toContain('the confidence lies below min_confidence')
  })
})
