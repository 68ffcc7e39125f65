import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { findBookStrategy, findStrategy, loadLibrary } from '../../../../src/core/backtest/strategy-file.js'
import { strategyTemplate } from '../../../../src/core/backtest/strategy-template.js'
import { checkedSettingsFiles } from '../../../../src/core/cli/strategies/settings-files.js'
import { temporaryFolder } from '../../../support/run-mts.js'

const folder = temporaryFolder()
mkdirSync(path.join(folder, 'strategies'))
const write = (name: string, text: string): void => writeFileSync(path.join(folder, 'strategies', `${name}.mjs`), text)
const onBooks = (name: string, stepMs: number): string => `export default {
  name: '${name}', description: 'Watches', reads: 'books', parameters: {},
  needs: () => ({ stepMs: ${stepMs}, maxBookAgeMs: 1000 }),
  create: () => ({ onStep(view, sink) { sink.silent('watching') } }),
}`
write('watcher', onBooks('watcher', 1000))
write('hasty', onBooks('hasty', 10))
write('dip', strategyTemplate('dip'))

it('runs a strategy on order books of the user by its name or its file', async () => {
  const { strategy, file } = await findBookStrategy('watcher', folder)
  expect(strategy.needs({})).toMatchObject({ stepMs: 1000 })
  expect(file?.hash).toMatch(/^[0-9a-f]{64}$/)
  expect((await findBookStrategy('strategies/watcher.mjs', folder)).strategy.name).toBe('watcher')
  await expect(findBookStrategy('spred-arbitrage', folder)).rejects.toMatchObject({
    code: 'USAGE_UNKNOWN_STRATEGY',
    suggestions: ['Did you mean spread-arbitrage?'],
  })
})

it('tells bars and books apart, and names what a file has wrong before it runs', async () => {
  await expect(findStrategy('./strategies/watcher.mjs', folder)).rejects.toThrow('it reads order books: run it over a recording')
  await expect(findBookStrategy('dip', folder)).rejects.toThrow("a strategy on order books has reads: 'books'")
  const { strategy } = await findBookStrategy('hasty', folder)
  expect(() => strategy.needs({})).toThrow('stepMs has to be 100 ms or more')
})

it('knows those of the user on order books beside those on bars, and lets none take the name of another', async () => {
  write('taken', onBooks('spread-arbitrage', 1000))
  write('twin', onBooks('dip', 1000))
  write('wrong', "export default { reads: 'books' }")
  const library = await loadLibrary(folder)
  expect(library.books.map(({ strategy, file }) => [strategy.name, path.basename(file?.path ?? '')])).toEqual([
    ['hasty', 'hasty.mjs'],
    ['watcher', 'watcher.mjs'],
  ])
  expect(library.failures.map(({ error }) => error.message)).toEqual([
    expect.stringContaining('is called spread-arbitrage, as one that comes with mts'),
    expect.stringContaining('is called dip, as that of dip.mjs'),
    expect.stringContaining('name has to be a text'),
  ])
  // Settings may be of any of them, of one that fails too; of nothing else.
  const settings = (name: string): void => {
    mkdirSync(path.join(folder, 'config/strategies'), { recursive: true })
    writeFileSync(path.join(folder, `config/strategies/${name}.json`), '{}')
  }
  for (const name of ['dip', 'watcher', 'wrong']) settings(name)
  expect(checkedSettingsFiles(folder, library).map(({ file }) => path.basename(file))).toEqual(
    expect.arrayContaining(['dip.json', 'momentum.json', 'watcher.json', 'wrong.json']),
  )
  settings('wacher')
  expect(() => checkedSettingsFiles(folder, library)).toThrow(
    expect.objectContaining({
      code: 'CONFIG_UNKNOWN_STRATEGY',
      suggestions: ['Did you mean watcher?', 'One of your own is found in strategies/, or in strategy_paths of the configuration'],
    }),
  )
})
