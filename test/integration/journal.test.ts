import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { DataValidationError, StorageError } from '../../src/core/errors.js'
import { findJournalFiles, type JournalDamage } from '../../src/core/feed/journal/reader.js'
import { RECORD_KINDS } from '../../src/core/feed/journal/record.js'
import { journalWriter, type Line, readLines, temporaryDirectory, writeLines } from '../support/feed.js'
import { needs } from '../support/require.js'

const START = Date.UTC(2026, 10, 21, 10, 15) * 1000

function line(stamp: number, text: string | Buffer, connection = 1, exchange = 'binance'): Line {
  return { exchange, stamp: START + stamp, connection, kind: 'ws', payload: Buffer.from(text) }
}

function texts(lines: readonly Line[]): string[] {
  return lines.map(({ payload }) => payload.toString())
}

async function onlyFile(directory: string): Promise<string> {
  const [file, ...more] = await findJournalFiles(directory)
  expect(more).toEqual([])
  return file?.path ?? ''
}

/** Where each gzip member of a file begins, and its end. */
function members(bytes: Buffer): number[] {
  const starts: number[] = []
  for (let i = bytes.indexOf(MAGIC); i >= 0; i = bytes.indexOf(MAGIC, i + 1)) {
    // Four equal bytes may lie in packed data too: only what unpacks up to here is a boundary.
    if (i === 0 || unpacks(bytes.subarray(0, i))) starts.push(i)
  }
  return [...starts, bytes.length]
}

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08, 0x04])

function unpacks(bytes: Buffer): boolean {
  try {
    gunzipSync(bytes)
    return true
  } catch {
    return false
  }
}

/** A journal of `blocks` members with `perBlock` records each. */
async function blocksOf(directory: string, blocks: number, perBlock: number): Promise<string> {
  const clock = new VirtualClock()
  const journal = journalWriter(directory, { clock, flushMs: 1_000 })
  for (let i = 0; i < blocks * perBlock; i++) {
    journal.append('binance', 1, START + i, 'ws', Buffer.from(`{"record":${i},"noise":"${Math.imul(i, 2_654_435_761)}"}`))
    if ((i + 1) % perBlock === 0) clock.advanceTo((clock.now() + 1_000) * 1000)
  }
  await journal.close()
  return onlyFile(directory)
}

describe('a journal', () => {
  it('gives back whatever bytes were put in, under the same time, connection and kind', async () => {
    const payload = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
      fc
        .constantFrom('', ' ', '\n', '\r\n', 'a\nb', '  two  spaces  ', '{"e":"x"}', '\u0000', 'ws-base64')
        .map((text) => Buffer.from(text)),
    )
    const record = fc.record({
      exchange: fc.constantFrom('binance', 'bybit'),
      connection: fc.nat(3),
      kind: fc.constantFrom(...RECORD_KINDS),
      payload,
    })
    const directory = await temporaryDirectory()
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 40 }), async (records) => {
        const lines = records.map((each, i) => ({ ...each, stamp: START + i }))
        const own = path.join(directory, String(run++))
        await writeLines(own, lines)
        expect(await readLines(own)).toEqual(lines)
      }),
      { numRuns: 60, seed: 7 },
    )
  })

  it('keeps frames larger than a block, also of several megabytes', async () => {
    const directory = await temporaryDirectory()
    const large = Buffer.alloc(5 << 20, 'abcdefghij')
    const binary = Buffer.from(Array.from({ length: 3 << 19 }, (_, i) => (i * 31) & 0xff))
    await writeLines(directory, [line(1, 'before'), line(2, large), line(3, binary), line(4, 'after')])
    const lines = await readLines(directory)
    expect(lines.map(({ payload }) => payload.length)).toEqual([6, large.length, binary.length, 5])
    expect(lines[1]?.payload.equals(large)).toBe(true)
    expect(lines[2]?.payload.equals(binary)).toBe(true)
  })

  it('keeps its own copy of a frame: the socket uses the memory again', async () => {
    const directory = await temporaryDirectory()
    const journal = journalWriter(directory)
    const frame = Buffer.from('first')
    journal.append('binance', 1, START, 'ws', frame)
    frame.write('other')
    await journal.close()
    expect(texts(await readLines(directory))).toEqual(['first'])
  })

  it('writes a block when it is full', async () => {
    const directory = await temporaryDirectory()
    const journal = journalWriter(directory, { blockBytes: 1_000, flushMs: 3_600_000 })
    for (let i = 0; i < 30; i++) journal.append('binance', 1, START + i, 'ws', Buffer.alloc(100, 'x'))
    await journal.drain()
    const written =
      gunzipSync(await readFile(await onlyFile(directory)))
        .toString()
        .split('\n').length - 1
    expect(written).toBeGreaterThanOrEqual(24)
    expect(written).toBeLessThan(30)
    await journal.close()
    expect((await readLines(directory)).length).toBe(30)
  })

  it('writes a block when it is old, so that a crash costs no more than that time', async () => {
    const directory = await temporaryDirectory()
    const clock = new VirtualClock()
    const journal = journalWriter(directory, { clock, flushMs: 1_000 })
    journal.append('binance', 1, START, 'ws', Buffer.from('lonely'))
    await journal.drain()
    expect(existsSync(path.join(directory, 'binance'))).toBe(false)
    clock.advanceTo(1_000_000)
    await journal.drain()
    expect(texts(await readLines(directory))).toEqual(['lonely'])
    await journal.close()
  })

  it('lies by exchange and day of receipt, and begins a new file at midnight', async () => {
    const directory = await temporaryDirectory()
    const midnight = Date.UTC(2026, 10, 22) * 1000
    await writeLines(directory, [
      { ...line(0, 'a'), stamp: midnight - 1 },
      { ...line(0, 'b'), stamp: midnight },
      { ...line(0, 'c', 12, 'bybit'), stamp: midnight + 1 },
    ])
    const names = (await findJournalFiles(directory)).map((file) => path.relative(directory, file.path))
    expect(names).toEqual([
      'binance/2026-11-21/20261121T235959.999999Z-1.frames.gz',
      'binance/2026-11-22/20261122T000000.000000Z-1.frames.gz',
      'bybit/2026-11-22/20261122T000000.000001Z-12.frames.gz',
    ])
    expect(texts(await readLines(directory))).toEqual(['a', 'b', 'c'])
  })

  it('of a second run adds files and leaves those of the first alone', async () => {
    const directory = await temporaryDirectory()
    await writeLines(directory, [line(1, 'first run')])
    const before = await readFile(await onlyFile(directory))
    await writeLines(directory, [line(5, 'second run')])
    const files = await findJournalFiles(directory)
    expect(files.length).toBe(2)
    expect(await readFile(files[0]?.path ?? '')).toEqual(before)
    expect(texts(await readLines(directory))).toEqual(['first run', 'second run'])
  })

  it('is read by time, then exchange, then connection, then line', async () => {
    const directory = await temporaryDirectory()
    const journal = journalWriter(directory)
    const put = ({ exchange, connection, stamp, kind, payload }: Line) => journal.append(exchange, connection, stamp, kind, payload)
    for (const each of [
      line(3, '3 bybit 1', 1, 'bybit'),
      line(1, '1 binance 2', 2),
      line(3, '3 binance 2 first', 2),
      line(3, '3 binance 2 second', 2),
      line(2, '2 binance 10', 10),
      line(3, '3 binance 10', 10),
      line(4, '4 bybit 1', 1, 'bybit'),
    ])
      put(each)
    await journal.close()
    expect(texts(await readLines(directory))).toEqual([
      '1 binance 2',
      '2 binance 10',
      '3 binance 2 first',
      '3 binance 2 second',
      '3 binance 10',
      '3 bybit 1',
      '4 bybit 1',
    ])
  })

  it('is found from its root, an exchange, a day or one file, and its absence is told', async () => {
    const directory = await temporaryDirectory()
    await writeLines(directory, [line(1, 'a'), line(2, 'b', 1, 'bybit')])
    const day = path.join(directory, 'bybit', '2026-11-21')
    const [file] = await findJournalFiles(day)
    for (const place of [path.join(directory, 'bybit'), day, file?.path ?? '']) {
      expect(await findJournalFiles(place)).toEqual([{ ...file, exchange: 'bybit' }])
      expect(texts(await readLines(place))).toEqual(['b'])
    }
    await expect(findJournalFiles(path.join(directory, 'nowhere'))).rejects.toThrow(DataValidationError)
    await mkdir(path.join(directory, 'empty'))
    await expect(findJournalFiles(path.join(directory, 'empty'))).rejects.toThrow(DataValidationError)
  })
})

describe('a damaged journal', () => {
  const BLOCKS = 4
  const PER_BLOCK = 20

  it('that was cut anywhere in its last block keeps every block before it, and says so', async () => {
    const directory = await temporaryDirectory()
    const file = await blocksOf(directory, BLOCKS, PER_BLOCK)
    const whole = await readFile(file)
    const starts = members(whole)
    expect(starts.length).toBe(BLOCKS + 1)
    const lastBlock = starts[BLOCKS - 1] ?? 0
    for (let length = lastBlock; length < whole.length; length += length < lastBlock + 24 || length > whole.length - 12 ? 1 : 7) {
      await writeFile(file, whole.subarray(0, length))
      const damages: JournalDamage[] = []
      const lines = await readLines(directory, damages)
      const context = `${length - lastBlock} of ${whole.length - lastBlock} bytes of the last block`
      expect(lines.length, context).toBeGreaterThanOrEqual((BLOCKS - 1) * PER_BLOCK)
      expect(
        lines.map(({ stamp }) => stamp - START),
        context,
      ).toEqual(lines.map((_, i) => i))
      expect(
        damages.map((damage) => damage.path),
        context,
      ).toEqual(length === lastBlock ? [] : [file])
    }
  })

  it('that was cut far behind its start loses one block, however large it is', async () => {
    const directory = await temporaryDirectory()
    const journal = journalWriter(directory, { blockBytes: 64 << 10 })
    for (let i = 0; i < 20_000; i++)
      journal.append('binance', 1, START + i, 'ws', Buffer.from(`{"i":${i},"x":"${Math.imul(i, 2_654_435_761)}"}`))
    await journal.close()
    const file = await onlyFile(directory)
    const whole = await readFile(file)
    const starts = members(whole)
    const cutBlock = starts.length - 2
    await truncate(file, (starts[cutBlock] ?? 0) + 100)
    const kept = gunzipSync(whole.subarray(0, starts[cutBlock])).toString().split('\n').length - 1
    const damages: JournalDamage[] = []
    const lines = await readLines(directory, damages)
    expect(lines.length).toBeGreaterThanOrEqual(kept)
    expect(kept).toBeGreaterThan(15_000)
    expect(damages.length).toBe(1)
  })

  it.each([
    ['zeros, as a crash leaves them', Buffer.alloc(512)],
    ['text', Buffer.from('this is no gzip member at all, and never was')],
    ['bytes that begin like a block', Buffer.concat([MAGIC, Buffer.alloc(40, 0xff)])],
  ])('says so where %s lie in its middle or at its end, and keeps what lies before', async (_name, garbage) => {
    const directory = await temporaryDirectory()
    const file = await blocksOf(directory, BLOCKS, PER_BLOCK)
    const whole = await readFile(file)
    const starts = members(whole)
    for (const block of [2, BLOCKS]) {
      const at = starts[block] ?? 0
      await writeFile(file, Buffer.concat([whole.subarray(0, at), garbage, whole.subarray(at)]))
      const damages: JournalDamage[] = []
      const lines = await readLines(directory, damages)
      expect(lines.length).toBe(block * PER_BLOCK)
      expect(damages.map((damage) => damage.path)).toEqual([file])
    }
  })

  it('keeps what lies before the damage also where another program packed it, under a name', async () => {
    const directory = await temporaryDirectory()
    const file = await blocksOf(directory, 1, PER_BLOCK)
    const plain = gzipSync(gunzipSync(await readFile(file)))
    const named = Buffer.from(plain)
    named[3] = 8
    const repacked = Buffer.concat([named.subarray(0, 10), Buffer.from('a name\0'), named.subarray(10)])
    await writeFile(file, Buffer.concat([repacked, Buffer.from('garbage')]))
    const damages: JournalDamage[] = []
    expect((await readLines(directory, damages)).length).toBe(PER_BLOCK)
    expect(damages.length).toBe(1)
  })

  it.each(['garbage', '123 x ws {}', '123 1 nonsense {}', `${START - 1} 1 ws {"time":"goes back"}`])(
    'says so where a line is no record: %s',
    async (bad) => {
      const directory = await temporaryDirectory()
      const file = await blocksOf(directory, 2, PER_BLOCK)
      await writeFile(file, Buffer.concat([await readFile(file), gzipSync(`${bad}\n${START + 100} 1 ws {}\n`)]))
      const damages: JournalDamage[] = []
      expect((await readLines(directory, damages)).length).toBe(2 * PER_BLOCK)
      expect(damages.map((damage) => damage.path)).toEqual([file])
      expect(damages[0]?.message).toContain(String(2 * PER_BLOCK + 1))
    },
  )

  it('does not hide the whole ones beside it', async () => {
    const directory = await temporaryDirectory()
    await writeLines(directory, [line(1, 'one'), line(2, 'two', 2), line(3, 'three', 2)])
    const [first] = await findJournalFiles(directory)
    await writeFile(first?.path ?? '', 'not gzip')
    const damages: JournalDamage[] = []
    expect(texts(await readLines(directory, damages))).toEqual(['two', 'three'])
    expect(damages.length).toBe(1)
  })
})

describe('a journal that cannot be written', () => {
  it('counts every record that finds no room while the disk is slow', async () => {
    const directory = await temporaryDirectory()
    const lost: number[] = []
    const journal = journalWriter(directory, {
      blockBytes: 1_000,
      maxPendingBytes: 10_000,
      onLoss: (_exchange, count) => lost.push(count),
    })
    const total = 500
    // Nothing is written before we wait: this is a disk that takes nothing.
    for (let i = 0; i < total; i++) journal.append('binance', 1, START + i, 'ws', Buffer.alloc(100, 'x'))
    expect(journal.pendingBytes).toBeLessThanOrEqual(10_000)
    await journal.close()
    const sum = lost.reduce((all, each) => all + each, 0)
    expect(sum).toBeGreaterThan(300)
    expect((await readLines(directory)).length + sum).toBe(total)
  })

  it('tells its failure once, counts every record as lost, and goes on without it', async () => {
    const directory = await temporaryDirectory()
    await writeFile(path.join(directory, 'binance'), 'a file where the folder should be')
    const failures: StorageError[] = []
    let lost = 0
    const journal = journalWriter(directory, {
      blockBytes: 300,
      onFailure: (error) => failures.push(error),
      onLoss: (_exchange, count) => {
        lost += count
      },
    })
    for (let i = 0; i < 10; i++) journal.append('binance', 1, START + i, 'ws', Buffer.alloc(100, 'x'))
    await journal.drain()
    for (let i = 10; i < 20; i++) journal.append('binance', 1, START + i, 'ws', Buffer.alloc(100, 'x'))
    journal.append('bybit', 1, START, 'ws', Buffer.from('elsewhere'))
    await journal.close()
    expect(failures.map((error) => [error instanceof StorageError, error.code])).toEqual([[true, 'STORAGE_JOURNAL']])
    expect(failures[0]?.message).toMatch(/^Cannot write the journal .*frames\.gz: not a directory$/)
    expect(lost).toBe(20)
    expect(texts(await readLines(path.join(directory, 'bybit')))).toEqual(['elsewhere'])
  })
})

needs('zcat')('a journal and plain tools', () => {
  it('is text to zcat, block after block, and a torn one up to its last whole block', async () => {
    const directory = await temporaryDirectory()
    const file = await blocksOf(directory, 3, 5)
    const shown = spawnSync('zcat', [file], { encoding: 'utf8' })
    expect([shown.status, shown.stderr]).toEqual([0, ''])
    expect(shown.stdout.split('\n').slice(0, 2)).toEqual([
      `${START} 1 ws {"record":0,"noise":"0"}`,
      `${START + 1} 1 ws {"record":1,"noise":"-1640531535"}`,
    ])
    expect(shown.stdout.split('\n').length - 1).toBe(15)
    const bytes = await readFile(file)
    await truncate(file, (members(bytes)[2] ?? 0) + 15)
    expect(spawnSync('zcat', [file], { encoding: 'utf8' }).stdout.split('\n').length - 1).toBeGreaterThanOrEqual(10)
  })
})
