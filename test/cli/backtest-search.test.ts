import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { cleanEnvironment, RUN, runMts, temporaryFolder } from '../support/run-mts.js'

const PEEK = `const seen = []
export default {
  name: 'peek', description: 'Remembers the future of the last run', parameters: {}, warmup: () => 5,
  create: () => ({ onBar(view, sink) {
    const row = view.bars.length - 1
    seen[row] = view.bars.close(0)
    if (seen[row + 1] > seen[row]) sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'it will rise' })
  } }),
}
`
const ORACLE = `import { readFileSync } from 'node:fs'
const closes = JSON.parse(readFileSync(new URL('./closes.json', import.meta.url), 'utf8'))
export default {
  name: 'oracle', description: 'Has the future in a file', parameters: {}, warmup: () => 0,
  create: () => {
    let last
    return { onBar(view, sink) {
      const signal = closes[view.time] > view.bars.close(0) ? 'long' : 'flat'
      if (signal !== last) sink.signal({ signal, strength: 1, confidence: 1, reason: 'it is written' })
      last = signal
    } }
  },
}
`

const cwd = temporaryFolder()
const run = (...args: readonly string[]) => runMts([...args, '--json'], { cwd })
const GRID = [
  'backtest',
  'optimize',
  '--symbols',
  'BTC',
  '--strategy',
  'sma-cross',
  '--param',
  'fast=2:40:2',
  '--param',
  'slow=50:200:10',
]

beforeAll(async () => {
  await run('collect', '--sandbox', '--source', 'binance', '--coins', 'bitcoin', '--interval', '1h', '--days', '60')
  writeFileSync(path.join(cwd, 'peek.mjs'), PEEK)
  writeFileSync(path.join(cwd, 'oracle.mjs'), ORACLE)
  writeFileSync(path.join(cwd, 'closes.json'), '{}')
}, 60_000)

interface Said {
  readonly trials_run: number
  readonly trials_reused: number
  readonly winner: object
  readonly trials: readonly object[]
}

function dataOf<T>({ stdout }: { readonly stdout: string }): T {
  return (JSON.parse(stdout) as { data: T }).data
}

describe('mts backtest optimize', () => {
  it('goes on after kill -9 on all cores, runs no set twice, and finds what one thread finds without a break', async () => {
    const folder = path.join(cwd, 'data/trials')
    mkdirSync(folder, { recursive: true })
    const child = spawn(process.execPath, [RUN, ...GRID, '--jobs', '2'], { cwd, env: cleanEnvironment(), stdio: 'ignore' })
    const watcher = watch(folder, () => {
      if (linesOf(folder).length > 20) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    watcher.close()
    const kept = linesOf(folder).length - 1
    expect(kept).toBeGreaterThan(0)
    const again = dataOf<Said>(await run(...GRID, '--jobs', '2'))
    expect(again.trials_run + again.trials_reused).toBe(320)
    expect(again.trials_reused).toBeGreaterThan(0)
    const hashes = linesOf(folder)
      .slice(1)
      .map((line) => (JSON.parse(line) as { configHash: string }).configHash)
    expect([hashes.length, new Set(hashes).size]).toStrictEqual([320, 320])
    const alone = dataOf<Said>(
      await runMts([...GRID, '--json', '--jobs', '1'], {
        cwd,
        env: cleanEnvironment({ MTS_DATA_DIR: path.join(cwd, 'alone'), MTS_DB: path.join(cwd, 'data/crypto_data.db') }),
      }),
    )
    expect(alone.trials_run).toBe(320)
    expect(alone.trials).toStrictEqual(again.trials)
  }, 60_000)
})

function linesOf(folder: string): string[] {
  const file = readdirSync(folder).find((name) => name.endsWith('.ndjson'))
  return file === undefined ? [] : readFileSync(path.join(folder, file), 'utf8').split('\n').slice(0, -1)
}

describe('mts backtest verify', () => {
  it('ends with 4 for a file that remembers the future, and names bar, field and both values', async () => {
    const ended = await run('backtest', 'verify', '--symbols', 'BTC', '--strategy', './peek.mjs', '--points', '4')
    expect(ended.code).toBe(4)
    const { checks } = dataOf<{ checks: { check: string; holds: boolean; difference: object | null }[] }>(ended)
    expect(checks.find(({ check }) => check === 'truncation')).toMatchObject({
      holds: false,
      difference: { asset: 'bitcoin', field: 'decision', expected: null, found: 'long (it will rise)' },
    })
  })

  it('ends with 4 for a file that reads the future from another file, which no cut of the data shows', async () => {
    const ended = await run('backtest', 'verify', '--symbols', 'BTC', '--strategy', './oracle.mjs', '--points', '4')
    expect(ended.code).toBe(4)
    expect(dataOf<{ outside: object[] }>(ended).outside).toStrictEqual([{ line: 1, what: 'node:fs', kind: 'reads' }])
  })
})
