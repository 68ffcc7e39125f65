/** Seeded scripts of faults, many: `npm run test:faults`. FAULT_SCRIPTS=1000 runs so many, FAULT_SEED=n begins with that one. */
import { expect, it } from 'vitest'
import { randomRules, runFaults } from '../support/fault-run.js'
import { exchangesOf } from '../support/live-feed.js'

const AT_ONCE = 2
const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')
const FIRST = Number(process.env['FAULT_SEED'] ?? 1)
const COUNT = Number(process.env['FAULT_SCRIPTS'] ?? 100)
const batches = Array.from({ length: Math.ceil(COUNT / AT_ONCE) }, (_, i) => FIRST + i * AT_ONCE)

// Code that has not run yet is several times as slow, and the clock does not wait for it.
it('tells no gap where nothing goes wrong', async () => {
  const { live } = await runFaults(0, [], EXCHANGES)
  expect(live.events.filter(({ type }) => type === 'gap')).toEqual([])
})

it.each(batches)('from seed %i: no wrong book, every loss told, nothing else told, right again in time', async (first) => {
  const seeds = Array.from({ length: Math.min(AT_ONCE, FIRST + COUNT - first) }, (_, i) => first + i)
  const runs = await Promise.all(seeds.map((seed) => runFaults(seed, randomRules(seed), EXCHANGES)))
  const problems = runs.flatMap((run, i) => run.problems.map((problem) => `seed ${seeds[i]}: ${problem}`))
  expect(problems).toEqual([])
  for (const { compared } of runs) expect(compared).toBeGreaterThan(10)
})
