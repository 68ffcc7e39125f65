import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { cleanEnvironment, ROOT, RUN, runMts, runShell, temporaryFolder } from '../support/run-mts.js'

const ENDLESS = path.join(ROOT, 'test/support/endless-command.mjs')

describe('errors', () => {
  it('names the nearest flag for one that does not exist, in one line with a code, and exits 2', async () => {
    const { stdout, stderr, code } = await runMts(['config', '--jsn'])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toBe(
      'Error: Unknown flag: --jsn\n  Did you mean --json?\n  See the same command with --help\n  Code: USAGE_UNKNOWN_FLAG\n',
    )
  })

  it('prints them as one JSON document on stdout with --json', async () => {
    const { stdout, stderr, code } = await runMts(['config', '--json', '--nope'])
    expect(code).toBe(2)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toStrictEqual({
      error: {
        code: 'USAGE_UNKNOWN_FLAG',
        message: 'Unknown flag: --nope',
        suggestions: ['See the same command with --help'],
        exit_code: 2,
      },
    })
  })

  it('suggests a command for a misspelled one, in a pipe too, and exits 2', async () => {
    const { stderr, code } = await runMts(['db', 'migrat'])
    expect(code).toBe(2)
    expect(stderr).toContain('Unknown command: db migrat\n  Did you mean `mts db migrate`')
  })

  it('names a missing argument or flag, and the nearest of the values that a flag may have', async () => {
    const ends = await Promise.all(
      [['orderbook'], ['db', 'prune'], ['config', '-o', 'jsn'], ['config', '--quiet', '--verbose']].map((args) => runMts(args)),
    )
    expect(ends.map(({ stderr }) => stderr.split('\n').slice(0, 2))).toEqual([
      ['Error: Missing argument: SYMBOL (Base asset, symbol or pair)', '  See the same command with --help'],
      ['Error: Missing flag: --older-than', '  See the same command with --help'],
      ['Error: Expected --output=jsn to be one of: table, json, ndjson, csv', '  Did you mean json?'],
      ['Error: --verbose and --quiet exclude each other', '  See the same command with --help'],
    ])
    expect(ends.map(({ code }) => code)).toEqual([2, 2, 2, 2])
  })

  it('takes a word too many for an argument, not for a command', async () => {
    const { stderr, code } = await runMts(['config', 'extra'])
    expect(code).toBe(2)
    expect(stderr).toContain('Unexpected argument: extra')
  })

  it('names a flag whose value cannot be used', async () => {
    const { stderr, code } = await runMts(['db', 'migrate', '--to', 'x'])
    expect(code).toBe(2)
    expect(stderr.split('\n')[0]).toBe('Error: --to: Not a number that fits: x')
  })

  it('keeps stack traces for --verbose and calls a broken invariant a defect', async () => {
    const quiet = await runShell(`node ${ENDLESS} --fail`)
    expect(quiet.code).toBe(70)
    expect(quiet.stderr).toContain('Error: broken inside')
    expect(quiet.stderr).not.toContain('    at ')
    const verbose = await runShell(`node ${ENDLESS} --fail --verbose`)
    expect(verbose.stderr).toContain('    at ')
  })
})

it('tells an error from a timer in the same form, and ends', async () => {
  const { stderr, code } = await runShell(`node ${ENDLESS} --crash`)
  expect(code).toBe(1)
  expect(stderr).toMatch(/^Error: out of reach\n {2}.*\n {2}Code: UNEXPECTED\n$/)
})

describe('configuration', () => {
  it('exits 78 for an unknown key and names the nearest one and its source', async () => {
    const { stderr, code } = await runMts(['config'], { env: cleanEnvironment({ MTS_SYMBLS: 'BTC' }) })
    expect(code).toBe(78)
    expect(stderr).toContain('Unknown setting MTS_SYMBLS in the environment\n  Did you mean MTS_SYMBOLS?')
  })

  it('shows each value with its source and never a secret', async () => {
    const cwd = temporaryFolder()
    writeFileSync(path.join(cwd, 'mts.config.json'), JSON.stringify({ symbols: ['SOL'], request_timeout: '5s' }))
    writeFileSync(path.join(cwd, '.env'), 'FRED_API_KEY=abc-very-secret\n')
    const env = cleanEnvironment({ MTS_REQUEST_TIMEOUT: '7s', REDIS_URL: 'redis://me:hidden-word@127.0.0.1:6379' })
    for (const format of ['json', 'table', 'ndjson', 'csv']) {
      const { stdout, stderr, code } = await runMts(['config', '-o', format, '--db', 'here.db', '--verbose'], { cwd, env })
      expect(code).toBe(0)
      expect(stdout + stderr).not.toMatch(/abc-very-secret|hidden-word/)
      if (format !== 'json') continue
      const rows = new Map(JSON.parse(stdout).data.map((row: { key: string }) => [row.key, row]))
      expect(rows.get('symbols')).toMatchObject({ value: ['SOL'], source: 'mts.config.json' })
      expect(rows.get('request_timeout')).toMatchObject({
        value: 7000,
        unit: 'ms',
        source: 'MTS_REQUEST_TIMEOUT in the environment',
      })
      expect(rows.get('db')).toMatchObject({ value: path.join(cwd, 'here.db'), source: '--db' })
      expect(rows.get('providers.fred_api_key')).toMatchObject({ source: 'FRED_API_KEY in .env' })
    }
  })
})

describe('output', () => {
  it('is one JSON document with --json, and has no colour in a pipe', async () => {
    const { stdout, stderr, code } = await runMts(['config', '--json', '--fields', 'key,value'])
    expect({ code, stderr }).toStrictEqual({ code: 0, stderr: '' })
    const document = JSON.parse(stdout)
    expect(Object.keys(document)).toStrictEqual(['schema_version', 'command', 'params', 'data', 'warnings', 'failures'])
    expect(Object.keys(document.data[0])).toStrictEqual(['key', 'value'])
    const table = await runMts(['config'])
    expect(table.stdout).not.toContain('\u001b')
    expect(table.stdout.split('\n')[0]).toMatch(/^key +value +unit +source$/)
  })

  it('obeys FORCE_COLOR in a pipe, and NO_COLOR before it', async () => {
    const forced = await runMts(['config'], { env: cleanEnvironment({ FORCE_COLOR: '1' }) })
    expect(forced.stdout).toContain('\u001b[')
    const refused = await runMts(['config'], { env: cleanEnvironment({ FORCE_COLOR: '1', NO_COLOR: '1' }) })
    expect(refused.stdout).not.toContain('\u001b[')
  })

  it('lists the fields there are when an unknown one is asked for', async () => {
    const { stderr, code } = await runMts(['config', '--fields', 'kye'])
    expect(code).toBe(2)
    expect(stderr).toContain('Did you mean key?\n  Fields: key, value, unit, source, description')
  })

  it('answers help and version from the generated text, the same as oclif does', async () => {
    const help = await runMts(['db', 'migrate', '--help'])
    expect(help.stdout).toContain('$ mts db migrate')
    expect(help.stdout).toContain('--dry-run')
    const defaults = await runMts(['arb', 'list', '--help'])
    expect(defaults.stdout).toMatch(/--since=\S+ +\[default: 1d\]/)
    const { stdout, code } = await runMts(['--version'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^mts\/\d+\.\d+\.\d+ \S+ node-v\d+/)
  })
})

describe('help', () => {
  const pages = (width: number): Record<string, string> =>
    JSON.parse(readFileSync(path.join(ROOT, `dist/help-${width}.json`), 'utf8')).help

  it('of a command that is not there names the nearest one', async () => {
    const { stderr, code } = await runMts(['help', 'db', 'quer'])
    expect(code).toBe(2)
    expect(stderr).toContain('Unknown command: db quer\n  Did you mean `mts db query`')
  })

  it('names every command and every group of commands on its first page', () => {
    const { '': first = '', ...others } = pages(80)
    const listed = first.split('\n').flatMap((line) => /^ {2}([a-z]+) {2}/.exec(line)?.[1] ?? [])
    expect(listed.sort()).toEqual(Object.keys(others).filter((name) => !name.includes(' ')))
  })

  it.each([60, 80, 100])('has no line that a terminal of %i columns would break, but commands to copy', (width) => {
    const lines = Object.values(pages(width)).flatMap((page) => page.split('\n'))
    expect(lines.filter((line) => line.length > width && !line.startsWith('  $ '))).toEqual([])
  })
})

describe('a command that runs', () => {
  it('ends quietly with 0 when its reader has gone', async () => {
    const { stdout, stderr, code } = await runShell(`set -o pipefail; node ${ENDLESS} | head -1`)
    expect({ stderr, code }).toStrictEqual({ stderr: '', code: 0 })
    expect(JSON.parse(stdout)).toStrictEqual({ type: 'spread', symbol: 'BTCUSDT', count: 1, mid: null })
  })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops in order on %s, prints its summary last and exits %i', async (signal, expected) => {
    const child = spawn(process.execPath, [ENDLESS, '--json'], { env: cleanEnvironment(), stdio: 'pipe' })
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    await once(child.stdout, 'data')
    child.kill(signal)
    const [code] = await once(child, 'close')
    expect(code).toBe(expected)
    const lines = stdout.trimEnd().split('\n')
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ type: 'summary' })
  })

  it('ends at once on the second signal although the command is stuck', async () => {
    const child = spawn(process.execPath, [ENDLESS, '--stuck'], { env: cleanEnvironment(), stdio: 'pipe' })
    await once(child.stdout, 'data')
    child.kill('SIGINT')
    // Still printing after the first signal: it has been handled and did not end the process.
    for (let i = 0; i < 3; i++) await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    expect(code).toBe(143)
  })
})

describe('the simulated market', () => {
  it('tells its URLs in one line of JSON once it listens, and stops with 143', async () => {
    const child = spawn(process.execPath, [RUN, 'sandbox', '--port', '0', '--seed', '7'], {
      env: cleanEnvironment(),
      stdio: 'pipe',
    })
    const [chunk] = await once(child.stdout, 'data')
    const told = JSON.parse(String(chunk))
    expect(told).toMatchObject({ seed: 7, speed: 1, urls: { binance: { rest: `http://127.0.0.1:${told.port}/binance` } } })
    const answer = await fetch(`${told.urls.binance.rest}/fapi/v1/time`)
    expect(answer.status).toBe(200)
    await answer.text()
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    expect(code).toBe(143)
  })
})

describe('the database', () => {
  it('is made by `db migrate`, which then does nothing, and shown by `db status`', async () => {
    const cwd = temporaryFolder()
    const missing = await runMts(['db', 'status'], { cwd })
    expect(missing.code).toBe(74)
    expect(missing.stderr).toContain('Code: STORAGE_MISSING')
    const planned = JSON.parse((await runMts(['db', 'migrate', '--dry-run', '--json'], { cwd })).stdout)
    const first = JSON.parse((await runMts(['db', 'migrate', '--json'], { cwd })).stdout)
    expect(first.data.migrations).toStrictEqual(planned.data.migrations)
    expect(first.data.migrations.length).toBeGreaterThan(0)
    const second = JSON.parse((await runMts(['db', 'migrate', '--json'], { cwd })).stdout)
    expect(second.data.migrations).toStrictEqual([])
    const status = JSON.parse((await runMts(['db', 'status', '--json'], { cwd })).stdout)
    expect(status.data).toMatchObject({ pending: [], schema_version: first.data.to, journal_mode: 'wal' })
  })
})

it('is executable by its own name', async () => {
  const { stdout } = await runShell(`${RUN} --version`)
  expect(stdout).toContain('mts/')
})
