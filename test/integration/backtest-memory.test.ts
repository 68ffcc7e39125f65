import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createMarketData } from '../../src/core/backtest/data.js'
import { type LoadedMarket, loadMarket } from '../../src/core/backtest/load/market.js'
import { openReader } from '../../src/core/storage/reader.js'
import { temporaryFolder } from '../support/storage.js'
import { candleRows, START, storeBars } from '../support/stored-bars.js'

const MINUTE = 60_000
const HOLE = 70_000
/** Long enough for a file of columns. */
const MINUTES = candleRows({ interval: '1m', stepMs: MINUTE, count: 101_000, without: [HOLE] })
const folder = temporaryFolder()
const file = folder.file('crypto_data.db')
const notes = folder.file('cache/crypto_data/notes.json')

beforeAll(() => storeBars(file, (history) => history.upsertCandles(MINUTES)))
afterAll(() => folder.remove())

async function load(start?: number): Promise<LoadedMarket['data']> {
  const reader = openReader(file)
  try {
    return (await loadMarket(reader, { symbols: ['BTC'], start, requirements: { warmup: 1, needs: {} } })).data
  } finally {
    reader.close()
  }
}

/** Looked at anew, whatever is remembered. */
function fresh(data: LoadedMarket['data']): string {
  return createMarketData(data).hash
}

it('knows a long series again without hashing it, and says the same of it', async () => {
  const first = await load()
  expect(first.hash).toBe(fresh(first))
  expect(first.warnings).toEqual([expect.stringContaining('1 bars missing in 1 hole')])
  const again = await load()
  expect([again.hash, again.warnings]).toEqual([first.hash, first.warnings])
  // What a look at the bars would never give shows that there was none.
  writeFileSync(notes, readFileSync(notes, 'utf8').replaceAll(first.hash, 'remembered'))
  expect((await load()).hash).toBe('remembered')
})

it('does not take another part of the time for it', async () => {
  const part = await load(START + 500 * MINUTE)
  expect(part.hash).toBe(fresh(part))
})

it('looks again once a bar has changed, or where the notes are damaged', async () => {
  storeBars(file, (history) => history.upsertCandles(MINUTES.slice(5, 6).map((row) => ({ ...row, volume: 99 }))))
  const changed = await load()
  expect(changed.hash).toBe(fresh(changed))
  expect(existsSync(notes)).toBe(true)
  for (const damage of [
    '[["',
    '{}',
    JSON.stringify(JSON.parse(readFileSync(notes, 'utf8')).map(([key]: string[]) => [key, '{'])),
  ]) {
    writeFileSync(notes, damage)
    expect((await load()).hash).toBe(changed.hash)
  }
})
