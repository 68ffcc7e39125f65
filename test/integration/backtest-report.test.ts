import { writeFileSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBenchmark } from '../../src/core/backtest/benchmark.js'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { type LoadedMarket, loadMarket } from '../../src/core/backtest/load/market.js'
import { chartsOf, documentOf } from '../../src/core/backtest/report/build.js'
import { MOST_MARKS } from '../../src/core/backtest/report/chart-data.js'
import { metricText } from '../../src/core/backtest/report/figures.js'
import { reportOf, writeReport } from '../../src/core/backtest/report/page.js'
import { walkForwardPage } from '../../src/core/backtest/report/walk-forward-page.js'
import { type FinishedRun, runReported } from '../../src/core/backtest/run.js'
import { walkForward } from '../../src/core/backtest/walkforward/walk-forward.js'
import { openReader } from '../../src/core/storage/reader.js'
import { buyhold } from '../../src/core/strategies/buyhold.js'
import { defineStrategy } from '../../src/core/strategies/contract.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { needs } from '../support/require.js'
import { type TemporaryFolder, temporaryFolder } from '../support/storage.js'
import { candleRows, DAY_MS, storeBars } from '../support/stored-bars.js'

const CHROMIUM = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

let folder: TemporaryFolder
let market: LoadedMarket

beforeAll(async () => {
  folder = temporaryFolder()
  const file = folder.file('crypto_data.db')
  storeBars(file, (history) => history.upsertCandles(candleRows({ count: 5000 })))
  const reader = openReader(file)
  market = await loadMarket(reader, { symbols: ['BTC'], requirements: { warmup: 30, needs: {} } })
  reader.close()
})

afterAll(() => folder.remove())

function run(strategy = smaCross, parameters = {}): FinishedRun {
  const config = { ...DEFAULT_CONFIG, start: market.start, end: market.end, parameters }
  const named = { strategyName: strategy.name, strategyHash: null, hasBenchmark: true, version: '1.2.3' }
  return runReported({ strategy, config, data: market.data, market, ...named })
}

/** Says with every name and reason what would end an element. */
const hostile = defineStrategy({
  name: 'hostile',
  description: '</script><script>document.title = "broken"</script><img src=x onerror="document.title=1">',
  parameters: { 'a<b>': { kind: 'choice', choices: ['</td>&amp;"\''], default: '</td>&amp;"\'', description: 'x' } },
  warmup: () => 1,
  create: () => ({
    onBar: (view, sink) => {
      if (view.position.quantity === 0) sink.signal({ signal: 'flat', strength: 1, confidence: 1, reason: '</script><b>&amp;' })
    },
  }),
})

needs('chromium')('a report, opened in a browser', () => {
  let browser: Browser

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: CHROMIUM })
  }, 30_000)

  afterAll(() => browser.close())

  async function open(text: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<{ page: Page; troubles: string[] }> {
    const file = folder.file('page.html')
    writeFileSync(file, text)
    const page = await browser.newPage(options)
    const troubles: string[] = []
    page.on('console', (message) => troubles.push(message.text()))
    page.on('pageerror', (error) => troubles.push(String(error)))
    page.on('request', (request) => {
      if (!request.url().startsWith(`file://${file}`)) troubles.push(request.url())
    })
    await page.goto(`file://${file}`)
    return { page, troubles }
  }

  it('asks for nothing, has no error, and says the numbers of the document', async () => {
    const finished = run()
    const { page, troubles } = await open(reportOf([finished]))
    const shown = await page.$$eval('[data-metric]', (rows) =>
      rows.map(
        (row) => [row.getAttribute('data-metric'), row.getAttribute('data-value'), row.querySelector('td')?.textContent] as const,
      ),
    )
    const { metrics } = finished.document
    expect(shown.map(([name]) => name).sort()).toEqual(Object.keys(metrics).sort())
    for (const [name, value, text] of shown) {
      const metric = metrics[name as keyof typeof metrics]
      expect([JSON.parse(value ?? ''), text]).toEqual([metric.value, metricText(metric)])
    }
    expect(await page.getAttribute('html', 'data-drawn')).toBe('3')
    expect(await page.textContent('body')).toContain(finished.document.command)
    expect(troubles).toEqual([])
    await page.close()
  })

  it('fits a phone, keeps to the light of the system and to the one that is chosen', async () => {
    const { page, troubles } = await open(reportOf([run()]), { viewport: { width: 375, height: 800 }, colorScheme: 'dark' })
    const width = () => page.evaluate('document.documentElement.scrollWidth')
    const light = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    expect(await width()).toBe(375)
    const dark = await light()
    await page.click('#theme')
    expect(await light()).not.toBe(dark)
    expect(await page.textContent('#theme')).toBe('Dark')
    await page.emulateMedia({ media: 'print' })
    expect(await page.isVisible('#theme')).toBe(false)
    expect(troubles).toEqual([])
    await page.close()
  })

  it('is not broken by what strategies call themselves, their parameters and their reasons', async () => {
    const { page, troubles } = await open(reportOf([run(hostile)]))
    expect(await page.title()).toBe('hostile: bitcoin')
    expect(await page.textContent('.subject')).toContain('</script><script>')
    expect(await page.$$eval('img, main b', (found) => found.length)).toBe(0)
    expect(await page.textContent('main')).toContain('</td>&amp;"\'')
    expect(troubles).toEqual([])
    await page.close()
  })

  it('of a walk-forward has its windows, the run that they are together, and the numbers of both', async () => {
    const sets = [
      { fast: 3, slow: 12, short: false },
      { fast: 6, slow: 24, short: true },
    ]
    const config = { ...DEFAULT_CONFIG, start: market.start, end: market.end }
    const walk = await walkForward({
      setup: { data: market.data, config, strategy: smaCross, version: '1.2.3', intervalMs: market.intervalMs, warmup: 25 },
      source: { name: 'sma-cross', folder: '.' },
      strategyHash: undefined,
      holder: 'the test',
      folder: folder.file('trials'),
      threads: 1,
      sets,
      names: ['fast', 'slow'],
      target: 'sharpe',
      plan: { train: 60 * DAY_MS, test: 30 * DAY_MS, isAnchored: false },
    })
    const { result } = walk
    const benchmark = runBenchmark({ config: result.config, data: market.data, version: '1.2.3' }, result.timestamps)
    const named = { description: 'Two means', strategyName: 'sma-cross', strategyHash: null, warnings: [] }
    const facts = { result, benchmark, market, ...named }
    const report = {
      document: documentOf(facts),
      charts: chartsOf(facts),
      walk,
      names: ['fast', 'slow'],
      metric: 'sharpe',
    } as const
    const { page, troubles } = await open(walkForwardPage(report), { viewport: { width: 375, height: 800 }, colorScheme: 'dark' })
    const shown = await page.$$eval('[data-window]', (rows) => rows.map((row) => row.getAttribute('data-values')))
    expect(walk.windows.length).toBeGreaterThan(3)
    expect(shown.map((text) => JSON.parse(text ?? ''))).toEqual(
      walk.windows.map((window) => [window.inSample, window.outOfSample, window.totalReturn]),
    )
    const sharpe = await page.getAttribute('[data-metric="sharpe"]', 'data-value')
    expect(JSON.parse(sharpe ?? '')).toBe(walk.performance.sharpe.value)
    expect(await page.getAttribute('html', 'data-drawn')).toBe('3')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    expect(troubles).toEqual([])
    await page.close()
  })

  it('puts several runs on one page', async () => {
    const runs = [run(), run(smaCross, { fast: 5 }), run(buyhold)]
    const { page, troubles } = await open(reportOf(runs))
    expect(await page.getAttribute('html', 'data-drawn')).toBe('1')
    const text = (await page.textContent('main')) ?? ''
    for (const { document } of runs) expect(text).toContain(document.command)
    expect(troubles).toEqual([])
    await page.close()
  })
})

describe('a report', () => {
  it('has as its deepest draw-down the first of its list, also where it came back within the day', () => {
    const { metrics, drawdowns } = run(smaCross, { fast: 2, slow: 5 }).document
    expect(drawdowns[0]?.depth).toBeLessThan(0)
    expect(metrics.max_drawdown.value).toBeCloseTo(drawdowns[0]?.depth ?? 0, 12)
    expect(metrics.max_drawdown.n).toBe(5000 - 29)
  })

  it('has a total return and a draw-down of a few hours without a trade too', () => {
    const config = { ...DEFAULT_CONFIG, start: market.start, end: market.start + 10 * 3_600_000, parameters: {} }
    const named = { strategyName: hostile.name, strategyHash: null, hasBenchmark: true, version: '1.2.3' }
    const { metrics } = runReported({ strategy: hostile, config, data: market.data, market, ...named }).document
    expect([metrics.total_return.value, metrics.max_drawdown.value]).toEqual([0, 0])
  })

  it('marks the trades that mattered most where they are too many, and says so', () => {
    const flips = defineStrategy({
      name: 'flips',
      description: 'In and out',
      parameters: {},
      warmup: () => 1,
      create: () => ({
        onBar: (view, sink) =>
          sink.signal({ signal: view.position.quantity === 0 ? 'long' : 'flat', strength: 1, confidence: 1, reason: 'flip' }),
      }),
    })
    const finished = run(flips)
    expect(finished.document.trades.length).toBeGreaterThan(MOST_MARKS / 2)
    const text = reportOf([finished])
    expect(text).toContain(`the ${MOST_MARKS / 2} trades that made or lost most`)
    expect(text).toMatch(/The first and the last 250 of 2,\d+ trades/)
  })

  it('that cannot be written leaves nothing behind, and does not try for ever', () => {
    expect(() => writeReport(folder.file('crypto_data.db/run.html'), [run()])).toThrow(expect.objectContaining({ exitCode: 74 }))
    if (process.platform !== 'linux') return
    expect(() => writeReport('/proc/no-such-folder/run.html', [run()])).toThrow(expect.objectContaining({ exitCode: 74 }))
  })
})
