import { appendFileSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { createMarketData } from '../../src/core/backtest/data.js'
import { optimise, type Search } from '../../src/core/backtest/optimise/optimise.js'
import { gridOf, randomSets, readSpace } from '../../src/core/backtest/optimise/space.js'
import { seededRandom } from '../../src/core/backtest/random.js'
import { smaCross } from '../../src/core/strategies/sma-cross.js'
import { bars, HOUR_MS } from '../support/bars.js'

const random = seededRandom(7)
let price = 100
const columns = bars(
  ...Array.from({ length: 1500 }, () => {
    const open = price
    price *= 1 + (random.next() - 0.5) * 0.02
    return [open, Math.max(open, price), Math.min(open, price), price] as const
  }),
)
const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1h', intervalMs: HOUR_MS, columns }] })

function search(extra: Partial<Search> = {}): Search {
  return {
    setup: { data, config: DEFAULT_CONFIG, strategy: smaCross, version: 'test', intervalMs: HOUR_MS, warmup: 41 },
    source: { name: 'sma-cross', folder: '.' },
    strategyHash: undefined,
    holder: 'the test',
    folder: mkdtempSync(path.join(tmpdir(), 'mts-trials-')),
    threads: 1,
    sets: gridOf(smaCross, readSpace(smaCross, { fast: '2:10:2', slow: '20:40:10' })).sets,
    names: ['fast', 'slow'],
    target: 'sharpe',
    periods: 365,
    ...extra,
  }
}

function fileIn(folder: string): string {
  return path.join(folder, readdirSync(folder).find((name) => name.endsWith('.ndjson')) ?? '')
}

describe('a bayesian search', () => {
  const space = readSpace(smaCross, { fast: '2:20', slow: '21:60' })
  const bayesian = (extra: Partial<Search> = {}) =>
    search({
      setup: { data, config: DEFAULT_CONFIG, strategy: smaCross, version: 'test', intervalMs: HOUR_MS, warmup: 61 },
      sets: randomSets(smaCross, space, 10, seededRandom(5)).sets,
      adaptive: { space, trials: 30, seed: 5 },
      ...extra,
    })

  it('tries as many sets as asked for, each once, and counts them all against luck', async () => {
    const { trials, luck } = await optimise(bayesian())
    expect(new Set(trials.map(({ configHash }) => configHash)).size).toBe(30)
    expect(luck.trials).toBe(30)
  })

  it('that was stopped goes on the same way to the same sets', async () => {
    const whole = bayesian()
    const { trials } = await optimise(whole)
    const stop = new AbortController()
    const cut = bayesian({ signal: stop.signal, onProgress: (done) => done === 17 && stop.abort(new Error('stopped')) })
    await expect(optimise(cut)).rejects.toThrow('stopped')
    const { signal: _, onProgress: __, ...again } = cut
    const rest = await optimise(again)
    expect(rest.reused).toBe(17)
    expect(rest.trials).toStrictEqual(trials)
    expect(readFileSync(fileIn(cut.folder), 'utf8')).toBe(readFileSync(fileIn(whole.folder), 'utf8'))
  })
})

describe('two searches of one study at one time', () => {
  it('are one: the second ends with exit code 75, names the first and leaves its trials alone', async () => {
    const job = search()
    const first = optimise(job)
    const second = await optimise({ ...job, holder: 'somebody else' }).catch((error: unknown) => error)
    expect(second).toMatchObject({ code: 'LOCKED_JOB', exitCode: 75, message: expect.stringContaining('(the test)') })
    expect((await first).trials).toHaveLength(15)
    expect(readFileSync(fileIn(job.folder), 'utf8').split('\n')).toHaveLength(17)
    expect((await optimise({ ...job, holder: 'somebody else' })).reused).toBe(15)
  })

  it('are two where the costs differ', async () => {
    const job = search()
    const dearer = { ...job.setup, config: { ...DEFAULT_CONFIG, fees: { maker: 0.002, taker: 0.002, fixed: 0 } } }
    const both = await Promise.all([optimise(job), optimise({ ...job, setup: dearer })])
    expect(both.map(({ reused }) => reused)).toEqual([0, 0])
  })
})

describe('a search that was interrupted', () => {
  it('goes on where it was, never runs a set twice, and ends with the very same file', async () => {
    const whole = search()
    await optimise(whole)
    const stop = new AbortController()
    const cut = search({ signal: stop.signal, onProgress: (done) => done === 6 && stop.abort(new Error('stopped')) })
    await expect(optimise(cut)).rejects.toThrow('stopped')
    const { signal: _, onProgress: __, ...again } = cut
    const { reused, trials } = await optimise(again)
    expect(reused).toBe(6)
    expect(trials).toHaveLength(15)
    expect(readFileSync(fileIn(cut.folder), 'utf8')).toBe(readFileSync(fileIn(whole.folder), 'utf8'))
  })

  it('takes away the line that a crash cut off, and runs that set again', async () => {
    const job = search()
    await optimise(job)
    const file = fileIn(job.folder)
    const text = readFileSync(file, 'utf8')
    truncateSync(file, text.length - 100)
    expect((await optimise(job)).reused).toBe(14)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  it('counts lines that cannot be read, and runs their sets again', async () => {
    const job = search()
    await optimise(job)
    const file = fileIn(job.folder)
    const [head = '', ...lines] = readFileSync(file, 'utf8').split('\n')
    writeFileSync(file, [head, '{"garbage', ...lines.slice(1)].join('\n'))
    appendFileSync(file, 'null\n')
    expect(await optimise(job)).toMatchObject({ reused: 14, unreadable: 2 })
  })
})

describe('the luck of the winner', () => {
  it('is judged by every trial ever made on the data, also those of earlier searches', async () => {
    const job = search()
    const few = await optimise({ ...job, sets: job.sets.slice(0, 5) })
    const more = await optimise(job)
    expect([few.luck.trials, more.luck.trials]).toStrictEqual([5, 15])
    expect((await optimise({ ...job, sets: job.sets.slice(0, 5) })).luck.trials).toBe(15)
  })

  it('is called luck in plain words on a random walk', async () => {
    const { doubts } = await optimise(search())
    expect(doubts.join('\n')).toMatch(/luck|nothing was found/)
  })
})

it('tells which sets could not run, and goes on with the others', async () => {
  const sets = gridOf(smaCross, readSpace(smaCross, { fast: '5', slow: '20,1600' })).sets
  const { trials, failures } = await optimise(search({ sets, names: ['slow'] }))
  expect(trials).toHaveLength(1)
  expect(failures.map(({ error, task }) => [error.code, task.parameters['slow']])).toStrictEqual([['DATA_TOO_SHORT', 1600]])
})
