import { existsSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Config } from '@oclif/core'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ROOT, temporaryFolder } from '../support/run-mts.js'

interface Runnable {
  run(argv: string[], config: Config): Promise<unknown>
}

/** Commands that read what is stored, by file, with arguments that are otherwise right. */
const READERS: readonly (readonly [string, ...string[]])[] = [
  ['status'],
  ['coverage'],
  ['spread', 'BTC'],
  ['oi', 'BTC'],
  ['trades/large'],
  ['funding', '--since', '1d'],
  ['signals/index'],
  ['signals/list'],
  ['signals/score'],
  ['backtest/index', '--strategy', 'buyhold', '--symbols', 'BTC'],
  ['backtest/list'],
  ['backtest/show', 'abc'],
  ['backtest/compare', 'abc', 'def'],
  ['backtest/montecarlo', 'abc'],
  ['backtest/verify', '--strategy', 'sma-cross', '--symbols', 'BTC'],
  ['arb/list'],
  ['arb/stats'],
  ['arb/explain', 'abc'],
  ['db/status'],
  ['db/query', 'SHOW TABLES'],
  ['db/export', '--table', 'crypto_ohlcv'],
  ['db/backup'],
  ['db/archive'],
  ['db/prune', '--older-than', '90d'],
]

const write = process.stdout.write
let config: Config
beforeAll(async () => {
  config = await Config.load(ROOT)
})

afterEach(() => {
  process.stdout.write = write
  process.exitCode = undefined
})

describe('where there is no database', () => {
  it.each(READERS)('mts %s ends with 74 and STORAGE_MISSING, and makes none', async (file, ...args) => {
    const printed: string[] = []
    process.stdout.write = ((text: unknown) => printed.push(String(text)) > 0) as typeof process.stdout.write
    const folder = temporaryFolder()
    const db = path.join(folder, 'data', 'none.db')
    const source = pathToFileURL(path.join(ROOT, 'src/commands', `${file}.ts`)).href
    const { default: command } = (await import(source)) as { readonly default: Runnable }
    await command.run([...args, '--db', db, '--json'], config)
    expect(process.exitCode).toBe(74)
    expect(JSON.parse(printed.join(''))).toMatchObject({ error: { code: 'STORAGE_MISSING', exit_code: 74 } })
    expect(existsSync(path.dirname(db))).toBe(false)
  })
})
