import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aggregate } from '../../src/core/signals/aggregate.js'
import { CONFLICT_RULES, type Opinion } from '../../src/core/signals/contract.js'
import { outcomeOf } from '../../src/core/signals/outcome.js'
import { NOW, opinion, rules } from '../support/opinions.js'

const share = fc.double({ min: 0, max: 1, noNaN: true })

const said: fc.Arbitrary<Opinion[]> = fc.uniqueArray(
  fc
    .record({
      strategy: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      asset: fc.constantFrom('bitcoin', 'ethereum', 'solana'),
      signal: fc.constantFrom('long', 'short', 'flat'),
      strength: share,
      confidence: share,
      size: fc.option(share),
      expiresAt: fc.constantFrom(NOW - 1, NOW + 1),
      doubt: fc.option(fc.constant('a hole'), { freq: 5 }),
    })
    .map((changes) => opinion(changes as Partial<Opinion>)),
  { selector: ({ strategy, asset }) => `${strategy} ${asset}`, maxLength: 15 },
)

const settings = fc.record({
  conflict: fc.constantFrom(...CONFLICT_RULES),
  maxPortfolioRisk: fc.option(fc.double({ min: 0.001, max: 1, noNaN: true })),
  minConfidence: share.map((least) => new Map([['a', least]])),
  records: fc.nat(50).chain((count) => fc.nat(count).map((hits) => new Map([['b', { hits, count }]]))),
  risks: fc.constant(new Map([['bitcoin', { volatility: 0.9, usualVolatility: 0.4, riskLevel: 'HIGH' as const }]])),
})

it('nothing breaks the cap, no size is negative or above what was asked, and every fate has its reason', () => {
  fc.assert(
    fc.property(said, settings, (opinions, chosen) => {
      const { signals } = aggregate(opinions, rules(chosen))
      expect(signals).toHaveLength(opinions.length)
      const total = signals.reduce((sum, { positionSize }) => sum + positionSize, 0)
      expect(total).toBeLessThanOrEqual((chosen.maxPortfolioRisk ?? Number.POSITIVE_INFINITY) * (1 + 1e-12))
      for (const { positionSize, size, why, fate, signal, doubt, expiresAt } of signals) {
        expect(positionSize).toBeGreaterThanOrEqual(0)
        expect(positionSize).toBeLessThanOrEqual(fate === 'dropped' || signal === 'flat' ? 0 : (size ?? 0.02))
        expect(why).not.toBe('')
        expect(fate === 'dropped' || (doubt === null && expiresAt > NOW)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

it('no asset is held both ways, and an asset takes what its signals take', () => {
  fc.assert(
    fc.property(said, settings, (opinions, chosen) => {
      const { signals, combined } = aggregate(opinions, rules(chosen))
      for (const { asset, signal, positionSize, confidence, agreement } of combined) {
        const own = signals.filter((each) => each.asset === asset && each.fate !== 'dropped')
        // Beside what is held there may be ends of positions.
        expect(own.every((each) => each.signal === signal || each.signal === 'flat')).toBe(true)
        const sum = own.reduce((total, each) => total + each.positionSize, 0)
        expect(positionSize).toBeCloseTo(sum, 12)
        expect(Math.min(confidence, agreement)).toBeGreaterThanOrEqual(0)
        expect(Math.max(confidence, agreement)).toBeLessThanOrEqual(1 + 1e-12)
      }
    }),
    { numRuns: 200 },
  )
})

it('the order in which strategies were asked changes no fate and no size', () => {
  fc.assert(
    fc.property(said, settings, (opinions, chosen) => {
      const sizes = (list: readonly Opinion[]) =>
        new Map(aggregate(list, rules(chosen)).signals.map(({ id, fate, positionSize }) => [id, [fate, positionSize.toFixed(12)]]))
      expect(sizes(opinions.toReversed())).toEqual(sizes(opinions))
    }),
    { numRuns: 200 },
  )
})

it('mirrored opinions give the mirrored answer', () => {
  const mirror = { long: 'short', short: 'long', flat: 'flat' } as const
  fc.assert(
    fc.property(said, settings, (opinions, chosen) => {
      const { combined } = aggregate(opinions, rules(chosen))
      const other = aggregate(
        opinions.map((each) => ({ ...each, signal: mirror[each.signal] })),
        rules(chosen),
      )
      expect(other.combined.map(({ signal }) => signal)).toEqual(
        combined.map(({ signal }) => (signal === null ? null : mirror[signal])),
      )
      expect(other.signals.map(({ fate }) => fate)).toEqual(aggregate(opinions, rules(chosen)).signals.map(({ fate }) => fate))
    }),
    { numRuns: 200 },
  )
})

it('a long and a short of the same moment turn out opposite, and nothing after the horizon matters', () => {
  const prices = fc.array(fc.double({ min: 1, max: 1000, noNaN: true }), { minLength: 5, maxLength: 40 })
  fc.assert(
    fc.property(prices, fc.nat(10), fc.integer({ min: 1, max: 10 }), fc.double({ min: 1, max: 9 }), (close, at, days, other) => {
      const columns = (changed: readonly number[]) => ({
        timestamp: Float64Array.from(changed, (_, i) => i * 1000),
        open: Float64Array.from(changed, (_, i) => changed[i - 1] ?? 50),
        close: Float64Array.from(changed),
      })
      const outcome = (signal: 'long' | 'short', changed = close) =>
        outcomeOf({ signal, saidAt: at * 1000 }, columns(changed), 1000, days * 1000)
      const long = outcome('long')
      expect(outcome('short').reason).toBe(long.reason)
      expect((long.return ?? 0) + (outcome('short').return ?? 0)).toBe(0)
      expect(long.reason === 'pending').toBe(at + days > close.length)
      const later = close.map((price, i) => (i >= at + days ? other : price))
      expect(outcome('long', later)).toEqual(long)
    }),
  )
})
