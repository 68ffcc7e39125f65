import { describe, expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../../../src/core/backtest/config.js'
import { createMarketData } from '../../../src/core/backtest/data.js'
import { seededRandom } from '../../../src/core/backtest/random.js'
import { describeCheck } from '../../../src/core/backtest/verify/describe.js'
import { verifySample, warningsOfSample } from '../../../src/core/backtest/verify/sample.js'
import { outsideAccess } from '../../../src/core/backtest/verify/source.js'
import { type Check, verification } from '../../../src/core/backtest/verify/verify.js'
import { defineStrategy, type Strategy } from '../../../src/core/strategies/contract.js'
import { STRATEGIES } from '../../../src/core/strategies/registry.js'
import { bars, each, HOUR_MS } from '../../support/bars.js'
import { fearfulMarket } from '../../support/strategy-market.js'

const random = seededRandom(3)
let price = 100
const columns = bars(
  ...Array.from({ length: 400 }, () => {
    const open = price
    price *= 1 + (random.next() - 0.5) * 0.04
    return [open, Math.max(open, price) * 1.001, Math.min(open, price) * 0.999, price] as const
  }),
)
const data = createMarketData({ traded: [{ asset: 'bitcoin', interval: '1h', intervalMs: HOUR_MS, columns }] })

function checksOf(strategy: Strategy, points: number | 'all' = 12, market = data): Check[] {
  const steps = verification({ config: DEFAULT_CONFIG, data: market, strategy, version: 'test', points })
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function failing(strategy: Strategy): string[] {
  return checksOf(strategy)
    .filter(({ holds }) => !holds)
    .map(({ check }) => check)
}

/** Keeps what it has seen where a later run finds it. */
function peeking(): Strategy {
  const seen: number[] = []
  return each('peeking', (view, sink) => {
    const row = view.bars.length - 1
    const now = view.bars.close(0)
    seen[row] = now
    const next = seen[row + 1]
    if (next === undefined) return
    if (next > now) sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'it will rise' })
  })
}

/** A mean over everything before, said to be ready after five bars. */
function endless(warmup: number, weight: number): Strategy {
  return defineStrategy({
    name: 'endless',
    description: 'A test',
    parameters: {},
    warmup: () => warmup,
    create: () => {
      let mean = Number.NaN
      let side = 0
      return {
        onBar(view, sink) {
          const close = view.bars.close(0)
          mean = Number.isNaN(mean) ? close : mean + (close - mean) * weight
          const now = Math.sign(close - mean)
          if (now !== side) sink.signal({ signal: now > 0 ? 'long' : 'flat', strength: 1, confidence: 1, reason: 'crossed' })
          side = now
        },
      }
    },
  })
}

describe('verification', () => {
  const fearful = fearfulMarket({ days: 300 })

  it.each(STRATEGIES.map((strategy) => [strategy.name, strategy] as const))('holds for %s, cut after every bar', (_, strategy) => {
    const checks = checksOf(strategy, 'all', fearful)
    expect(checks.map(({ check, holds }) => [check, holds])).toStrictEqual([
      ['repeat', true],
      ['truncation', true],
      ['warm-up', true],
    ])
    expect(checks[1]?.points).toBeGreaterThan(200)
  })

  it('finds a strategy that remembers the future of an earlier run, and names bar, field and both values', () => {
    const [repeat, truncation] = checksOf(peeking())
    const first = columns.close.findIndex((close, row) => (columns.close[row + 1] ?? 0) > close)
    expect(truncation?.difference).toMatchObject({ asset: 'bitcoin', bar: first, field: 'decision', expected: null })
    expect(repeat?.holds).toBe(false)
    expect(truncation === undefined ? '' : describeCheck(truncation)).toMatch(
      /bar \d+ .*decision is none, and long \(it will rise\)/,
    )
  })

  it('finds a mean that never forgets, and believes it after a warm-up that is long enough', () => {
    expect(failing(endless(5, 1 / 100))).toStrictEqual(['warm-up'])
    expect(failing(endless(150, 1 / 5))).toStrictEqual([])
  })

  it('finds a number that hides in the size of a signal', () => {
    let runs = 0
    const strategy = defineStrategy({
      name: 'sizes',
      description: 'A test',
      parameters: {},
      warmup: () => 0,
      create: () => {
        const size = runs++ === 0 ? 1 : 0.5
        return {
          onBar: (view, sink) => {
            if (view.bars.length === 5) sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'always', size })
          },
        }
      },
    })
    expect(checksOf(strategy)[0]?.difference).toMatchObject({ field: 'equity', bar: 5 })
  })

  it('warns after every backtest, in one line for each check that fails', () => {
    const checks = verifySample(DEFAULT_CONFIG, data, endless(5, 1 / 100), 'test')
    const [warning = '', ...others] = warningsOfSample(checks, { strategy: 'endless' })
    expect(warning).toMatch(/^endless depends on bars before its warm-up.*mts backtest verify/)
    expect(others).toStrictEqual([])
  })
})

describe('the file of a strategy', () => {
  it.each([
    ["import { readFileSync } from 'node:fs'", 'reads', 'node:fs'],
    ["import fs from 'fs'", 'reads', 'fs'],
    ["const https = await import('node:https')", 'reads', 'node:https'],
    ["const rows = await fetch('http://x/y')", 'reads', 'fetch()'],
    ["export { closes } from './closes.mjs'", 'unread', './closes.mjs'],
    ["import ta from 'technicalindicators'", 'unread', 'technicalindicators'],
    ['const x = Math.random()', 'unrepeatable', 'Math.random'],
    ['if (Date.now() > 0) return', 'unrepeatable', 'Date.now'],
  ])('is found out: %s', (line, kind, what) => {
    expect(outsideAccess(`// a strategy\n${line}\n`)).toStrictEqual([{ line: 2, what, kind }])
  })

  it('is left in peace for what stands in its comments, and for arithmetic', () => {
    const text =
      "// import fs from 'fs'\n/* Math.random()\n fetch('x') */\nconst day = new Date(view.time)\nimport assert from 'node:assert'\n"
    expect(outsideAccess(text)).toStrictEqual([])
  })
})
