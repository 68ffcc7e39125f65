import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findJournalFiles, type JournalDamage } from '../../src/core/feed/journal/reader.js'
import { surveyFile } from '../../src/core/feed/journal/survey.js'
import { reportCoverage } from '../../src/core/live/coverage-report.js'
import { repairJournal } from '../../src/core/live/repair-journal.js'
import { databaseHealth } from '../../src/core/storage/health.js'
import { openReader } from '../../src/core/storage/reader.js'
import { readLines } from '../support/feed.js'
import { type Market, startMarket } from '../support/market.js'
import { RUN, runMts, temporaryFolder } from '../support/run-mts.js'
import { smallDisk } from '../support/small-disk.js'

let market: Market
beforeAll(async () => {
  market = await startMarket()
})
afterAll(() => market.close())

/** Gone at the end: tests that run beside each other cannot tell whose end it is. */
const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const FLUSH_MS = 100
/** How far the run has come is told four times a second, and rows are stored as often. */
const SEAL_MS = 500
const LINES_OF_SECONDS = 600
/** Packing and writing take their time where several programs share two cores. */
const SLACK_MS = 1_400
/** `CRASHES=200` for the full run. */
const CRASHES = Number(process.env['CRASHES'] ?? 20)
const FOLDERS = 4
const SETTINGS = { MTS_JOURNAL__FLUSH_INTERVAL: `${FLUSH_MS}ms`, MTS_JOURNAL__BLOCK_BYTES: '4096' }
const ARGS = ['--exchanges', 'bybit', '--symbols', 'BTC', '--channels', 'book,trades', '--interval', '0', '--record']

/** The same places in every run. */
function places(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return 1 + (state % 40)
  }
}

/** Streams until the `lines`-th line has come and is gone at once; gives the receive times of the first and the last line that came. */
async function crash(cwd: string, lines: number): Promise<{ first: number; last: number }> {
  const child = spawn(process.execPath, [RUN, 'stream', ...ARGS], {
    cwd,
    env: market.env(SETTINGS),
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(child, 'close')
  let seen = 0
  let first = Number.POSITIVE_INFINITY
  let last = 0
  for await (const line of createInterface({ input: child.stdout })) {
    seen += 1
    if (seen === lines) child.kill('SIGKILL')
    // The last line may be half of one.
    if (line.endsWith('}')) last = JSON.parse(line).received_at
    first = Math.min(first, last)
  }
  await closed
  expect(child.signalCode).toBe('SIGKILL')
  return { first, last }
}

/** ms: to where anything is said to be seen; 0 where the crash came before anything was told. */
function lastSeen(database: string): number {
  if (!existsSync(database)) return 0
  const reader = openReader(database)
  const { channels } = reportCoverage(reader.coverage({ limit: Number.POSITIVE_INFINITY }), reader.coverageSeries(), undefined)
  reader.close()
  return Math.max(0, ...channels.filter(({ seenPercentage }) => seenPercentage > 0).map(({ to }) => to))
}

/** By path: what is sealed in each file. */
async function sealed(journal: string): Promise<Map<string, Buffer>> {
  const files = existsSync(journal) ? await findJournalFiles(journal) : []
  const surveys = await Promise.all(files.map(async ({ path: file }) => ({ file, survey: await surveyFile(file) })))
  return new Map(
    surveys.map(({ file, survey }) => {
      const bytes = readFileSync(file)
      return [file, bytes.subarray(0, bytes.length - survey.tornBytes)] as const
    }),
  )
}

describe.concurrent('kill -9 at any moment', () => {
  it.each(Array.from({ length: FOLDERS }, (_, i) => i))(
    'loses no sealed record and at most the last block; the next run appends (%i)',
    async (folder) => {
      const cwd = temporaryFolder()
      folders.push(cwd)
      const journal = path.join(cwd, 'data/journal')
      const next = places(7 + folder)
      let before = new Map<string, Buffer>()
      for (let i = 0; i < CRASHES / FOLDERS; i++) {
        const { first, last } = await crash(cwd, next())
        const after = await sealed(journal)
        for (const [file, bytes] of before) expect(after.get(file)?.subarray(0, bytes.length).equals(bytes)).toBe(true)
        const times = await Promise.all([...after.keys()].map(async (file) => (await surveyFile(file)).to ?? 0))
        // Where nothing was sealed yet, all that this run had seen is lost.
        expect(last - Math.max(first, ...times)).toBeLessThanOrEqual(FLUSH_MS + SLACK_MS)
        before = after
      }
      expect(databaseHealth(path.join(cwd, 'data/crypto_data.db'), 0).complaints).toEqual([])
      await repairJournal(journal, false)
      const damages: JournalDamage[] = []
      expect((await readLines(journal, damages)).length).toBeGreaterThan(0)
      expect(damages).toEqual([])
    },
    CRASHES * 2_000 + 20_000,
  )

  it('says that it was seen up to what is sealed, and not that mts did not run', async () => {
    const cwd = temporaryFolder()
    folders.push(cwd)
    const { first, last } = await crash(cwd, LINES_OF_SECONDS)
    expect(last - first).toBeGreaterThan(2 * (FLUSH_MS + SEAL_MS + SLACK_MS))
    expect(last - lastSeen(path.join(cwd, 'data/crypto_data.db'))).toBeLessThanOrEqual(FLUSH_MS + SEAL_MS + SLACK_MS)
  }, 60_000)
})

const DISKS = [
  { flag: '--no-store', what: 'the journal alone', disk: smallDisk(80), ballast: 28 << 10 },
  { flag: '--csv', what: 'journal, database and CSV', disk: smallDisk(520), ballast: 24 << 10 },
]

describe.skipIf(DISKS.some(({ disk }) => disk === undefined))('a full disk (needs the right to mount a tmpfs)', () => {
  it.concurrent.each(DISKS)(
    'under $what ends the run with 74; what was sealed is whole, and a repair cuts the rest',
    async ({ flag, disk: cwd = '', ballast }) => {
      writeFileSync(path.join(cwd, 'ballast'), Buffer.alloc(ballast))
      const { code, stderr, stdout } = await runMts(['stream', ...ARGS, flag, '--duration', '15s'], {
        cwd,
        env: market.env(SETTINGS),
      })
      expect(stderr).toContain('STORAGE_FULL')
      expect(code).toBe(74)
      expect(stdout).toContain('"type":"summary"')
      const journal = path.join(cwd, 'data/journal')
      const before = await sealed(journal)
      rmSync(path.join(cwd, 'ballast'))
      await repairJournal(journal, false)
      for (const [file, bytes] of before) if (bytes.length > 0) expect(readFileSync(file).equals(bytes)).toBe(true)
      const damages: JournalDamage[] = []
      await readLines(journal, damages)
      expect(damages).toEqual([])
    },
    40_000,
  )
})
