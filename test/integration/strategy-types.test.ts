import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { strategyTemplate } from '../../src/core/backtest/strategy-template.js'

const ROOT = path.resolve(import.meta.dirname, '../..')
const TSCONFIG = {
  compilerOptions: {
    target: 'es2023',
    lib: ['es2023'],
    module: 'nodenext',
    strict: true,
    allowJs: true,
    checkJs: true,
    noEmit: true,
    types: [],
  },
}

const IN_TYPESCRIPT = `
import { createMarketData, defineStrategy, strategyApi } from 'mts/strategy'
const parameters = { n: { kind: 'integer', unit: 'bars', min: 1, max: 9, default: 4, description: 'look-back' } } as const
const rise = defineStrategy({
  name: 'rise', description: 'Buys a rise', parameters,
  warmup: ({ n }) => n + 1,
  create: ({ n }) => ({
    onBar({ bars }, sink) {
      if (bars.close(0) > bars.close(n)) sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'it rose' })
    },
  }),
})
export default rise
const columns = { timestamp: new Float64Array(9), open: new Float64Array(9), high: new Float64Array(9), low: new Float64Array(9) }
const close = new Float64Array(9)
const data = createMarketData({
  traded: [{ asset: 'BTC', interval: '1h', intervalMs: 3_600_000, columns: { ...columns, close, volume: close } }],
})
export const made: number = strategyApi(rise, { parameters: { n: 3 } }).backtest(data).trades.length
`

/** Somebody's folder with mts as a dependency, seen by a compiler as strict as an editor can be. */
describe('a strategy of one’s own', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'mts-types-'))
  const said: string[] = []
  beforeAll(() => {
    const template = strategyTemplate('dip')
    mkdirSync(path.join(folder, 'node_modules'))
    symlinkSync(ROOT, path.join(folder, 'node_modules/mts'))
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
    writeFileSync(path.join(folder, 'dip.mjs'), template)
    writeFileSync(path.join(folder, 'rise.ts'), IN_TYPESCRIPT)
    writeFileSync(path.join(folder, 'typo.mjs'), template.replace('view.bars.close(0) /', 'view.bars.closed(0) /'))
    writeFileSync(path.join(folder, 'unit.mjs'), template.replace("unit: 'bars', ", ''))
    const { stdout } = spawnSync(path.join(ROOT, 'node_modules/.bin/tsc'), ['-p', folder], { cwd: folder, encoding: 'utf8' })
    said.push(...stdout.split('\n').filter((line) => /^\S/.test(line)))
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const about = (file: string) => said.filter((line) => line.startsWith(file))

  it('has types to lean on, as the template writes it and in TypeScript', () => {
    expect(about('dip.mjs')).toEqual([])
    expect(about('rise.ts')).toEqual([])
  })

  it('is told of a misspelt name and of a parameter without a unit before it runs', () => {
    expect(about('typo.mjs')).toEqual([
      expect.stringContaining("Property 'closed' does not exist on type 'Bars'. Did you mean 'close'?"),
    ])
    expect(about('unit.mjs')[0]).toContain('does not satisfy the constraint')
  })
})
