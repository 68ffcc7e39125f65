import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { coinSource } from '../../src/core/collect/coingecko-source.js'
import { collectCandles } from '../../src/core/collect/collect-candles.js'
import { createHttp } from '../../src/core/net/http.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { loadCoinProvider } from '../../src/core/providers/registry.js'
import { createFaults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import { openGate } from '../../src/core/sandbox/gate.js'
import { openHistory } from '../../src/core/storage/history.js'
import { HOUR, type JobMarket, LAST_WEEK, rewriting, startJobMarket, storedBars } from '../support/history-job.js'
import { type TemporaryFolder, temporaryFolder } from '../support/storage.js'

const KLINES = '/fapi/v1/klines'
type Kline = [number, string, string, string, string, ...unknown[]]

let market: JobMarket
let folder: TemporaryFolder
let file = ''
let count = 0
beforeAll(async () => {
  market = await startJobMarket()
  folder = temporaryFolder()
})
afterAll(async () => {
  await market.close()
  folder.remove()
})
beforeEach(() => {
  market.gate = openGate
  market.asked.length = 0
  file = folder.file(path.join(`${count++}`, 'history.db'))
})

const candleRequests = () => market.asked.filter((each) => each.includes('kline')).length

describe('collecting candles', () => {
  it.each(['binance', 'binance-spot', 'bybit'])('of %s stores exactly the bars that the exchange has, once', async (exchange) => {
    const { results } = await market.collect(file, { exchange, wish: { coins: ['BTC', 'ethereum'], top: 3 } })
    expect(results).toMatchObject([
      {
        coin: 'bitcoin',
        requested: 168,
        stored: 168,
        updated: 0,
        holes: 0,
        ...{ first: LAST_WEEK.from, last: LAST_WEEK.to - HOUR },
      },
      { coin: 'ethereum', requested: 168, stored: 168 },
    ])
    const truth = market.sandbox.market.view(exchange).candles('BTCUSDT', HOUR, LAST_WEEK.from, LAST_WEEK.to)
    const stored = storedBars(file).filter(({ cryptocurrency }) => cryptocurrency === 'bitcoin')
    expect(stored.map(({ timestamp, open, high, low, close }) => [timestamp, open, high, low, close])).toStrictEqual(
      truth.map(({ openTime, open, high, low, close }) => [openTime, open, high, low, close]),
    )
  })

  it('asks the second time for the last bars only, and changes nothing', async () => {
    await market.collect(file)
    const before = storedBars(file)
    market.asked.length = 0
    const { results } = await market.collect(file)
    expect(results).toMatchObject([{ stored: 0, updated: 0, unchanged: 5, holes: 0 }])
    expect(candleRequests()).toBe(1)
    expect(storedBars(file)).toStrictEqual(before)
  })

  it('asks again for what came without its beginning, and takes it for no coin that was listed later', async () => {
    let answers = 0
    market.gate = rewriting(KLINES, (body) => (++answers === 1 ? (body as Kline[]).slice(100) : body))
    expect((await market.collect(file)).results).toMatchObject([{ requested: 168, stored: 168, holes: 0, first: LAST_WEEK.from }])
  })

  it('remembers that a coin was not listed, and does not ask for that time each night', async () => {
    const isListed = ([time]: Kline) => time >= LAST_WEEK.from + 50 * HOUR
    market.gate = rewriting(KLINES, (body) => (body as Kline[]).filter(isListed))
    const { results } = await market.collect(file)
    expect(results).toMatchObject([{ requested: 168, stored: 118, holes: 0, first: LAST_WEEK.from + 50 * HOUR }])
    market.asked.length = 0
    expect((await market.collect(file)).results).toMatchObject([{ stored: 0, unchanged: 5, holes: 0 }])
    expect(candleRequests()).toBe(1)
  })

  it('by a clock that is a day and a half ahead stores no bar of samples that is not over, and keeps no hole of the days to come', async () => {
    const clock = systemClock()
    const ahead = { ...clock, now: () => clock.now() + 36 * HOUR }
    const http = createHttp({ clock, userAgent: 'mts/test', requestTimeoutMs: 5_000, retry: { times: 0, baseMs: 1, capMs: 1 } })
    const access = { plan: 'keyless', endpoints: market.sandbox.providerUrls['coingecko'] ?? {}, key: undefined }
    const retry = { attempts: 1, baseMs: 1, capMs: 1 }
    const world = { isSandbox: false, clock: ahead, http, access, random: () => 1, signal: new AbortController().signal, retry }
    const history = openHistory({ path: file, clock, programVersion: '1.2.3' })
    try {
      const period = { from: clock.now() - 72 * HOUR, to: ahead.now(), isBack: false }
      const { results } = await collectCandles(
        { history, quarantine: () => undefined, onProgress: () => undefined },
        {
          source: coinSource(world, await loadCoinProvider()),
          wish: { coins: ['bitcoin'], top: 1 },
          ...{ interval: '4h', period, isRecheck: false },
        },
      )
      const bars = storedBars(file)
      expect((bars.at(-1)?.timestamp ?? Number.POSITIVE_INFINITY) + 4 * HOUR).toBeLessThanOrEqual(clock.now() - 45 * 60_000)
      expect(results).toMatchObject([{ requested: bars.length, stored: bars.length, holes: 0, failure: undefined }])
      expect(history.confirmedHoles({ source: 'coingecko', cryptocurrency: 'bitcoin', interval: '4h' }, 0, ahead.now())).toEqual([])
    } finally {
      history.close()
      await http.close()
    }
  })

  it('says of a contract that is not traded any more why its newest bars are missing', async () => {
    const stopped = LAST_WEEK.to - 30 * HOUR
    const info = rewriting('/fapi/v1/exchangeInfo', (body) => {
      const { symbols, ...rest } = body as { readonly symbols: readonly { readonly symbol: string }[] }
      return { ...rest, symbols: symbols.map((each) => (each.symbol === 'BTCUSDT' ? { ...each, status: 'SETTLING' } : each)) }
    })
    const bars = rewriting(KLINES, (body) => (body as Kline[]).filter(([time]) => time < stopped))
    market.gate = (outgoing) => (outgoing.kind === 'response' && outgoing.path === KLINES ? bars : info)(outgoing)
    const { results, warnings } = await market.collect(file)
    expect(results).toMatchObject([{ stored: 138, holes: 30, last: stopped - HOUR }])
    expect(warnings).toEqual([expect.stringContaining('binance does not trade BTCUSDT at present')])
  })

  it('says so where the main contract of a coin is not listed and another one takes its place', async () => {
    market.gate = rewriting('/fapi/v1/exchangeInfo', (body) => {
      const { symbols, ...rest } = body as { readonly symbols: readonly { readonly symbol: string }[] }
      const other = symbols
        .filter(({ symbol }) => symbol === 'BTCUSDT')
        .map((each) => ({ ...each, symbol: 'BTCUSDC', quoteAsset: 'USDC' }))
      return { ...rest, symbols: [...symbols.filter(({ symbol }) => symbol !== 'BTCUSDT'), ...other] }
    })
    const { warnings } = await market.collect(file)
    expect(warnings).toEqual([expect.stringMatching(/does not list BTCUSDT: bars of BTCUSDC are stored as those of bitcoin/)])
  })

  it("stores nothing of an answer that is another symbol's", async () => {
    market.gate = rewriting('/v5/market/kline', (body) => {
      const { result, ...rest } = body as { readonly result: object }
      return { ...rest, result: { ...result, symbol: 'ETHUSDT' } }
    })
    const { results } = await market.collect(file, { exchange: 'bybit' })
    expect(results).toMatchObject([{ stored: 0, failure: { code: 'API_PROTOCOL', message: expect.stringContaining('ETHUSDT') } }])
    expect(storedBars(file)).toEqual([])
  })

  it('counts as updated what the exchange has corrected since', async () => {
    await market.collect(file)
    market.gate = rewriting(KLINES, (body) =>
      (body as Kline[]).map(([time, open, high, ...rest], i, all) => [time, open, i === all.length - 2 ? '999999' : high, ...rest]),
    )
    expect((await market.collect(file)).results).toMatchObject([{ stored: 0, updated: 1, unchanged: 4 }])
    expect(storedBars(file).at(-1)?.high).toBe(999_999)
  })

  it('never stores a bar that is not over, by the time of the exchange', async () => {
    const now = market.sandbox.market.view('binance').now
    const period = { from: now - 5 * HOUR, to: now, isBack: false }
    market.gate = rewriting('/fapi/v1/time', () => ({ serverTime: now - 2 * HOUR }))
    await market.collect(file, { period })
    expect(storedBars(file).at(-1)?.timestamp).toBeLessThanOrEqual(now - 3 * HOUR)
    const hour = Math.floor(now / HOUR) * HOUR
    // The last trades of a bar may come two seconds late.
    market.gate = rewriting('/fapi/v1/time', () => ({ serverTime: hour + 2_000 }))
    await market.collect(file, { period })
    expect(storedBars(file).at(-1)?.timestamp).toBe(hour - HOUR)
  })

  it('keeps prices of one coin where the contract counts a thousand of them', async () => {
    await market.collect(file, { wish: { coins: ['SHIB'], top: 1 } })
    const [truth] = market.sandbox.market.view('binance').candles('1000SHIBUSDT', HOUR, LAST_WEEK.from, LAST_WEEK.to)
    const [bar] = storedBars(file)
    expect(bar?.cryptocurrency).toBe('shiba-inu')
    expect(bar?.close).toBeCloseTo((truth?.close ?? 0) / 1000, 12)
    expect(bar?.volume).toBeCloseTo((truth?.volume ?? 0) * 1000, 3)
  })

  it('begins where the coin was listed: what lies before is no hole, and is not asked for again', async () => {
    const listed = LAST_WEEK.from + 100 * HOUR
    market.gate = rewriting(KLINES, (body) => (body as Kline[]).filter(([time]) => time >= listed))
    expect((await market.collect(file)).results).toMatchObject([{ stored: 68, holes: 0, first: listed }])
    market.asked.length = 0
    await market.collect(file)
    expect(market.asked.filter((each) => each.includes(`startTime=${LAST_WEEK.from}`))).toStrictEqual([])
  })

  it('ranks by what was traded in 24 h, the largest first', async () => {
    const { results } = await market.collect(file, {
      wish: { coins: undefined, top: 2 },
      period: { from: LAST_WEEK.to - HOUR, to: LAST_WEEK.to, isBack: false },
    })
    const tickers = market.sandbox.market.view('binance').listings.map(({ symbol }) => symbol)
    expect(results).toHaveLength(2)
    for (const { symbol } of results) expect(tickers).toContain(symbol)
    expect(new Set(results.map(({ coin }) => coin)).size).toBe(2)
  })

  it.each([
    ['bitcoinn', 'Did you mean bitcoin'],
    ['BTC/USDT:USDT-261225', 'Unknown symbol'],
  ])('refuses %s with what is near', async (name, message) => {
    const error = await market.collect(file, { wish: { coins: [name], top: 1 } }).catch((each: unknown) => each)
    expect(`${error} ${(error as { suggestions: string[] }).suggestions.join()}`).toContain(message)
  })
})

describe('a hole', () => {
  const [from, to] = [LAST_WEEK.from + 50 * HOUR, LAST_WEEK.from + 60 * HOUR]
  const outage = rewriting(KLINES, (body) => (body as Kline[]).filter(([time]) => time < from || time >= to))

  it('is asked for once more before it is one, then remembered and told each time', async () => {
    market.gate = outage
    const { results } = await market.collect(file)
    expect(results).toMatchObject([{ requested: 168, stored: 158, holes: 10, holeRanges: [{ from, to }] }])
    expect(candleRequests()).toBe(2)
    market.asked.length = 0
    const again = await market.collect(file)
    expect(again.results).toMatchObject([{ stored: 0, updated: 0, holes: 10, holeRanges: [{ from, to }] }])
    expect(market.asked.filter((each) => each.includes(`startTime=${from}`))).toStrictEqual([])
  })

  it('is filled by --recheck where the exchange has the bars by now', async () => {
    market.gate = outage
    await market.collect(file)
    market.gate = openGate
    expect((await market.collect(file)).results).toMatchObject([{ stored: 0, holes: 10 }])
    expect((await market.collect(file, { isRecheck: true })).results).toMatchObject([
      { stored: 10, updated: 0, unchanged: 158, holes: 0 },
    ])
  })

  it('of the last day may only be late: it is told, and asked for again', async () => {
    const { now } = market.sandbox.market.view('binance')
    const late = Math.floor(now / HOUR) * HOUR - 3 * HOUR
    const period = { from: late - 5 * HOUR, to: now, isBack: false }
    market.gate = rewriting(KLINES, (body) => (body as Kline[]).filter(([time]) => time !== late))
    expect((await market.collect(file, { period })).results).toMatchObject([{ holes: 1 }])
    market.gate = openGate
    expect((await market.collect(file, { period })).results).toMatchObject([{ stored: 1, holes: 0 }])
  })

  it('is left by a bar that cannot be, which is kept apart with its reason', async () => {
    const bad = LAST_WEEK.from + 7 * HOUR
    market.gate = rewriting(KLINES, (body) =>
      (body as Kline[]).map(([time, open, high, low, ...rest]) =>
        time === bad ? [time, open, low, high, ...rest] : [time, open, high, low, ...rest],
      ),
    )
    const { results, rejected } = await market.collect(file)
    expect(results).toMatchObject([{ stored: 167, rejected: 1, holes: 1, holeRanges: [{ from: bad, to: bad + HOUR }] }])
    expect(rejected).toMatchObject([{ reason: 'the high is below the low', row: { timestamp: bad } }])
  })
})

describe('what goes wrong on the way', () => {
  const faulty = (rules: readonly FaultRule[], seed = 7) => createFaults({ rules, seed, clock: systemClock() })

  it.each([
    [
      'error bodies, cut answers and lost connections',
      [
        { kind: 'error-body', chance: 0.2 },
        { kind: 'truncate', path: '*', chance: 0.2 },
        { kind: 'cut', path: '*', chance: 0.1 },
      ],
    ],
    ['a limit that says how long to wait', [{ kind: '429', path: '*/klines', retryAfter: 1, times: 1 }]],
  ] as [string, FaultRule[]][])('%s: the table is the same as without', async (_, rules) => {
    const period = { from: LAST_WEEK.to - 30 * 168 * HOUR, to: LAST_WEEK.to, isBack: false }
    await market.collect(file, { period })
    const whole = storedBars(file)
    const faults = faulty(rules)
    market.gate = faults.gate
    const other = folder.file(`${count++}-faulty.db`)
    let missing = 0
    // A coin may use up its tries: the next run goes on.
    for (let run = 0; run < 6; run++) {
      const { results } = await market.collect(other, { period }).catch(() => ({ results: [{ failure: 'before the first bar' }] }))
      if (results.every(({ failure }) => failure === undefined)) break
      missing += 1
    }
    expect(faults.truths().length).toBeGreaterThan(0)
    expect(missing).toBeLessThan(6)
    expect(storedBars(other)).toStrictEqual(whole)
  })

  it('fails for one coin with the kind of trouble, and keeps every page that came', async () => {
    const period = { from: LAST_WEEK.to - 1000 * HOUR, to: LAST_WEEK.to, isBack: false }
    let pages = 0
    market.gate = (outgoing) => {
      const isEther = outgoing.kind === 'response' && outgoing.query.get('symbol') === 'ETHUSDT'
      if (!isEther || pages++ === 0) return openGate(outgoing)
      return outgoing.respond('hang-up')
    }
    const { results } = await market.collect(file, { period, wish: { coins: ['BTC', 'ETH'], top: 3 } })
    expect(results).toMatchObject([
      { coin: 'bitcoin', stored: 1000, failure: undefined },
      { coin: 'ethereum', stored: 498, holes: null, failure: { code: 'API_CONNECTION' } },
    ])
    market.gate = openGate
    const next = await market.collect(file, { period, wish: { coins: ['BTC', 'ETH'], top: 3 } })
    expect(next.results).toMatchObject([{ stored: 0 }, { stored: 502, holes: 0 }])
  })
})
