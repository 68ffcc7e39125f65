import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Ended, runMts, temporaryFolder } from '../support/run-mts.js'

const HEAD = 'timestamp,open,high,low,close,volume'
const bar = (hour: number, close = 10) => `2021-03-01T${String(hour).padStart(2, '0')}:00Z,10,11,9,${close},5`
const good = [HEAD, bar(0), bar(1), bar(2), '2021-03-01T03:00Z,10,9,11,10,5', bar(5)].join('\n')

function folderWith(files: Readonly<Record<string, string>>) {
  const cwd = temporaryFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(cwd, name), text)
  return { cwd, mts: (...args: string[]): Promise<Ended> => runMts(['db', 'import', ...args], { cwd }) }
}

describe('db import', () => {
  it('shows in a dry run what it decided, and changes nothing', async () => {
    const { cwd, mts } = folderWith({ 'kraken_BTCUSD.csv': good })
    const { code, stdout } = await mts('kraken_BTCUSD.csv', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^kraken_BTCUSD\.csv: dry run, nothing changed\n/)
    expect(stdout).toMatch(/\ninterval +1h +the most frequent step between rows\n/)
    expect(stdout).toMatch(/\nkraken +bitcoin +1h +2021-03-01 00:00 +10 +11 +9 +10 +5 /)
    expect(existsSync(path.join(cwd, 'data'))).toBe(false)
  })

  it('stores what is right, keeps what is wrong with its line and reason, and the second time says nothing new', async () => {
    const { cwd, mts } = folderWith({ 'kraken_BTCUSD.csv': good })
    const report = JSON.parse((await mts('kraken_BTCUSD.csv', '--json')).stdout)
    expect(report.data).toMatchObject([
      { rows_read: 5, refused: 1, series: [{ series: 'kraken bitcoin 1h', stored: 4, holes: 2, first: Date.UTC(2021, 2, 1) }] },
    ])
    const kept = readFileSync(path.join(cwd, 'data/quarantine/kraken_BTCUSD.csv'), 'utf8').split('\r\n')
    expect(kept.slice(0, 2)).toEqual([
      'refused_at,reason,file,line,raw',
      expect.stringMatching(/^[^,]+,the high is below the low,kraken_BTCUSD\.csv,5,"2021-03-01T03:00Z,10,9,11,10,5"$/),
    ])
    const again = await mts('kraken_BTCUSD.csv', '-o', 'table')
    expect(again.stdout).toMatch(/^kraken_BTCUSD\.csv: nothing new\n/)
    expect(again.stderr).toMatch(/1 row is not stored; each is in data\/quarantine\/kraken_BTCUSD\.csv/)
    expect(readFileSync(path.join(cwd, 'data/quarantine/kraken_BTCUSD.csv'), 'utf8').split('\r\n')).toHaveLength(kept.length)
  })

  it('ends with 3 when some files cannot be used, and with 65 when none can', async () => {
    const { mts } = folderWith({ 'kraken_BTCUSD.csv': good, 'nonsense.csv': 'what,ever\n1,2\n' })
    const some = await mts('nonsense.csv', 'kraken_BTCUSD.csv', 'missing.csv', '--json')
    expect(some.code).toBe(3)
    expect(JSON.parse(some.stdout).failures.map((each: { series: string; code: string }) => [each.series, each.code])).toEqual([
      ['nonsense.csv', 'DATA_IMPORT_COLUMNS'],
      ['missing.csv', 'DATA_IMPORT_FILE'],
    ])
    const none = await mts('nonsense.csv', '--json')
    expect([none.code, JSON.parse(none.stdout).error.code]).toEqual([65, 'DATA_IMPORT_COLUMNS'])
  })

  it('names the nearest role and zone', async () => {
    const { mts } = folderWith({ 'kraken_BTCUSD.csv': good })
    const role = await mts('kraken_BTCUSD.csv', '--map', 'timestmp=1')
    expect([role.code, role.stderr]).toEqual([2, expect.stringContaining('Did you mean timestamp?')])
    const zone = await mts('kraken_BTCUSD.csv', '--tz', 'Europe/Londn')
    expect([zone.code, zone.stderr]).toEqual([2, expect.stringContaining('Code: USAGE_UNKNOWN_ZONE')])
  })
})
