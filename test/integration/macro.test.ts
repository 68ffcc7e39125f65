import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collectMacro, type MacroResult } from '../../src/core/collect/collect-macro.js'
import type { Fill } from '../../src/core/collect/fill.js'
import { createHttp } from '../../src/core/net/http.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { loadMacroProvider } from '../../src/core/providers/registry.js'
import { openHistory } from '../../src/core/storage/history.js'
import { openReader } from '../../src/core/storage/reader.js'
import { inDatabase } from '../support/archive.js'
import { bar, temporaryFolder } from '../support/storage.js'

const day = (index: number) => new Date(Date.UTC(2026, 2, index)).toISOString().slice(0, 10)
const noon = (index: number) => Date.UTC(2026, 2, index, 12)

/** FRED's graph of one series, as it stands at the moment. */
let csv = ''
let server: Server
let root = ''
const folder = temporaryFolder()
beforeAll(async () => {
  server = createServer((_, response) => response.writeHead(200, { 'content-type': 'text/csv' }).end(csv))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.close()
  folder.remove()
})

const tell = (values: Readonly<Record<number, number>>) => {
  csv = `observation_date,VIXCLS\n${Object.entries(values)
    .map(([index, value]) => `${day(Number(index))},${value}\n`)
    .join('')}`
}

/** `mts macro --indicators VIX` at noon of a day of March. */
async function run(file: string, index: number, fills: readonly Fill[] = ['none']): Promise<MacroResult | undefined> {
  const real = systemClock()
  const clock = { ...real, now: () => noon(index) }
  const provider = await loadMacroProvider()
  const http = createHttp({ clock: real, userAgent: 'mts/test', requestTimeoutMs: 5_000, retry: { times: 0, baseMs: 1, capMs: 1 } })
  const history = openHistory({ path: file, clock, programVersion: '1.2.3' })
  const access = { plan: 'keyless', endpoints: { graph: root }, key: undefined }
  const world = { clock, http, access, isSandbox: false, random: () => 1, signal: new AbortController().signal }
  const series = provider.find('VIX')
  try {
    const [result] = await collectMacro(
      { ...world, history, retry: { attempts: 1, baseMs: 1, capMs: 1 }, onStored: () => undefined, onProgress: () => undefined },
      {
        provider,
        series: series === undefined ? [] : [series],
        ...{ firstDay: day(1), lastDay: day(index), fills: new Set(fills), withVintages: false },
      },
    )
    return result
  } finally {
    history.close()
    await http.close()
  }
}

/** What the bars of these days saw when they closed, at noon. */
function seen(file: string, days: readonly number[]): unknown[] {
  const history = openHistory({ path: file, clock: systemClock(), programVersion: '1.2.3' })
  history.upsertCandles(days.map((index) => bar(0, { interval: '1h', timestamp: noon(index) - 3_600_000 })))
  history.close()
  return inDatabase({ database: file, directory: '' }, "SELECT macro ->> 'VIX' FROM crypto_macro ORDER BY timestamp")
    .flat()
    .map(Number)
}

describe('a macro series that is asked for every night', () => {
  it('shows a backtest what each night had: a corrected value from the night on that found it, a late one from its coming on', async () => {
    const file = folder.file('nights.db')
    tell({ 9: 17, 10: 18 })
    expect(await run(file, 18)).toMatchObject({ stored: 2, revised: 0, late: 0 })
    tell({ 9: 17, 10: 18.5 })
    expect(await run(file, 19)).toMatchObject({ stored: 0, updated: 1, revised: 1, late: 0 })
    tell({ 9: 17, 10: 18.5, 11: 30 })
    expect(await run(file, 22)).toMatchObject({ stored: 1, updated: 0, revised: 0, late: 1 })
    expect(seen(file, [16, 18, 19, 20, 21, 22])).toEqual([17, 18, 18.5, 18.5, 18.5, 30])
    expect(await run(file, 23)).toMatchObject({ stored: 0, updated: 0, unchanged: 3, revised: 0, late: 0 })
  })

  it('is as stale as before when all of it is told anew: a correction is no late release', async () => {
    const file = folder.file('anew.db')
    tell({ 9: 17, 10: 18 })
    await run(file, 18)
    const facts = () => {
      const reader = openReader(file)
      const [series] = reader.macroFacts()
      // The newest day, not the day on which it became known.
      expect(reader.status().tables.find(({ table }) => table === 'macro_indicators')?.newest).toBe(Date.parse(day(10)))
      reader.close()
      return series?.newest
    }
    const before = facts()
    tell({ 9: 34, 10: 36 })
    expect(await run(file, 28)).toMatchObject({ revised: 2 })
    expect(facts()).toEqual(before)
  })

  it('knows a day that was filled from a corrected value no sooner than that', async () => {
    const file = folder.file('filled.db')
    tell({ 9: 17, 10: 18 })
    await run(file, 18, ['forward'])
    tell({ 9: 17, 10: 18.5 })
    await run(file, 19, ['forward'])
    const rows = inDatabase(
      { database: file, directory: '' },
      `SELECT DISTINCT value, available_at FROM macro_indicators WHERE date > '${day(10)}'`,
    )
    expect(rows).toEqual([[18.5, noon(19)]])
  })
})
