import { beforeAll, expect, it } from 'vitest'
import { runMts, temporaryFolder } from '../support/run-mts.js'

const cwd = temporaryFolder()

function coverage(...args: readonly string[]) {
  return runMts(['coverage', ...args], { cwd })
}

beforeAll(async () => {
  const run = ['stream', '--sandbox', '--symbols', 'BTC', '--channels', 'book,trades,liquidations', '--duration', '2s']
  expect(await runMts(run, { cwd })).toMatchObject({ code: 0 })
}, 60_000)

it('tells of each channel what was seen, by its proof, and adds up to the whole', async () => {
  const { stdout, code } = await coverage('--json')
  const { data, warnings } = JSON.parse(stdout)
  expect({ code, warnings }).toStrictEqual({ code: 0, warnings: [] })
  const names = data.channels.map((each: { exchange: string; channel: string }) => `${each.exchange} ${each.channel}`)
  expect(names).toStrictEqual(['binance', 'bybit'].flatMap((id) => [`${id} book`, `${id} liquidations`, `${id} trades`]))
  for (const { ms, from, to, seen_percentage } of data.channels) {
    expect(Object.values<number>(ms).reduce((sum, each) => sum + each, 0)).toBe(to - from)
    expect(seen_percentage).toBeGreaterThan(30)
  }
  const { ms } = data.channels.find(
    (each: { exchange: string; channel: string }) => each.exchange === 'bybit' && each.channel === 'trades',
  )
  expect(ms.unproven).toBeGreaterThan(0)
  expect(ms.contiguous).toBe(0)
})

it('exits 4 below --min and names the worst, with one document on stdout', async () => {
  const table = await coverage('--min', '100', '--exchanges', 'binance', '--channels', 'book')
  expect(table.code).toBe(4)
  expect(table.stdout).toMatch(/^binance {3}BTCUSDT {2}book/m)
  expect(table.stderr).toMatch(/^Error: binance BTCUSDT book was seen \d+\.\d{3} % of the time, less than 100 %/)
  const json = await coverage('--min', '100', '--json')
  expect(json.code).toBe(4)
  expect(JSON.parse(json.stdout)).toMatchObject({ command: 'coverage', warnings: [expect.stringMatching(/less than 100 %/)] })
  expect(await coverage('--min', '20', '--symbols', 'btc')).toMatchObject({ code: 0 })
})

it('does not pass a check on a time of which nothing is stored', async () => {
  expect(await coverage('--day', '2020-01-01', '--min', '1')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching('Nothing was seen'),
  })
  expect(await coverage('--day', '2020-01-01')).toMatchObject({ code: 0, stdout: 'Nothing is stored of that time\n' })
})

it('does not pass a check on what was never looked at', async () => {
  expect(await coverage('--exchanges', 'binance,binance-spot', '--min', '1')).toMatchObject({
    code: 4,
    stderr: expect.stringMatching('Nothing was seen of binance-spot'),
  })
  expect(await coverage('--channels', 'book,ticker')).toMatchObject({
    code: 0,
    stderr: expect.stringMatching('Nothing is stored of ticker'),
  })
})

it.each([
  [['--symbols', 'BTC,NOPE', '--min', '1'], 'Nothing is stored of NOPE'],
  [['--day', '2026-02-30'], 'Not a day: 2026-02-30'],
  [['--day', '2026-11-21', '--since', '1h'], 'exclude each other'],
  [['--channels', 'bok'], 'Did you mean book?'],
  [['--exchanges', 'bybitt'], 'Did you mean bybit?'],
])('refuses %j', async (args, message) => {
  const { stdout, stderr, code } = await coverage(...args)
  expect({ stdout, code }).toStrictEqual({ stdout: '', code: 2 })
  expect(stderr).toContain(message)
})
