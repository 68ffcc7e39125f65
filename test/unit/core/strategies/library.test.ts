import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { findStrategy, loadLibrary } from '../../../../src/core/backtest/strategy-file.js'
import { strategyTemplate } from '../../../../src/core/backtest/strategy-template.js'
import { STRATEGIES } from '../../../../src/core/strategies/registry.js'
import { temporaryFolder } from '../../../support/run-mts.js'

const folder = temporaryFolder()
const write = (file: string, text: string): void => {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  writeFileSync(path.join(folder, file), text)
}
write('strategies/dip.mjs', strategyTemplate('dip'))
write('strategies/broken.mjs', 'export default { name: 3 }')
write('strategies/mine.mjs', strategyTemplate('momentum'))
write('strategies/notes.txt', 'no strategy')
write('elsewhere/other.mjs', strategyTemplate('renamed'))

it('finds strategies of the user by name in strategies/, and in the places of the configuration', async () => {
  expect((await findStrategy('dip', folder)).file?.path).toBe(path.join(folder, 'strategies', 'dip.mjs'))
  expect((await findStrategy('renamed', folder, ['elsewhere'])).strategy.name).toBe('renamed')
  expect((await findStrategy('renamed', folder, ['elsewhere/other.mjs'])).strategy.name).toBe('renamed')
  await expect(findStrategy('renamed', folder)).rejects.toMatchObject({ code: 'USAGE_UNKNOWN_STRATEGY' })
  await expect(findStrategy('spread-arbitrag', folder)).rejects.toMatchObject({ suggestions: ['Did you mean spread-arbitrage?'] })
})

it('lists all of them, with what is wrong with the files that hold none', async () => {
  const { found, failures } = await loadLibrary(folder)
  expect(found.map(({ strategy }) => strategy.name)).toEqual([...STRATEGIES.map(({ name }) => name), 'dip'])
  expect(failures.map(({ file, error }) => [file, error.message])).toEqual([
    [path.join('strategies', 'broken.mjs'), expect.stringContaining('name has to be a text')],
    [path.join('strategies', 'mine.mjs'), expect.stringContaining('is called momentum, as one that comes with mts')],
  ])
  expect((await loadLibrary(path.join(folder, 'elsewhere'))).failures).toEqual([])
})

it('says why a file of that name is none, and never lets one stand in for a strategy of mts', async () => {
  await expect(findStrategy('broken', folder)).rejects.toMatchObject({ code: 'BACKTEST_STRATEGY_FILE' })
  expect((await findStrategy('momentum', folder)).file).toBeUndefined()
  await expect(findStrategy('dpi', folder)).rejects.toMatchObject({ suggestions: ['Did you mean dip?'] })
})

it('refuses a strategy that speaks after it has returned: nobody would hear it', async () => {
  write('late/late.mjs', strategyTemplate('late').replace('onBar(', 'async onBar('))
  const { strategy } = await findStrategy('./late/late.mjs', folder)
  expect(() => strategy.create({})).toThrow('onBar(view, sink) cannot be async')
})
