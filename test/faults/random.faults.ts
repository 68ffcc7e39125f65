/**
 * Seeded scripts of faults, many: `npm run test:faults`. FAULT_SCRIPTS=1000 runs so many, FAULT_SEED=n begins with that one. The
 * clock is virtual: a seed runs the same on any machine, however busy.
 */
import { expect, it } from 'vitest'
import { randomRules } from '../support/fault-rules.js'
import { runFaults } from '../support/fault-run.js'
import { exchangesOf } from '../support/live-feed.js'

const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')
const FIRST = Number(process.env['FAULT_SEED'] ?? 1)
const COUNT = Number(process.env['FAULT_SCRIPTS'] ?? 100)
/** Each of these once found a defect: gaps that nobody told, books right too late, snapshots asked for in vain, a gap of our own making. */
const FOUND = [7, 69, 214, 246, 298, 526]
const seeds = new Set([...FOUND, ...Array.from({ length: COUNT }, (_, i) => FIRST + i)])

it('tells no gap where nothing goes wrong', async () => {
  const { live, problems } = await runFaults(0, [], EXCHANGES)
  expect(problems).toEqual([])
  expect(live.events.filter(({ type }) => type === 'gap')).toEqual([])
})

it.each([...seeds])('seed %i: no wrong book, every loss told, nothing else told, right again in time', async (seed) => {
  const rules = randomRules(seed)
  const { problems, compared } = await runFaults(seed, rules, EXCHANGES)
  expect(problems, JSON.stringify(rules)).toEqual([])
  expect(compared).toBeGreaterThan(10)
})
