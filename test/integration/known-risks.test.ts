import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { encodeKnown, parseKnown } from '../../src/core/feed/journal/known.js'
import { encodeRisks, parseRisks, storedRisks } from '../../src/core/live/signals/known-risks.js'
import { openReader } from '../../src/core/storage/reader.js'
import { temporaryDirectory } from '../support/feed.js'
import { candleRows, DAY_MS, HOUR_MS, type SeriesOptions, START, storeBars } from '../support/stored-bars.js'

/** Up and down by one part in a hundred, the last 30 times by two: now twice what is usual. */
function restless({ count = 400, ...series }: Omit<SeriesOptions, 'count'> & { readonly count?: number }) {
  const isWild = (i: number) => i >= count - 30
  return candleRows({ ...series, count }).map((row, i) => {
    const close = (count - i) % 2 === 1 ? 100 : 100 * Math.exp(isWild(i) ? 0.02 : 0.01)
    return { ...row, open: close, high: close, low: close, close }
  })
}

const AT = START + 400 * DAY_MS

async function risksWith(...all: Parameters<typeof restless>[0][]) {
  const file = path.join(await temporaryDirectory(), 'bars.db')
  storeBars(file, (history) => {
    for (const series of all) history.upsertCandles(restless(series))
  })
  const reader = openReader(file)
  return (moment: { at?: number; isSimulated?: boolean } = {}) => {
    const [risk] = storedRisks(reader, ['bitcoin'], { at: AT, maxIntervals: 2, isSimulated: false, ...moment })
    return risk
  }
}

const daily = { interval: '1d', stepMs: DAY_MS } as const

describe('how much an asset moves, by stored bars', () => {
  it('is its usual volatility over the present one, of the longest bars that reach the moment', async () => {
    const hourly = { interval: '1h', stepMs: HOUR_MS, start: AT - 400 * HOUR_MS }
    const risk = await risksWith(daily, hourly, { ...daily, source: 'coingecko' })
    expect(risk()?.volatilityFactor).toBeCloseTo(0.5, 6)
    expect(risk()).toMatchObject({ asset: 'bitcoin', riskLevel: 'HIGH', basis: 'binance 1d bars until 2027-02-05T00:00' })
    // Half a day on, the daily bars still reach the moment; three days on, none does.
    expect(risk({ at: AT + DAY_MS / 2 })).toMatchObject({ basis: 'binance 1d bars until 2027-02-05T00:00' })
    const late = { volatilityFactor: null, riskLevel: null, basis: 'no stored bars of bitcoin reach the present' }
    expect(risk({ at: AT + 3 * DAY_MS })).toMatchObject(late)
  })

  it('is not known by a bar that is not over', async () => {
    const risk = await risksWith(daily)
    expect(risk({ at: AT - 1 })).toMatchObject({ basis: 'binance 1d bars until 2027-02-04T00:00' })
  })

  it('is not known by too few bars, nor without any, and says so', async () => {
    const few = await risksWith({ ...daily, count: 50, start: AT - 50 * DAY_MS })
    expect(few()).toMatchObject({ volatilityFactor: null, basis: 'binance 1d bars have too few returns, or no movement' })
    const none = await risksWith({ ...daily, coin: 'ethereum' })
    expect(none()).toMatchObject({ volatilityFactor: null, basis: 'no bars of bitcoin are stored' })
  })

  it('of a simulated market says nothing of a real one, and the other way round', async () => {
    const risk = await risksWith({ ...daily, quality: 'simulated' })
    expect(risk()?.volatilityFactor).toBeNull()
    expect(risk({ isSimulated: true })?.volatilityFactor).toBeCloseTo(0.5, 6)
  })
})

it('comes back out of a journal as it went in; rubbish there says nothing', () => {
  const risks = [
    { asset: 'bitcoin', volatilityFactor: 1 / 3, riskLevel: 'HIGH', basis: 'binance 1d bars until 2026-11-21T00:00' },
    { asset: 'ethereum', volatilityFactor: null, riskLevel: null, basis: 'no bars of ethereum are stored' },
  ] as const
  const fact = parseKnown(encodeKnown(encodeRisks(risks)).toString())
  expect(fact && parseRisks(fact)).toStrictEqual(risks)
  expect(parseKnown('start')).toBeUndefined()
  expect(parseKnown('known risks {')).toStrictEqual({ topic: 'risks', value: null })
  expect(parseRisks({ topic: 'weather', value: 'fine' })).toBeUndefined()
  expect(parseRisks({ topic: 'risks', value: [1, ['bitcoin', 7, 'AWFUL', 'b'], [2, 3]] })).toStrictEqual([
    { asset: 'bitcoin', volatilityFactor: null, riskLevel: null, basis: 'b' },
  ])
})
