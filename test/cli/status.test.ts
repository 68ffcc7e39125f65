import { beforeAll, expect, it } from 'vitest'
import { runMts, temporaryFolder } from '../support/run-mts.js'
import { bar, history } from '../support/storage.js'

const cwd = temporaryFolder()
const HOUR = 3_600_000

function status(...args: readonly string[]) {
  return runMts(['status', ...args], { cwd })
}

/** Hours up to the last one that is over, by the system's clock, since that is what the command goes by. */
beforeAll(async () => {
  const { systemClock } = await import('../../src/core/net/system-clock.js')
  const open = Math.floor(systemClock().now() / HOUR) * HOUR - HOUR
  const writer = history(`${cwd}/data/crypto_data.db`)
  const hours = Array.from({ length: 50 }, (_, at) => bar(at, { interval: '1h', timestamp: open - at * HOUR }))
  writer.upsertCandles(hours.filter((_, at) => at < 20 || at >= 23))
  writer.upsertCandles([bar(0, { cryptocurrency: 'ethereum', interval: '1d', timestamp: open - 30 * 24 * HOUR })])
  writer.close()
})

it('answers first, then tells each series, and exits 4 when one is stale', async () => {
  const { stdout, stderr, code } = await status()
  expect(code).toBe(4)
  const [first, heading, ...rows] = stdout.trimEnd().split('\n')
  expect(first).toBe('Stale: 1 fresh, 1 stale, 1 holes')
  expect(heading).toMatch(/^status +kind +source +name +interval +age +stale after +rows +holes +missing/)
  expect(rows[0]).toMatch(/^fresh +candles +binance +bitcoin +1h +\S+ +2h +47 +1 +3 /)
  expect(stderr).toMatch(/^Error: Stale: binance ethereum 1d\n/)
})

it('prints one document with what programs look for, and the same exit code', async () => {
  const { stdout, code } = await status('--json')
  const { data, warnings } = JSON.parse(stdout)
  expect({ code, warnings }).toEqual({ code: 4, warnings: ['Stale: binance ethereum 1d'] })
  expect(data).toMatchObject({ overall_status: 'stale', fresh_count: 1, stale_count: 1 })
  expect(data.coins).toEqual([
    { cryptocurrency: 'bitcoin', status: 'fresh', age_hours: expect.any(Number), records_count: 47 },
    { cryptocurrency: 'ethereum', status: 'stale', age_hours: expect.any(Number), records_count: 1 },
  ])
})

it('looks only at what is asked for, by any name of a coin', async () => {
  expect(await status('--coins', 'BTC')).toMatchObject({ code: 0, stderr: '' })
  expect(await status('--coins', 'ethereum', '--max-intervals', '60')).toMatchObject({ code: 0 })
  const env = { MTS_STATUS__MAX_INTERVALS: '60' }
  expect(await runMts(['status'], { cwd, env })).toMatchObject({ code: 0 })
  expect(await status('--coins', 'solana')).toMatchObject({ code: 4, stderr: expect.stringMatching('Nothing of that is stored') })
  expect(await status('--coins', 'bitcon')).toMatchObject({ code: 2, stderr: expect.stringMatching('Did you mean bitcoin') })
  expect(await status('--kinds', 'candle')).toMatchObject({ code: 2, stderr: expect.stringMatching('Did you mean candles') })
})
