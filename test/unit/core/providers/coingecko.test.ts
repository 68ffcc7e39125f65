import { describe, expect, it } from 'vitest'
import type { CoinRank, PricePoint } from '../../../../src/core/providers/contract.js'
import { loadCoinProvider } from '../../../../src/core/providers/registry.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOON = Date.UTC(2026, 10, 21, 12)
const MIDNIGHT = Date.UTC(2026, 10, 21)
const provider = await loadCoinProvider()

const point = (timestamp: number, price: number | null, volume24h: number | null = null): PricePoint => ({
  timestamp,
  price,
  marketCap: null,
  volume24h,
})
const all = { from: 0, to: Number.MAX_SAFE_INTEGER }

describe('refusals of CoinGecko', () => {
  const parse = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    const answer = { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
    return () => provider.rest.chart.parse(answer, { coin: 'bitcoin', from: 0, to: 1 })
  }
  const status = (code: number, message = 'words') => ({ status: { error_code: code, error_message: message } })

  it.each([
    ['a 200 that carries a 429', 200, status(429), 'API_RATE_LIMIT', ''],
    ['a 429', 429, status(429), 'API_RATE_LIMIT', ''],
    ['a 429 in plain text', 429, 'Throttled', 'API_RATE_LIMIT', ''],
    ['more than 365 days', 401, { error: { status: { error_code: 10012, error_message: 'x' } } }, 'API_REJECTED', '365 days'],
    [
      'more than 365 days, as a 200',
      200,
      { error: { status: { error_code: 10012, error_message: 'x' } } },
      'API_REJECTED',
      '365 days',
    ],
    ['no User-Agent', 403, status(403, 'Please add a descriptive User-Agent'), 'CONFIG_USER_AGENT', 'User-Agent'],
    ['an unknown coin', 404, { error: 'coin not found' }, 'API_REJECTED', 'bitcoin'],
    ['a missing key', 401, status(10002), 'CONFIG_BAD_KEY', 'COINGECKO_API_KEY'],
    ['an endpoint beyond the plan', 401, status(10005), 'API_REJECTED', 'plan'],
    ['a rejected key', 401, status(10006), 'CONFIG_BAD_KEY', 'COINGECKO_API_KEY'],
    ['a pro key at the public host', 400, status(10010), 'CONFIG_BAD_KEY', 'to pro'],
    ['a demo key at the pro host', 400, status(10011), 'CONFIG_BAD_KEY', 'to demo'],
    ['a 401 about plans', 401, status(401, 'exclusive to paid plan subscribers'), 'API_REJECTED', 'plan'],
    ['a 401 about the key', 401, status(401, 'invalid api key'), 'CONFIG_BAD_KEY', 'COINGECKO_API_KEY'],
    ['the firewall', 403, status(1020, 'Access denied'), 'API_REJECTED', 'firewall'],
    ['a page of HTML', 403, '<html>Access denied</html>', 'API_REJECTED', 'firewall'],
    ['the flat form', 500, { error_code: 500, status: 'Internal Error' }, 'API_CONNECTION', 'later'],
    ['an empty 503', 503, '', 'API_CONNECTION', 'later'],
    ['a page of HTML with 200', 200, '<!DOCTYPE html>', 'API_PROTOCOL', 'proxy'],
  ])('tells %s for what it is', (_, http, body, code, hint) => {
    const suggestions = hint === '' ? expect.anything() : expect.arrayContaining([expect.stringContaining(hint)])
    expect(parse(http, body)).toThrow(expect.objectContaining({ code, suggestions }))
  })

  it.each([
    ['seconds', { 'retry-after': '7' }, { ms: 7_000, isExact: true }],
    ['a time of its own', { 'x-ratelimit-reset': '2026-11-21 12:00:45 +0000' }, { ms: 45_000, isExact: true }],
    ['a time in another zone', { 'x-ratelimit-reset': '2026-11-21 13:01:00 +0100' }, { ms: MINUTE, isExact: true }],
    [
      'both, where seconds come first',
      { 'retry-after': '7', 'x-ratelimit-reset': '2026-11-21 12:00:45 +0000' },
      { ms: 7_000, isExact: true },
    ],
    ['neither', {}, { ms: MINUTE, isExact: false }],
    ['rubbish', { 'retry-after': 'soon', 'x-ratelimit-reset': 'later' }, { ms: MINUTE, isExact: false }],
  ])('learns the pause from %s', (_, headers: Record<string, string>, pause) => {
    for (const http of [200, 429]) {
      expect(provider.bans.pause?.({ status: http, headers, body: JSON.stringify(status(429)) }, NOON)).toEqual(pause)
    }
  })

  it('takes no chart for a refusal, whatever numbers it holds', () => {
    const body = JSON.stringify({ prices: [[429, 429]], market_caps: [], total_volumes: [] })
    expect(provider.bans.pause?.({ status: 200, headers: {}, body }, NOON)).toBeUndefined()
  })
})

describe('points of a chart', () => {
  const chartOf = (body: object) =>
    provider.rest.chart.parse({ status: 200, headers: {}, body: JSON.stringify(body) }, { coin: 'bitcoin', from: 0, to: 1 }).rows

  it('are joined by their stamps, not by their places', () => {
    const rows = chartOf({
      prices: [
        [2000, 20],
        [1000, 10],
        [3000, null],
      ],
      market_caps: [[2000, 0]],
      total_volumes: [
        [3000, 3],
        [1000, 1],
      ],
    })
    expect(rows).toEqual([
      { timestamp: 1000, price: 10, marketCap: null, volume24h: 1 },
      { timestamp: 2000, price: 20, marketCap: null, volume24h: null },
      { timestamp: 3000, price: null, marketCap: null, volume24h: 3 },
    ])
  })
})

describe('candles of samples', () => {
  it('makes 365 closed bars and a partial one of a year of daily points and a live one', () => {
    const points = Array.from({ length: 365 }, (_, i) => point(MIDNIGHT - i * DAY, 100 + i, 5_000))
    const now = MIDNIGHT + 15 * HOUR + 82_000
    const bars = provider.sampled([...points, point(now, 99, 6_000)], { interval: '1d', ...all, now })
    expect(bars.filter(({ quality }) => quality.includes('partial'))).toEqual([bars.at(-1)])
    expect(bars).toHaveLength(366)
    expect(bars[364]).toMatchObject({ timestamp: MIDNIGHT - DAY, open: 100, high: 100, low: 100, close: 100, volume: null })
    expect(bars[364]?.quality).toBe('sampled,synthetic')
    expect(bars[365]).toMatchObject({ timestamp: MIDNIGHT, close: 99, volume: null })
  })

  it('never makes a volume of neighbouring 24 h volumes', () => {
    const points = Array.from({ length: 96 }, (_, i) => point(MIDNIGHT - 96 * HOUR + i * HOUR + 40_000, 100, 1_000 + i))
    const bars = provider.sampled(points, { interval: '4h', ...all, now: NOON })
    expect(new Set(bars.map(({ volume }) => volume))).toEqual(new Set([null]))
    expect(bars.map(({ volume24h }) => volume24h)).toEqual(Array.from({ length: 24 }, (_, i) => 1_003 + 4 * i))
  })

  it('takes what was traded in the 24 h up to a day’s end for no volume of the day', () => {
    const points = Array.from({ length: 49 }, (_, i) => point(MIDNIGHT - 48 * HOUR + i * HOUR + 40_000, 200, 10_000))
    const bars = provider.sampled(points, { interval: '1d', from: MIDNIGHT - DAY, to: MIDNIGHT, now: NOON })
    expect(bars).toMatchObject([{ timestamp: MIDNIGHT - DAY, volume: null, volume24h: 10_000, samples: 24, quality: 'sampled' }])
  })

  it('keeps to its own time: the first and last sample within it', () => {
    const times = [0, 61, 122, 181, 239, 241]
    const points = times.map((minutes, i) => point(MIDNIGHT + minutes * MINUTE, [5, 9, 1, 4, 6, 700][i] ?? 0))
    const [bar] = provider.sampled(points, { interval: '4h', ...all, now: NOON })
    expect(bar).toMatchObject({ timestamp: MIDNIGHT, open: 5, high: 9, low: 1, close: 6, samples: 5, expectedSamples: 4 })
  })

  it('drops what is no price, takes the later of two with one stamp, and counts what is left', () => {
    const points = [
      point(MIDNIGHT, 5),
      point(MIDNIGHT, 6),
      ...[1, 2, 3].map((hour) => point(MIDNIGHT + hour * HOUR, [0, -1, null][hour - 1] ?? null)),
    ]
    const grid = [4, 5, 6, 7].map((hour) => point(MIDNIGHT + hour * HOUR, 8))
    const bars = provider.sampled([...points, ...grid], { interval: '4h', ...all, now: NOON })
    expect(bars.map(({ open, samples, quality }) => [open, samples, quality])).toEqual([
      [6, 1, 'sampled,sparse'],
      [8, 4, 'sampled'],
    ])
  })

  it('makes no bar where there is no sample, and fills nothing', () => {
    const points = [0, 1, 2, 3, 8, 9, 10, 11].map((hour) => point(MIDNIGHT - DAY + hour * HOUR, 1))
    const bars = provider.sampled(points, { interval: '4h', ...all, now: NOON })
    expect(bars.map(({ timestamp }) => timestamp - MIDNIGHT + DAY)).toEqual([0, 8 * HOUR])
  })

  it('calls a bar partial until its last samples are surely told', () => {
    const points = Array.from({ length: 8 }, (_, i) => point(MIDNIGHT + i * HOUR, 1))
    const at = (now: number) => provider.sampled(points, { interval: '4h', ...all, now }).at(-1)?.quality
    expect(at(MIDNIGHT + 8 * HOUR + 20 * MINUTE)).toBe('sampled,partial')
    expect(at(MIDNIGHT + 8 * HOUR + 40 * MINUTE)).toBe('sampled')
  })

  it.each(['5m', '1h', '2h'])('refuses bars of %s from hourly samples', (interval) => {
    const points = Array.from({ length: 48 }, (_, i) => point(MIDNIGHT - i * HOUR, 1))
    expect(() => provider.sampled(points, { interval, ...all, now: NOON })).toThrow(
      expect.objectContaining({ code: 'DATA_TOO_COARSE' }),
    )
  })
})

describe('CoinGecko’s own candles', () => {
  it('open half an hour before they are stamped', () => {
    const body = JSON.stringify([[1_779_201_000_000, 1, 2, 0.5, 1.5]])
    const { rows } = provider.rest.candles.parse({ status: 200, headers: {}, body }, { coin: 'bitcoin', days: 1 })
    expect(rows).toEqual([{ timestamp: 1_779_199_200_000, open: 1, high: 2, low: 0.5, close: 1.5, length: 30 * MINUTE }])
  })

  it('leave out the running one, which is stamped off the grid', () => {
    const body = JSON.stringify([
      [MIDNIGHT, 1, 1, 1, 1],
      [MIDNIGHT + 7 * MINUTE, 2, 2, 2, 2],
    ])
    const { rows } = provider.rest.candles.parse({ status: 200, headers: {}, body }, { coin: 'bitcoin', days: 7 })
    expect(rows.map(({ timestamp }) => timestamp)).toEqual([MIDNIGHT - 4 * HOUR])
  })
})

describe('the requests for a range', () => {
  const plan = (interval: string, from: number, to: number, name = 'keyless') =>
    provider.plan({ coin: 'bitcoin', interval, from, to, now: NOON, plan: name })

  it('ask for a year in pieces that bring hourly samples, and lose no bar between them', () => {
    const { pieces, interval, clampedFrom } = plan('auto', MIDNIGHT - 360 * DAY, MIDNIGHT)
    expect(interval).toBe('1d')
    expect(clampedFrom).toBeUndefined()
    expect(pieces.length).toBeLessThanOrEqual(5)
    expect(pieces[0]?.from).toBe(MIDNIGHT - 360 * DAY)
    expect(pieces.at(-1)?.to).toBe(MIDNIGHT)
    for (const [i, { from, to, query }] of pieces.entries()) {
      if (i > 0) expect(from).toBe(pieces[i - 1]?.to)
      expect(query.to - query.from).toBeLessThanOrEqual(90 * DAY)
      expect(query.to - query.from).toBeGreaterThan(DAY)
      expect(query.from).toBeLessThanOrEqual(from)
      expect(query.to).toBeGreaterThanOrEqual(Math.min(to + HOUR, NOON))
    }
  })

  it('go back 365 days without a paid plan, to the first whole bar, and say so', () => {
    for (const name of ['keyless', 'demo']) {
      const { pieces, clampedFrom = 0 } = plan('1d', MIDNIGHT - 800 * DAY, MIDNIGHT, name)
      expect(clampedFrom % DAY).toBe(0)
      expect(clampedFrom).toBeGreaterThan(NOON - 365 * DAY)
      expect(clampedFrom).toBeLessThan(NOON - 363 * DAY)
      expect(Math.min(...pieces.map(({ query }) => query.from))).toBeGreaterThan(NOON - 365 * DAY)
    }
    expect(plan('1d', MIDNIGHT - 800 * DAY, MIDNIGHT, 'pro')).not.toHaveProperty('clampedFrom')
  })

  it('ask for nothing where nothing can be had', () => {
    expect(plan('1d', MIDNIGHT - 800 * DAY, MIDNIGHT - 700 * DAY).pieces).toEqual([])
  })

  it('take hourly samples for four hours of today too, so that the same bars come tomorrow', () => {
    const [piece] = plan('4h', NOON - 8 * HOUR, NOON).pieces
    expect((piece?.query.to ?? 0) - (piece?.query.from ?? 0)).toBeGreaterThan(DAY)
  })

  it('take 5-minute samples for the last day', () => {
    expect(plan('auto', NOON - DAY, NOON)).toMatchObject({
      interval: '30m',
      pieces: [{ query: { from: NOON - DAY, to: NOON }, from: NOON - DAY, to: NOON }],
    })
  })

  it.each([
    ['5m', 1],
    ['1m', 1],
    ['30m', 7],
    ['1w', 30],
    ['rubbish', 1],
  ])('refuse bars of %s over %i days', (interval, days) => {
    expect(() => plan(interval, NOON - days * DAY, NOON)).toThrow(
      expect.objectContaining({ code: 'USAGE_UNKNOWN_INTERVAL', exitCode: 2 }),
    )
  })
})

describe('names of coins', () => {
  const rank = (id: string, symbol: string, marketCap: number | null): CoinRank => ({
    id,
    symbol,
    name: id,
    rank: null,
    marketCap,
    price: 1,
    volume24h: null,
    updatedAt: null,
  })

  it('takes a well-known ticker by the table, however large its namesake is', () => {
    expect(provider.choose('BTC', [rank('bitcoin-bep2', 'btc', 9e15)])).toMatchObject({
      id: 'bitcoin',
      by: 'map',
      others: ['bitcoin-bep2'],
    })
  })

  it('takes the largest of several with any other ticker, and tells the others', () => {
    const ranks = [rank('small', 'xyz', 1), rank('large', 'xyz', 100), rank('unknown', 'XYZ', null)]
    expect(provider.choose(' xyz', ranks)).toMatchObject({ id: 'large', by: 'rank', others: ['small', 'unknown'] })
  })

  it('takes an id for itself, and nothing for nothing', () => {
    expect(provider.choose('small', [rank('small', 'btc', 1)])).toMatchObject({ id: 'small', by: 'id' })
    expect(provider.choose('nope', [])).toBeUndefined()
  })

  it('counts a coin once that stands on two pages, and unknown values last', () => {
    const ranks = [rank('a', 'a', 5), rank('b', 'b', null), rank('c', 'c', 7), rank('a', 'a', 6)]
    expect(provider.largest(ranks, 3).map(({ id, marketCap }) => [id, marketCap])).toEqual([
      ['c', 7],
      ['a', 6],
      ['b', null],
    ])
  })
})
