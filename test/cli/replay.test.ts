import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import { events } from '../support/market.js'
import { needsFiles } from '../support/require.js'
import { ROOT, RUN, runMts, runShell, temporaryFolder } from '../support/run-mts.js'

const RECORDED = path.resolve(ROOT, '../shared/recorded')
const FIVE_ALTS = path.join(RECORDED, 'binance-usdm/five_alts_depth100ms_20210405')

it('says so where there is no journal', async () => {
  const cwd = temporaryFolder()
  mkdirSync(path.join(cwd, 'empty'))
  mkdirSync(path.join(cwd, 'bad/binance/2026-11-21'), { recursive: true })
  writeFileSync(path.join(cwd, 'bad/binance/2026-11-21/x-1.frames.gz'), 'no gzip at all')
  const [missing, empty, damaged] = await Promise.all(['nowhere', 'empty', 'bad'].map((name) => runMts(['replay', name], { cwd })))
  expect(missing).toMatchObject({ code: 65, stdout: '', stderr: expect.stringContaining('Code: JOURNAL_NOT_FOUND') })
  expect(empty).toMatchObject({ code: 65, stdout: '', stderr: expect.stringContaining('Code: JOURNAL_EMPTY') })
  expect(damaged).toMatchObject({ code: 65, stdout: '', stderr: expect.stringContaining('Code: JOURNAL_NO_FRAMES') })
})

needsFiles(FIVE_ALTS)('a replay of real frames', () => {
  let cwd: string
  const replay = (...args: string[]) => runMts(['replay', 'data/journal', ...args], { cwd })
  beforeAll(async () => {
    cwd = temporaryFolder()
    const imported = await runMts(['journal', 'import', FIVE_ALTS, '--exchange', 'binance', '--json'], { cwd })
    expect(imported.code).toBe(0)
    expect(JSON.parse(imported.stdout).data).toMatchObject([{ frames: 8421, rest: 5, unknown: 0, times: 'recording' }])
  })

  it('gives the same bytes and hash each time, and exits 4 when another hash was expected', async () => {
    const [first, second] = await Promise.all([replay('--no-store'), replay('--no-store')])
    expect(first?.code).toBe(0)
    expect(second?.stdout).toBe(first?.stdout)
    const hash = String(events(first?.stdout ?? '').at(-1)?.['events_hash'])
    const [right, wrong] = await Promise.all([
      replay('--no-store', '--expect', hash),
      replay('--no-store', '--interval', '2s', '--expect', hash),
    ])
    expect(right?.code).toBe(0)
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringContaining('Code: REPLAY_HASH') })
  })

  it('stores each row once, however often it runs', async () => {
    const count = () => {
      const database = new Database(path.join(cwd, 'data/crypto_data.db'), { readonly: true })
      const tables = ['order_book_samples', 'bid_ask_spreads', 'coverage', 'stream_stats']
      const counts = tables.map((table) => database.prepare(`SELECT COUNT(*) FROM ${table}`).pluck().get())
      database.close()
      return counts
    }
    await replay()
    const once = count()
    expect(Math.min(...once.map(Number))).toBeGreaterThan(4)
    await replay()
    expect(count()).toStrictEqual(once)
  })

  it('takes instruments by base asset or pair in any case, and names the nearest of unknown ones', async () => {
    const [named, unknown, partly] = await Promise.all([
      replay('--no-store', '--symbols', 'neo,Sand/USDT:usdt'),
      replay('--no-store', '--symbols', 'NEOUSD'),
      replay('--no-store', '--symbols', 'NEO,NOPE'),
    ])
    const symbols = new Set(events(named?.stdout ?? '').map((line) => line['symbol']))
    expect([...symbols].sort()).toStrictEqual(['', 'NEOUSDT', 'SANDUSDT'])
    expect(unknown).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('The recording has no NEOUSD\n  Did you mean NEOUSDT?'),
    })
    expect(partly).toMatchObject({ code: 0, stderr: 'Warning: NOPE is not in the recording\n' })
  })

  it('refuses an exchange that the recording is not of', async () => {
    const { stderr, code } = await replay('--no-store', '--exchanges', 'bybit')
    expect(code).toBe(65)
    expect(stderr).toContain('The recording is of binance, not of bybit')
  })

  it('tells where a torn file ends, and plays all before', async () => {
    const folder = path.join(cwd, 'data/journal/binance')
    const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((each) => each.endsWith('-1.frames.gz'))
    const whole = readFileSync(path.join(folder, name ?? ''))
    const torn = path.join(cwd, 'torn/binance/2021-04-05')
    mkdirSync(torn, { recursive: true })
    writeFileSync(path.join(torn, 'x-1.frames.gz'), whole.subarray(0, whole.length * 0.7))
    const { stdout, stderr, code } = await runMts(['replay', 'torn', '--no-store'], { cwd })
    expect(code).toBe(0)
    expect(stderr).toMatch(/^Warning: .*x-1\.frames\.gz: after line \d+: unexpected end of file; .*mts journal repair.*\n$/)
    expect(Number(events(stdout).at(-1)?.['records'])).toBeGreaterThan(1000)
  })

  it('ends quietly when its reader has gone', async () => {
    const line = `set -o pipefail; ${process.execPath} ${RUN} replay data/journal --no-store --interval 0 | head -1`
    const { stderr, code } = await runShell(line, { cwd })
    expect({ stderr, code }).toStrictEqual({ stderr: '', code: 0 })
  })
})

describe('flags of a replay', () => {
  it.each([
    [['--speed', '0'], 'Not a speed: 0'],
    [['--expect', 'sha256:abc'], 'Not a hash: sha256:abc'],
  ])('are checked before anything is read: %j', async (args, message) => {
    const { stderr, code } = await runMts(['replay', 'nowhere', ...args])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
