import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { exportTarget } from '../../src/core/storage/archive/export-target.js'
import { archive, store } from '../support/archive.js'
import { cleanEnvironment, type Ended, RUN, runMts, runShell, temporaryFolder } from '../support/run-mts.js'
import { START, spread } from '../support/storage.js'

const DAY = 86_400_000
const cwd = temporaryFolder()
const place = { database: path.join(cwd, 'data/crypto_data.db'), directory: path.join(cwd, 'data/archive') }
const mts = (...args: string[]): Promise<Ended> => runMts(args, { cwd })
const shell = (line: string): Promise<Ended> =>
  runShell(line.replaceAll('mts', `'${process.execPath}' '${RUN}'`), { cwd, env: cleanEnvironment() })

beforeAll(async () => {
  const rows = [0, 1, 86_400].map((second) => spread(second))
  store(place, 'bid_ask_spreads', rows)
  await archive(place, START + DAY + 3_600_000)
})

describe('db archive', () => {
  it('says what it wrote, then that there is nothing new', async () => {
    const first = JSON.parse((await mts('db', 'archive', '--json')).stdout)
    expect(first.data.written).toMatchObject([
      { table: 'bid_ask_spreads', series: 'binance BTCUSDT', period: '2026-01-03', rows: 1 },
    ])
    const second = await mts('db', 'archive', '--tables', 'bid_ask_spreads')
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toMatch(/^data\/archive: nothing new\ntable .*\nbid_ask_spreads +2 +3 /)
  })

  it('names the nearest table', async () => {
    const { code, stderr } = await mts('db', 'archive', '--tables', 'spreads')
    expect([code, stderr]).toEqual([2, expect.stringContaining('Did you mean bid_ask_spreads?')])
  })
})

describe('db prune', () => {
  it('tells in a dry run what would go', async () => {
    const { stdout, code } = await mts('db', 'prune', '--older-than', '30d', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toMatch(/3 rows can be deleted \(dry run, nothing changed\)/)
    expect(stdout).toMatch(/bid_ask_spreads +would be deleted +3 +2 +2026-01-02/)
  })
})

describe('db query', () => {
  it('prints in each format, and only the fields asked for', async () => {
    const sql = "SELECT symbol, count(*) AS n, [1, 2] AS list, 'a,b' AS midPrice FROM bid_ask_spreads GROUP BY ALL"
    const [table, json, ndjson, csv, fields] = await Promise.all([
      mts('db', 'query', sql),
      mts('db', 'query', sql, '--json'),
      mts('db', 'query', sql, '-o', 'ndjson'),
      mts('db', 'query', sql, '-o', 'csv'),
      mts('db', 'query', sql, '-o', 'csv', '--fields', 'n'),
    ])
    const row = { symbol: 'BTCUSDT', n: 3, list: [1, 2], midPrice: 'a,b' }
    expect(table?.stdout).toBe('symbol   n  list   midPrice\nBTCUSDT  3  [1,2]  a,b\n')
    expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
      schema_version: 1,
      command: 'db query',
      params: { sql },
      data: [row],
      failures: [],
    })
    expect(ndjson?.stdout).toBe(`${JSON.stringify(row)}\n`)
    expect(csv?.stdout).toBe('symbol,n,list,midPrice\nBTCUSDT,3,"[1,2]","a,b"\n')
    expect(fields?.stdout).toBe('n\n3\n')
  })

  it('is one document, one header, or nothing where there are no rows', async () => {
    const sql = 'SELECT symbol FROM bid_ask_spreads WHERE false'
    const [json, csv, ndjson] = await Promise.all(['json', 'csv', 'ndjson'].map((format) => mts('db', 'query', sql, '-o', format)))
    expect(JSON.parse(json?.stdout ?? '').data).toEqual([])
    expect([csv?.stdout, ndjson?.stdout]).toEqual(['symbol\n', ''])
  })

  it('points at the mistake', async () => {
    const { stderr, stdout, code } = await mts('db', 'query', 'SELECT * FORM bid_ask_spreads')
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr.split('\n').slice(0, 3)).toEqual([
      'Error: The query cannot be run: syntax error at or near "bid_ask_spreads" (line 1, column 15)',
      '  SELECT * FORM bid_ask_spreads',
      `  ${' '.repeat(14)}^`,
    ])
  })

  it('ends quietly and at once when nobody reads any more, however much there is', async () => {
    const sql = 'SELECT i, repeat(i::VARCHAR, 20) FROM range(2000000000) r(i)'
    const { stdout, stderr, code } = await shell(`set -o pipefail; mts db query '${sql}' -o ndjson | head -1`)
    expect([stdout, stderr, code]).toEqual(['{"i":0,"repeat(CAST(i AS VARCHAR), 20)":"00000000000000000000"}\n', '', 0])
  })

  it('prints rows while they come, in little memory', async () => {
    const sql = 'SELECT i, repeat(i::VARCHAR, 40) AS text FROM range(400000) r(i)'
    const { stdout, code } = await shell(
      `export NODE_OPTIONS="$NODE_OPTIONS --max-old-space-size=64"; mts db query '${sql}' -o csv | wc -l`,
    )
    expect([stdout.trim(), code]).toEqual(['400001', 0])
  })

  it('says that a table shows only the first rows', async () => {
    const { stdout, stderr } = await mts('db', 'query', 'SELECT i FROM range(10001) r(i)')
    expect(stdout.trimEnd().split('\n').length).toBe(10_001)
    expect(stderr).toBe('Only the first 10000 rows are shown: -o csv or -o ndjson gives all of them\n')
  })

  it('takes SQL from a file or from stdin, also where it begins with a comment', async () => {
    const ended = await shell(
      "printf -- '-- all\\nSELECT 1 AS a;\\n' | tee a.sql | mts db query --file - -o csv && mts db query --file a.sql -o csv",
    )
    expect(ended).toEqual({ stdout: 'a\n1\na\n1\n', stderr: '', code: 0 })
    expect((await mts('db', 'query', '--file', 'none.sql')).code).toBe(65)
    expect((await mts('db', 'query')).code).toBe(2)
  })

  it('exits 74 without a database', async () => {
    expect((await mts('db', 'query', 'SELECT 1', '--db', 'none.db')).code).toBe(74)
  })
})

describe('db export', () => {
  it('writes CSV to stdout, or a whole file and a line about it', async () => {
    const [csv, file] = await Promise.all([
      mts('db', 'export', '--table', 'bid_ask_spreads', '--symbols', 'BTC', '--to', '2026-01-03'),
      mts('db', 'export', '--table', 'bid_ask_spreads', '--format', 'ndjson', '--out', 'spreads.ndjson', '--json'),
    ])
    expect(csv?.stdout.split('\n')).toEqual([
      'exchange,symbol,timestamp,bid_price,ask_price,spread_absolute,spread_percentage,mid_price,quality',
      `binance,BTCUSDT,${START},99.5,100.5,1,1,100,`,
      `binance,BTCUSDT,${START + 1000},99.5,100.5,1,1,100,`,
      '',
    ])
    expect(JSON.parse(file?.stdout ?? '').data).toMatchObject({ rows: 3, file: path.join(cwd, 'spreads.ndjson') })
    expect(readFileSync(path.join(cwd, 'spreads.ndjson'), 'utf8').trimEnd().split('\n').length).toBe(3)
  })

  it('is one JSON document with --json, as every command is', async () => {
    const { stdout } = await mts('db', 'export', '--table', 'bid_ask_spreads', '--symbols', 'BTC', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1, command: 'db export', data: [{ exchange: 'binance' }, {}, {}] })
  })

  it.each([
    ['an unknown table', ['--table', 'bid_ask_spread'], 'Did you mean bid_ask_spreads?'],
    ['an unknown format', ['--table', 'coverage', '--format', 'xml'], 'csv, ndjson, parquet'],
    ['an unknown symbol', ['--table', 'bid_ask_spreads', '--symbols', 'DOGE'], 'Stored: BTCUSDT'],
    ['an unknown coin', ['--combined', '--coins', 'bitcon'], 'Did you mean bitcoin'],
    ['parquet without a file', ['--table', 'coverage', '--format', 'parquet'], '--out'],
    ['neither a table nor --combined', [], '--combined'],
    ['a time that is none', ['--table', 'coverage', '--from', 'yesterday'], 'Write it like'],
  ])('refuses %s with what would be right', async (_, args, hint) => {
    const { code, stderr, stdout } = await mts('db', 'export', ...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(hint)
  })

  it('never goes over a database, or into the files of the archive', async () => {
    const { code, stderr } = await mts('db', 'export', '--table', 'bid_ask_spreads', '--out', 'data/crypto_data.db')
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('USAGE_EXPORT_TARGET') })
    const { database, directory } = place
    for (const out of [database, `${database}-wal`, path.join(directory, 'rows.parquet')])
      expect(() => exportTarget(out, [directory])).toThrow('Not overwritten')
    expect(exportTarget(path.join(cwd, 'rows.csv'), [directory])).toBe(path.join(cwd, 'rows.csv'))
  })

  it('leaves nothing behind where it cannot write', async () => {
    const { code } = await mts('db', 'export', '--table', 'bid_ask_spreads', '--out', 'nowhere/spreads.csv')
    expect(code).toBe(74)
    expect(existsSync(path.join(cwd, 'nowhere'))).toBe(false)
  })
})
