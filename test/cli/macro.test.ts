import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { openReader } from '../../src/core/storage/reader.js'
import { cleanEnvironment, runMts, temporaryFolder } from '../support/run-mts.js'

function run(cwd: string, args: readonly string[], extra: Readonly<Record<string, string>> = {}) {
  return runMts(['macro', ...args], { cwd, env: cleanEnvironment(extra) })
}

function stored(cwd: string, indicator: string) {
  const reader = openReader(path.join(cwd, 'data/crypto_data.db'))
  const rows = reader.macro({ indicators: [indicator], limit: Number.POSITIVE_INFINITY })
  const vintages = reader.macroVintages({ indicators: [indicator], limit: Number.POSITIVE_INFINITY })
  reader.close()
  return { rows: rows.toReversed(), vintages }
}

const DAYS = ['--from', '2025-11-01', '--to', '2026-02-01']

describe('mts macro', () => {
  it('stores what was published with the moment it could be known, keeps what is missing missing, and then finds nothing new', async () => {
    const cwd = temporaryFolder()
    expect(await run(cwd, ['--sandbox', '--indicators', 'dgs10,DTWEXBGS', ...DAYS])).toStrictEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    const { rows } = stored(cwd, 'DGS10')
    expect(rows.length).toBeGreaterThan(60)
    expect(rows.some(({ value }) => value === null)).toBe(true)
    expect(rows.every(({ value }) => value !== 0)).toBe(true)
    for (const { date, availableAt } of rows) expect(availableAt).toBeGreaterThan(Date.parse(date) + 86_400_000)
    expect(rows.some(({ date }) => [0, 6].includes(new Date(date).getUTCDay()))).toBe(false)
    const { stdout, stderr } = await run(cwd, ['--sandbox', '--indicators', 'dgs10,DTWEXBGS', ...DAYS, '-o', 'table'])
    expect(stdout).toMatch(/^2025-11-01 to 2026-01-31: nothing new$/m)
    expect(stderr).toContain("DXY is DTWEXBGS: The Federal Reserve's broad index, not ICE's DXY")
  })

  it('fills days when asked to, says which, and takes them back when not asked any more', async () => {
    const cwd = temporaryFolder()
    const args = ['--sandbox', '--indicators', 'VIX', ...DAYS, '--json']
    const { stdout } = await run(cwd, [...args, '--fill', 'forward,interpolate'])
    const [told] = JSON.parse(stdout).data
    const filled = stored(cwd, 'VIX').rows
    expect(filled).toHaveLength(92)
    expect(filled.every(({ value }) => value !== null)).toBe(true)
    expect(filled.filter(({ isInterpolated }) => isInterpolated)).toHaveLength(told.interpolated)
    expect(told.interpolated).toBeGreaterThan(20)
    const plain = JSON.parse((await run(cwd, args)).stdout).data[0]
    const { rows } = stored(cwd, 'VIX')
    expect(rows.every(({ isInterpolated, isForwardFilled }) => !isInterpolated && !isForwardFilled)).toBe(true)
    expect(plain.removed + rows.length).toBe(92)
  })

  it('writes every stored day of a series as CSV', async () => {
    const cwd = temporaryFolder()
    await run(cwd, ['--sandbox', '--indicators', 'DFF', ...DAYS])
    const lines = readFileSync(path.join(cwd, 'data/raw/macro/DFF.csv'), 'utf8').trim().split('\r\n')
    expect(lines[0]).toBe('indicator,date,value,is_interpolated,is_forward_filled,available_at,quality,created_at')
    expect(lines.slice(1).map((line) => line.split(',')[1])).toStrictEqual(stored(cwd, 'DFF').rows.map(({ date }) => date))
  })

  it('marks what is simulated, keeps the mark in an export, and never puts real values beside it', async () => {
    const cwd = temporaryFolder()
    await run(cwd, ['--sandbox', '--indicators', 'VIX', ...DAYS])
    expect(new Set(stored(cwd, 'VIX').rows.map(({ quality }) => quality))).toStrictEqual(new Set(['simulated']))
    writeFileSync(path.join(cwd, 'VIX.csv'), 'date,value\n2025-11-03,17.2\n2025-11-04,17.9\n')
    const mixed = await runMts(['db', 'import', 'VIX.csv', '--json'], { cwd, env: cleanEnvironment() })
    expect(mixed.stdout).toContain('DATA_SIMULATED')
    expect(new Set(stored(cwd, 'VIX').rows.map(({ quality }) => quality))).toStrictEqual(new Set(['simulated']))
    const other = temporaryFolder()
    const file = path.join(cwd, 'data/raw/macro/VIX.csv')
    expect(await runMts(['db', 'import', file], { cwd: other, env: cleanEnvironment() })).toMatchObject({ code: 0 })
    expect(stored(other, 'VIX').rows.every(({ quality }) => quality === 'simulated')).toBe(true)
  })

  it('keeps every wording of a revised series, and since when it held', async () => {
    const cwd = temporaryFolder()
    const { stdout, code } = await run(cwd, ['--sandbox', '--indicators', 'CPI', '--days', '500', '--vintages', '--json'])
    expect(code).toBe(0)
    const { rows, vintages } = stored(cwd, 'CPI')
    expect(vintages.length).toBeGreaterThan(rows.length)
    expect(JSON.parse(stdout).data[0].vintages).toBe(vintages.length)
    for (const { date, value, availableAt } of rows) {
      const newest = vintages.filter((each) => each.date === date).toSorted((a, b) => b.availableAt - a.availableAt)[0]
      expect({ value, availableAt }).toStrictEqual({ value: newest?.value, availableAt: newest?.availableAt })
    }
  })

  it('takes series that the user added, with their lag', async () => {
    const cwd = temporaryFolder()
    const own = { MTS_MACRO_INDICATORS: '[{"id": "DGS30", "name": "LONG_YIELD", "frequency": "daily", "lag": 3}]' }
    const { stdout, stderr, code } = await run(cwd, ['--indicators', 'long_yield', '--json'], {
      ...own,
      MTS_PROVIDERS__FRED_GRAPH_URL: 'http://127.0.0.1:1',
      MTS_RETRY__ATTEMPTS: '1',
    })
    expect({ code, stderr }).toStrictEqual({ code: 69, stderr: '' })
    expect(JSON.parse(stdout).error.code).toBe('API_CONNECTION')
    const bad = await run(cwd, [], { MTS_MACRO_INDICATORS: '[{"id": "DGS30", "lagg": 3}]' })
    expect(bad).toMatchObject({ code: 78, stderr: expect.stringContaining('MORTGAGE30US') })
  })

  it.each([
    [['--indicators', 'VIXX'], 2, 'Did you mean VIX'],
    [['--indicators', 'ZZZZZZ'], 2, 'macro_indicators'],
    [['--fill', 'foreward'], 2, 'Did you mean forward'],
    [['--fill', 'none,forward'], 2, '--fill none goes with no other'],
    [['--vintages'], 78, 'FRED_API_KEY is not set'],
  ])('refuses %j', async (args, exit, message) => {
    const { stdout, stderr, code } = await run(temporaryFolder(), args)
    expect({ stdout, code }).toStrictEqual({ stdout: '', code: exit })
    expect(stderr).toContain(message)
  })

  it('says of a key that cannot be one where to get another, and never shows it', async () => {
    const { stderr, code } = await run(temporaryFolder(), [], { FRED_API_KEY: 'SECRET-KEY' })
    expect(code).toBe(78)
    expect(stderr).toMatch(/fred\.stlouisfed\.org/)
    expect(stderr).not.toContain('SECRET-KEY')
  })
})
