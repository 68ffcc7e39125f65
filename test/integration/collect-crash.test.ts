import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openGate } from '../../src/core/sandbox/gate.js'
import { type JobMarket, startJobMarket, storedBars } from '../support/history-job.js'
import { cleanEnvironment, RUN, runMts, temporaryFolder } from '../support/run-mts.js'
import { growDisk, smallDisk } from '../support/small-disk.js'

/** `CRASHES=20` for the full run. */
const CRASHES = Number(process.env['CRASHES'] ?? 3)
const ARGS = [
  'collect',
  '--source',
  'bybit',
  '--coins',
  'BTC,ETH,SOL',
  '--interval',
  '5m',
  '--from',
  '2026-05-20',
  '--to',
  '2026-06-01',
]
/** 12 days of 288 bars, 1 000 a page, three coins. */
const BARS = 12 * 288 * 3
const PAGES = 12

let market: JobMarket
const folders: string[] = []
beforeAll(async () => {
  market = await startJobMarket()
})
afterAll(async () => {
  await market.close()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

function place(cwd = temporaryFolder()): { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly db: string } {
  folders.push(cwd)
  const env = cleanEnvironment({ MTS_EXCHANGES__BYBIT__REST_URL: `http://127.0.0.1:${market.sandbox.port}/bybit` })
  return { cwd, env, db: path.join(cwd, 'data/crypto_data.db') }
}

/** Starts the job and sends `signal` so many ms after its `page`-th page of bars was asked for. */
async function interrupted(at: ReturnType<typeof place>, page: number, ms: number, signal: NodeJS.Signals): Promise<number | null> {
  let pages = 0
  const child = spawn(process.execPath, [RUN, ...ARGS], { ...at, stdio: 'ignore' })
  const closed = once(child, 'close')
  market.gate = (outgoing) => {
    openGate(outgoing)
    if (outgoing.kind === 'response' && outgoing.path.includes('kline') && ++pages === page)
      setTimeout(() => child.kill(signal), ms)
  }
  const [code] = await closed
  market.gate = openGate
  return code
}

describe('a collect job that is ended in the middle', () => {
  let whole: unknown[] = []
  beforeAll(async () => {
    const at = place()
    expect(await runMts([...ARGS, '--json'], at)).toMatchObject({ code: 0 })
    whole = storedBars(at.db)
    expect(whole).toHaveLength(BARS)
  })

  it(`is completed by the next run, row for row, after each of ${CRASHES} kills`, async () => {
    let killed = 0
    for (let crash = 0; crash < CRASHES; crash++) {
      const at = place()
      const page = 1 + ((crash * 7 + 3) % (PAGES - 2))
      // `null`: it did not end by itself.
      if ((await interrupted(at, page, (crash * 5) % 23, 'SIGKILL')) === null) killed += 1
      const next = await runMts([...ARGS, '--json'], at)
      expect(next, `killed at page ${page}`).toMatchObject({ code: 0, stderr: '' })
      expect(storedBars(at.db), `killed at page ${page}`).toStrictEqual(whole)
    }
    expect(killed).toBeGreaterThan(CRASHES / 2)
  }, 120_000)

  it('stops in order by Ctrl-C with exit code 130 and lets the next run go on', async () => {
    const at = place()
    expect(await interrupted(at, 4, 0, 'SIGINT')).toBe(130)
    const part = storedBars(at.db).length
    expect(part).toBeGreaterThan(0)
    expect(part).toBeLessThan(BARS)
    const next = await runMts([...ARGS, '--json'], at)
    const stored = JSON.parse(next.stdout).data.reduce((sum: number, each: { stored: number }) => sum + each.stored, 0)
    expect(stored).toBe(BARS - part)
    expect(storedBars(at.db)).toStrictEqual(whole)
  })
  const disk = smallDisk(700)
  it.skipIf(disk === undefined)(
    'says that the disk is full, keeps what was stored, and lets the next run complete it',
    async () => {
      const at = place(disk)
      const { code, stdout } = await runMts([...ARGS, '--json'], at)
      expect(code).toBe(74)
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'STORAGE_FULL', exit_code: 74 } })
      const part = storedBars(at.db)
      expect(part.length).toBeLessThan(BARS)
      growDisk(at.cwd, 30_000)
      expect(await runMts([...ARGS, '--json'], at)).toMatchObject({ code: 0, stderr: '' })
      expect(storedBars(at.db)).toStrictEqual(whole)
    },
  )
})
