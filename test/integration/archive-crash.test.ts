import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, expect, it } from 'vitest'
import { archive, ask, type Place, store } from '../support/archive.js'
import { START, sample, temporaryFolder } from '../support/storage.js'

const DAY = 86_400_000
const LATER = START + 400 * DAY
const DAYS = 12
const PER_DAY = 150
const folder = temporaryFolder()
const place: Place = { database: folder.file('crypto_data.db'), directory: folder.file('archive') }
afterAll(() => folder.remove())

/** Kills an archiving program once it has begun so many files; gives whether it was still at work. */
async function killAt(line: number): Promise<boolean> {
  const script = path.resolve(import.meta.dirname, '../support/archive-child.ts')
  const args = ['--import', 'tsx', script, place.database, place.directory, String(LATER)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let lines = 0
  for await (const _ of createInterface({ input: child.stdout })) if (++lines === line) child.kill('SIGKILL')
  const [, signal] = (await ended) as [number | null, string | null]
  return signal === 'SIGKILL'
}

/** Name and hash of every file that is listed, and what else lies there. */
function listed(directory: string): { hashes: string[]; files: number } {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  const manifests = names.filter((name) => name.endsWith('manifest.json'))
  const partitions = manifests.flatMap((name) => {
    const text = readFileSync(path.join(directory, name), 'utf8')
    return (JSON.parse(text) as { partitions: { name: string; hash: string }[] }).partitions
  })
  return {
    hashes: partitions.map(({ name, hash }) => `${name} ${hash}`).sort(),
    files: names.filter((name) => /\.(?:parquet|tmp)$/.test(name)).length,
  }
}

it('killed while it writes, an archive lists only whole files, loses and doubles no row, and the next run completes it', async () => {
  const rows = Array.from({ length: DAYS * PER_DAY }, (_, i) => ({
    ...sample(i, 10),
    timestamp: START + Math.floor(i / PER_DAY) * DAY + (i % PER_DAY) * 1000,
  }))
  store(place, 'order_book_samples', rows)
  let kills = 0
  for (const line of [3, 1, 2, 3, 2]) {
    if (await killAt(line)) kills++
    const counts = await ask(place, 'SELECT count(*), (SELECT count(*) FROM archive.order_book_samples) FROM order_book_samples')
    expect(counts.failures).toEqual([])
    expect(counts.rows).toEqual([[rows.length, listed(place.directory).hashes.length * PER_DAY]])
  }
  expect(kills).toBeGreaterThanOrEqual(4)

  const report = await archive(place, LATER)
  expect(report.failures).toEqual([])
  const undisturbed = { ...place, directory: folder.file('undisturbed') }
  await archive(undisturbed, LATER)
  expect(listed(place.directory)).toEqual(listed(undisturbed.directory))
  expect(listed(place.directory)).toMatchObject({ files: DAYS })
  expect((await archive(place, LATER, { isVerifying: true })).verified).toBe(DAYS)
}, 60_000)
