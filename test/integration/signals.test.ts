import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cutMarket } from '../../src/core/backtest/cut.js'
import { runBacktest } from '../../src/core/backtest/engine.js'
import type { Decision } from '../../src/core/backtest/result.js'
import { sayingOf } from '../../src/core/backtest/saying.js'
import { prepareBacktest } from '../../src/core/cli/backtest/prepare.js'
import { settingsFiles } from '../../src/core/cli/strategies/settings-files.js'
import { type HearRequest, hearAll, type StrategyJob } from '../../src/core/live/signals/hear.js'
import { rowsOf, writeSignals } from '../../src/core/live/signals/keep.js'
import { makeSignals, type SignalsRequest } from '../../src/core/live/signals/make.js'
import { DAY_MS } from '../../src/core/market/time.js'
import { aggregate } from '../../src/core/signals/aggregate.js'
import { openReader, type Reader } from '../../src/core/storage/reader.js'
import type { CandleRow, MacroRow, SignalRow } from '../../src/core/storage/rows.js'
import { STRATEGIES } from '../../src/core/strategies/registry.js'
import { settingsOfStrategy } from '../../src/core/strategies/settings.js'
import { USUAL_FLAGS } from '../support/backtest-flags.js'
import { NOW, opinion, rules } from '../support/opinions.js'
import { history, temporaryFolder } from '../support/storage.js'
import { type Days, fearfulDays } from '../support/strategy-market.js'

const folder = temporaryFolder()
const DAYS = 480
const ASSETS = ['bitcoin', 'ethereum']
const market = fearfulDays({ days: DAYS, assets: ASSETS })
const first = market.candles[0]?.timestamp[0] ?? 0
const end = first + DAYS * DAY_MS
const file = folder.file('signals.db')
let reader: Reader

function candleRows({ candles }: Days): CandleRow[] {
  return candles.flatMap((columns, i) =>
    [...columns.timestamp].map((timestamp, row) => ({
      source: 'binance',
      cryptocurrency: ASSETS[i] ?? '',
      interval: '1d',
      timestamp,
      open: columns.open[row] ?? 0,
      high: columns.high[row] ?? 0,
      low: columns.low[row] ?? 0,
      close: columns.close[row] ?? 0,
      volume: columns.volume[row] ?? 0,
      quality: '',
    })),
  )
}

function macroRows({ vix }: Days): MacroRow[] {
  return vix.map(({ date, availableAt, value }) => ({
    indicator: 'VIX',
    date: new Date(date).toISOString().slice(0, 10),
    value,
    isInterpolated: false,
    isForwardFilled: false,
    quality: '',
    availableAt,
  }))
}

function fill(name: string, days: Days, isWanted: (row: CandleRow) => boolean = () => true): void {
  const store = history(name)
  store.upsertCandles(candleRows(days).filter(isWanted))
  store.upsertMacro(macroRows(days))
  store.close()
}

beforeAll(() => {
  fill(file, market)
  reader = openReader(file)
})
afterAll(() => {
  reader.close()
  folder.remove()
})

function jobsOf(names: readonly string[], assets = ASSETS): StrategyJob[] {
  return STRATEGIES.filter(({ name }) => names.includes(name)).map((strategy) => ({
    strategy,
    settings: settingsOfStrategy(strategy, settingsFiles(process.cwd())),
    assets,
  }))
}

function hearing(at: number, changes: Partial<HearRequest> = {}): HearRequest {
  return { at, isPast: true, maxIntervals: 2, source: undefined, interval: undefined, version: 'test', ...changes }
}

function asking(at: number, changes: Partial<SignalsRequest> = {}): SignalsRequest {
  return {
    ...hearing(at),
    jobs: jobsOf(STRATEGIES.map(({ name }) => name)),
    conflict: 'weighted',
    minConfidence: undefined,
    maxPortfolioRisk: undefined,
    usualSize: 0.02,
    ...changes,
  }
}

function numbersOf({ timestamp, signal, strength, confidence }: Decision) {
  return [timestamp, signal, strength, confidence]
}

describe.each(STRATEGIES.map(({ name }) => name))('%s', (name) => {
  it('says on each bar of a year what its backtest decided there', async () => {
    const session = { config: { symbols: ['BTC'], strategyPaths: [] } } as unknown as Parameters<typeof prepareBacktest>[0]
    const { config, data, strategy } = await prepareBacktest(session, reader, {
      ...USUAL_FLAGS,
      symbols: ['bitcoin'],
      strategy: name,
    })
    const whole = runBacktest(config, data, strategy, { version: 'test' })
    const closes = whole.timestamps.slice(-365)
    const decidedAt = (close: number) => whole.decisions.filter(({ timestamp }) => timestamp === close)
    const told = [...closes].map((close) => sayingOf(config, cutMarket(data, { until: close }), strategy, 'test'))
    expect(told.map(({ time }) => time)).toEqual([...closes])
    expect(told.map(({ decisions }) => decisions)).toEqual([...closes].map(decidedAt))
    const news = told.flatMap(({ stances }) => stances.filter(({ isNew }) => isNew))
    const said = whole.decisions.filter(({ timestamp }) => timestamp >= (closes[0] ?? 0))
    expect(news.map(({ saidAt, signal }) => [saidAt, signal.signal, signal.strength, signal.confidence])).toEqual(
      said.map(numbersOf),
    )
    // The same by way of the database, some hours later.
    for (const close of closes.filter((_, i) => i % 36 === 0)) {
      const { opinions, notRun } = await hearAll(reader, jobsOf([name], ['bitcoin']), hearing(close + 5 * 3_600_000))
      expect(notRun).toEqual([])
      const heard = opinions.filter(({ isNew }) => isNew)
      expect(heard.map(({ saidAt, signal, strength, confidence }) => [saidAt, signal, strength, confidence])).toEqual(
        decidedAt(close).map(numbersOf),
      )
    }
    // A year in which nothing is said would prove nothing; holding speaks once, at its beginning.
    if (name !== 'buyhold') expect(said.length).toBeGreaterThan(3)
  })
})

describe('what became known later', () => {
  it('changes no signal of before: neither bars nor values', async () => {
    const at = first + 300 * DAY_MS
    const changed: Days = {
      candles: market.candles.map((columns) => ({
        ...columns,
        close: columns.close.map((price, i) => (i >= 300 ? price * 3 : price)),
        high: columns.high.map((price, i) => (i >= 300 ? price * 4 : price)),
      })),
      vix: market.vix.map((day) => (day.availableAt > at ? { ...day, value: day.value + 40 } : day)),
    }
    const other = folder.file('later.db')
    fill(other, changed)
    const changedReader = openReader(other)
    const before = await makeSignals(reader, asking(at))
    const after = await makeSignals(changedReader, asking(at))
    changedReader.close()
    expect(before.signals.length + before.dropped.length).toBeGreaterThan(0)
    expect(after).toEqual(before)
  })
})

describe('too little to say anything', () => {
  it('is told for each asset, with the command that gets it, and the others speak', async () => {
    const made = await makeSignals(reader, asking(end, { jobs: jobsOf(['momentum'], ['bitcoin', 'binancecoin']) }))
    expect(made.notRun).toMatchObject([
      {
        strategy: 'momentum',
        asset: 'binancecoin',
        code: 'DATA_MISSING',
        suggestions: ['Get them: mts collect --source binance --coins binancecoin --days 365 --to 2024-04-25'],
      },
    ])
    expect(made.signals.length + made.dropped.length + made.silent.length).toBe(1)
  })

  it('is a macro series that is not there, or bars or values that end too long before', async () => {
    const bare = folder.file('bare.db')
    const store = history(bare)
    store.upsertCandles(candleRows(market))
    store.close()
    const bareReader = openReader(bare)
    const jobs = jobsOf(['vix-correlation'], ['bitcoin'])
    const missing = await makeSignals(bareReader, asking(end, { jobs }))
    expect(missing.notRun).toMatchObject([{ code: 'DATA_MISSING', suggestions: ['Get it: mts macro --indicators VIX'] }])
    expect(missing.marketContext).toMatchObject({ vixLevel: null, correlationBtcVix: null })
    expect(missing.marketContext.reasons['vix_level']).toContain('mts macro --indicators VIX')
    bareReader.close()
    const late = await makeSignals(reader, asking(end + 3 * DAY_MS, { jobs, isPast: false }))
    expect(late.notRun).toMatchObject([
      {
        code: 'DATA_STALE',
        suggestions: ['Get the rest: mts collect --source binance --coins bitcoin --interval 1d --from 2024-04-25'],
      },
    ])
    const early = await makeSignals(reader, asking(first + 3 * DAY_MS, { jobs }))
    expect(early.notRun.map(({ code }) => code)).toEqual(['DATA_TOO_SHORT'])
  })

  it('is a hole among the bars that the strategy looks back on: what it says does not count', async () => {
    const holed = folder.file('holed.db')
    const days = [300, 335, 370, 405]
    fill(holed, market, ({ timestamp }) => !days.includes((timestamp - first) / DAY_MS + 10))
    const holedReader = openReader(holed)
    const jobs = jobsOf(['sma-cross', 'zscore-reversion', 'buyhold'])
    const dropped: string[] = []
    for (const day of days) {
      const made = await makeSignals(holedReader, asking(first + day * DAY_MS, { jobs }))
      // Holding looks back on nothing.
      expect(made.signals.map(({ strategy }) => strategy)).toEqual(['buyhold', 'buyhold'])
      dropped.push(...made.dropped.map(({ why }) => why))
    }
    expect(dropped.length).toBeGreaterThan(3)
    for (const why of dropped) expect(why).toMatch(/^1 of the last \d+ 1d bars are missing$/)
    holedReader.close()
  })
})

describe('the market around', () => {
  it('is measured on bars that reach the moment, whatever else is stored of the asset', async () => {
    const both = folder.file('both.db')
    const store = history(both)
    // In the order of their names, the one that ended comes first.
    const rows = candleRows(market)
    store.upsertCandles(rows.filter(({ timestamp }) => timestamp < first + 200 * DAY_MS))
    store.upsertCandles(rows.map((row) => ({ ...row, source: 'bybit' })))
    store.upsertMacro(macroRows(market))
    store.close()
    const bothReader = openReader(both)
    const made = await makeSignals(bothReader, asking(end, { jobs: jobsOf(['momentum'], ['bitcoin']), source: 'bybit' }))
    bothReader.close()
    const usual = await makeSignals(reader, asking(end, { jobs: jobsOf(['momentum'], ['bitcoin']) }))
    expect(made.marketContext).toEqual(usual.marketContext)
    expect(made.marketContext.correlationBtcVix).not.toBeNull()
  })
})

describe('what is kept', () => {
  it('is one row for each signal, however often it is made, and one file that is whole', async () => {
    const kept = folder.file('kept.db')
    fill(kept, market)
    const keptReader = openReader(kept)
    const made = await makeSignals(keptReader, asking(end))
    const later = await makeSignals(keptReader, asking(end + 3_600_000))
    const store = history(kept)
    const rows = rowsOf(made, 1)
    expect(rows.length).toBeGreaterThan(2)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
    expect(store.saveSignals(rows)).toBe(rows.length)
    expect(store.saveSignals(rowsOf(later, 2))).toBe(0)
    store.close()
    expect(
      keptReader
        .signals()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(rows.map(({ id }) => id).sort())
    expect(keptReader.signals().every(({ createdAt }) => createdAt === 1)).toBe(true)
    keptReader.close()
    const place = folder.file('data')
    const written = writeSignals(place, made.timestamp, '{"whole":true}\n')
    writeSignals(place, made.timestamp, '{"whole":true}\n')
    expect(readdirSync(path.join(place, 'signals'))).toEqual(['2024-04-25T00-00-00.000Z.json'])
    expect(JSON.parse(readFileSync(written, 'utf8'))).toEqual({ whole: true })
  })

  it('says of what all hold since when they do, not when somebody else left', async () => {
    const made = await makeSignals(reader, asking(end))
    const saidAt = NOW - 5 * DAY_MS
    const said = [opinion({ strategy: 'stayer', saidAt }), opinion({ strategy: 'leaver', signal: 'flat', size: null })]
    const rows = rowsOf({ ...made, dropped: [], ...aggregate(said, rules()) }, 1)
    expect(rows.map(({ strategy, timestamp }) => [strategy, timestamp])).toEqual([
      ['stayer', saidAt],
      ['leaver', NOW],
      ['combined', saidAt],
    ])
  })

  it('is a track record by which strategies are weighed, of signals whose week was over by then', async () => {
    const tracked = folder.file('tracked.db')
    fill(tracked, market)
    const store = history(tracked)
    const closes = market.candles[0]?.close ?? new Float64Array()
    const opens = market.candles[0]?.open ?? new Float64Array()
    /** Right on every day: it knows the week to come. */
    const rows = Array.from({ length: 100 }, (_, i): SignalRow => {
      const day = 300 + i
      const isUp = (closes[day + 6] ?? 0) > (opens[day] ?? 0)
      return {
        id: `row-${i}`,
        timestamp: first + day * DAY_MS,
        strategy: 'buyhold',
        asset: 'bitcoin',
        signal: isUp ? 'long' : 'short',
        strength: 'STRONG',
        confidence: 1,
        positionSize: 0.02,
        riskLevel: null,
        expiresAt: null,
        context: { source: 'binance', interval: '1d' },
        createdAt: 1,
      }
    })
    store.saveSignals(rows)
    store.close()
    const trackedReader = openReader(tracked)
    const at = first + 350 * DAY_MS
    const made = await makeSignals(trackedReader, asking(at, { jobs: jobsOf(['buyhold']) }))
    trackedReader.close()
    // Those of day 300 to 343.
    expect(made.rules.records).toEqual({ buyhold: { hits: 44, count: 44 } })
    expect(made.signals[0]?.weight).toBeCloseTo((2 * 54) / 64, 12)
  })
})
