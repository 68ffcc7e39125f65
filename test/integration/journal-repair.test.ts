import { existsSync } from 'node:fs'
import { readFile, truncate, writeFile } from 'node:fs/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { readHeader } from '../../src/core/feed/journal/gzip-member.js'
import { findJournalFiles, type JournalDamage } from '../../src/core/feed/journal/reader.js'
import { type Repair, repairFile } from '../../src/core/feed/journal/repair.js'
import { surveyFile } from '../../src/core/feed/journal/survey.js'
import { journalWriter, readLines, temporaryDirectory } from '../support/feed.js'

const START = Date.UTC(2026, 10, 21, 10, 15) * 1000
const BLOCKS = 6
const PER_BLOCK = 20

/** A file of `BLOCKS` members, and the place where each begins and ends. */
async function journal(): Promise<{ directory: string; file: string; bytes: Buffer; bounds: number[] }> {
  const directory = await temporaryDirectory()
  const clock = new VirtualClock()
  const writer = journalWriter(directory, { clock, flushMs: 1_000 })
  for (let i = 0; i < BLOCKS * PER_BLOCK; i++) {
    writer.append('binance', 1, START + i * 1000, 'ws', Buffer.from(`{"record":${i},"noise":"${Math.imul(i, 2_654_435_761)}"}`))
    if ((i + 1) % PER_BLOCK === 0) clock.advanceTo((clock.now() + 1_000) * 1000)
  }
  await writer.close()
  const file = (await findJournalFiles(directory))[0]?.path ?? ''
  const bytes = await readFile(file)
  const bounds = [0]
  for (let at = 0; at < bytes.length; bounds.push(at)) at += readHeader(bytes.subarray(at))?.packedBytes ?? bytes.length
  return { directory, file, bytes, bounds }
}

async function numbersIn(directory: string, damages: JournalDamage[] = []): Promise<number[]> {
  const lines = await readLines(directory, damages)
  return lines.filter(({ kind }) => kind === 'ws').map(({ payload }) => JSON.parse(payload.toString()).record)
}

const repair = (file: string, isDryRun = false): Promise<Repair> => repairFile(file, { isDryRun, connection: 1 })
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)

describe('a repair', () => {
  it('keeps every whole block of a file cut anywhere, moves the rest aside and says how much it was', async () => {
    const { directory, file, bytes, bounds } = await journal()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: (bounds[1] ?? 0) + 1, max: bytes.length - 1 }), async (length) => {
        await writeFile(file, bytes)
        await truncate(file, length)
        const whole = bounds.filter((bound) => bound <= length).length - 1
        const result = await repair(file)
        const keptBytes = bounds[whole] ?? 0
        expect(result).toMatchObject({ records: whole * PER_BLOCK, tornBytes: length - keptBytes, holes: 0 })
        expect(result.state).toBe(length === keptBytes ? 'whole' : 'repaired')
        expect(result.lastRecordAt).toBe(START / 1000 + whole * PER_BLOCK - 1)
        // Where the torn block's header is left, it says how many records it had.
        if (result.tornBytes >= 40) expect(result.lostRecords).toBe(PER_BLOCK)
        expect(await readFile(file)).toEqual(bytes.subarray(0, keptBytes))
        const damages: JournalDamage[] = []
        expect(await numbersIn(directory, damages)).toEqual(range(0, whole * PER_BLOCK))
        expect(damages).toEqual([])
        if (result.tornPath !== null) expect(await readFile(result.tornPath)).toEqual(bytes.subarray(keptBytes, length))
      }),
      { numRuns: 40, seed: 7 },
    )
  })

  it('keeps what lies on both sides of a damage, with a lost connection in between for the replay to tell', async () => {
    const { directory, file, bytes, bounds } = await journal()
    const broken = Buffer.from(bytes)
    const at = Math.floor(((bounds[2] ?? 0) + (bounds[3] ?? 0)) / 2)
    broken.fill(0, at, at + 8)
    await writeFile(file, broken)
    expect(await repair(file)).toMatchObject({ state: 'repaired', holes: 1, records: 5 * PER_BLOCK, lostRecords: PER_BLOCK })
    const damages: JournalDamage[] = []
    expect(await numbersIn(directory, damages)).toEqual([...range(0, 40), ...range(60, 120)])
    expect(damages).toEqual([])
    const lines = await readLines(directory)
    expect(lines.slice(40, 42).map(({ kind }) => kind)).toEqual(['close', 'open'])
    expect(await repair(file)).toMatchObject({ state: 'whole', tornBytes: 0 })
  })

  it('changes nothing when it is only asked what it would do', async () => {
    const { file, bytes } = await journal()
    await truncate(file, bytes.length - 5)
    expect(await repair(file, true)).toMatchObject({ state: 'torn', tornPath: null })
    expect(await readFile(file)).toEqual(bytes.subarray(0, -5))
    expect(existsSync(`${file}.torn`)).toBe(false)
  })

  it('of a file without one whole block leaves only the torn bytes, and never overwrites earlier ones', async () => {
    const { file, bytes } = await journal()
    await writeFile(`${file}.torn`, 'of an earlier repair')
    await truncate(file, 30)
    expect(await repair(file)).toMatchObject({ state: 'repaired', records: 0, lostRecords: null, tornPath: `${file}.torn.2` })
    expect(existsSync(file)).toBe(false)
    expect(await readFile(`${file}.torn.2`)).toEqual(bytes.subarray(0, 30))
    expect(await readFile(`${file}.torn`, 'utf8')).toBe('of an earlier repair')
  })

  it('takes an empty file for what it is: a program died before its first block', async () => {
    const { directory, file } = await journal()
    await truncate(file, 0)
    expect(await repair(file)).toMatchObject({ state: 'whole', records: 0 })
    const damages: JournalDamage[] = []
    expect(await numbersIn(directory, damages)).toEqual([])
    expect(damages).toEqual([])
  })

  it('leaves whole files as they are, also those that another program packed', async () => {
    const { file, bytes } = await journal()
    expect(await repair(file)).toMatchObject({ state: 'whole', records: BLOCKS * PER_BLOCK, tornPath: null })
    expect(await readFile(file)).toEqual(bytes)
    const foreign = gzipSync(gunzipSync(bytes))
    await writeFile(file, foreign)
    expect(await repair(file)).toMatchObject({ state: 'whole', records: BLOCKS * PER_BLOCK })
    await writeFile(file, Buffer.concat([foreign, foreign.subarray(0, 100)]))
    expect(await repair(file)).toMatchObject({ state: 'repaired', tornBytes: 100, lostRecords: null })
  })
})

describe('the survey of a file', () => {
  it('counts the records and finds the torn tail from the headers alone', async () => {
    const { file, bytes, bounds } = await journal()
    const from = START / 1000
    expect(await surveyFile(file)).toEqual({ records: 120, from, to: from + 119, tornBytes: 0 })
    await truncate(file, bytes.length - 1)
    expect(await surveyFile(file)).toEqual({ records: 100, from, to: from + 99, tornBytes: bytes.length - 1 - (bounds[5] ?? 0) })
  })

  it('counts a file of another program too', async () => {
    const { file, bytes } = await journal()
    await writeFile(file, gzipSync(gunzipSync(bytes)))
    expect(await surveyFile(file)).toMatchObject({ records: 120, tornBytes: 0 })
  })
})
