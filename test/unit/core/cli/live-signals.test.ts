import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { liveSignalOptions } from '../../../../src/core/cli/signals/live.js'
import { BOOK_STRATEGIES } from '../../../../src/core/strategies/book-registry.js'
import { temporaryFolder } from '../../../support/run-mts.js'

const own = path.join(temporaryFolder(), 'own')
mkdirSync(own)
writeFileSync(
  path.join(own, 'watcher.mjs'),
  `export default { name: 'watcher', description: 'Watches', reads: 'books', parameters: {},
    needs: () => ({ stepMs: 1000, maxBookAgeMs: 1000 }), create: () => ({ onStep() {} }) }`,
)
writeFileSync(path.join(own, 'broken.mjs'), 'export default {')

function asked(names?: readonly string[]) {
  const notes: string[] = []
  const config = { strategyPaths: [own], arbitrage: { latency: 50 } } as unknown as Parameters<
    typeof liveSignalOptions
  >[0]['config']
  const options = liveSignalOptions({ config, note: (line) => notes.push(line) }, names)
  return options.then(({ books, triggers }) => ({
    names: books.map(({ strategy }) => strategy.name),
    triggers: triggers.length,
    notes,
  }))
}

it('asks the strategies of the user on a feed without naming them, and says which files it left out', async () => {
  const { names, triggers, notes } = await asked()
  expect(names).toEqual([...BOOK_STRATEGIES.map(({ name }) => name), 'watcher'])
  expect(triggers).toBe(3)
  expect(notes).toEqual([expect.stringMatching(/^Warning: .*broken\.mjs was left out: .* cannot be loaded/)])
})

it('asks those that are named alone, and says nothing of other files', async () => {
  expect(await asked(['watcher', 'arbitrage'])).toEqual({ names: ['watcher'], triggers: 1, notes: [] })
})
