import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { type Cost, createLedger, type Ledger, type Permit, REQUESTS_IN_FLIGHT } from '../../src/core/net/budget.js'
import type { Budget, Service } from '../../src/core/rest/contract.js'

/** 12:00:00 UTC of some day: the edge of a minute. */
const NOON = Date.UTC(2026, 5, 1, 12)
const MINUTE = { limit: 100, windowMs: 60_000, isAligned: true }
const SLIDING = { limit: 100, windowMs: 5_000, isAligned: false }

function exchangeWith(budgets: Record<string, Budget>): Service {
  return { id: 'demo', name: 'Demo', budgets, bans: { statuses: {} }, sockets: { connectionsPer5Minutes: 10 } }
}

/** Lets everything run that waits for nothing but its turn. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

/** A ledger whose requests end at once, with a note of when each was let go (to a step of the clock: 100 ms). */
function simulate(budget: Budget, startMs = NOON) {
  const clock = new VirtualClock(startMs)
  const ledger = createLedger(exchangeWith({ weight: budget }), clock, 0.9)
  const sent: { at: number; weight: number; name: string }[] = []
  const errors: unknown[] = []
  const ask = (weight: number, priority = 1, name = '', signal?: AbortSignal): void => {
    ledger.acquire({ budget: 'weight', weight, priority }, signal).then(
      (permit) => {
        sent.push({ at: clock.now(), weight, name })
        permit.done()
      },
      (error: unknown) => errors.push(error),
    )
  }
  const advance = async (ms: number, stepMs = 100): Promise<void> => {
    const end = clock.now() + ms
    while (clock.now() < end) {
      clock.advanceTo(Math.min(end, clock.now() + stepMs) * 1000)
      await settle()
    }
  }
  return { clock, ledger, sent, errors, ask, advance }
}

const total = (sent: readonly { weight: number }[]): number => sent.reduce((sum, { weight }) => sum + weight, 0)
const permitOf = (ledger: Ledger, cost: Partial<Cost> = {}): Promise<Permit> =>
  ledger.acquire({ budget: 'weight', weight: 1, priority: 1, ...cost })

const requests = fc.array(
  fc.record({ afterMs: fc.oneof(fc.constant(0), fc.nat(4_000)), weight: fc.integer({ min: 1, max: 40 }), priority: fc.nat(2) }),
  {
    minLength: 10,
    maxLength: 60,
  },
)

describe('a request budget', () => {
  it('is never exceeded in any aligned window, even when the exchange reads its clock up to a second apart from ours', async () => {
    await fc.assert(
      fc.asyncProperty(requests, fc.nat(3_000), fc.integer({ min: -900, max: 900 }), async (list, lateMs, skewMs) => {
        // Shortly before the edge of a minute, where the budget can be spent twice.
        const { sent, ask, advance } = simulate(MINUTE, NOON + 57_000 + lateMs)
        for (const { afterMs, weight, priority } of list) {
          await advance(afterMs)
          ask(weight, priority)
        }
        await advance(20 * 60_000)
        const byMinute = new Map<number, number>()
        for (const { at, weight } of sent) {
          const minute = Math.floor((at + skewMs) / 60_000)
          byMinute.set(minute, (byMinute.get(minute) ?? 0) + weight)
        }
        expect(Math.max(...byMinute.values())).toBeLessThanOrEqual(90)
        expect(sent.length).toBe(list.length)
      }),
      { numRuns: 60 },
    )
  })

  it('is never exceeded in any sliding window, wherever it starts', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (list) => {
        const { sent, ask, advance } = simulate(SLIDING)
        for (const { afterMs, weight, priority } of list) {
          await advance(Math.floor(afterMs / 20), 20)
          ask(weight, priority)
        }
        await advance(2 * 60_000)
        for (const { at } of sent) {
          expect(total(sent.filter((other) => other.at >= at && other.at <= at + 5_000))).toBeLessThanOrEqual(90)
        }
        expect(sent.length).toBe(list.length)
      }),
      { numRuns: 40 },
    )
  })

  it('is used up to nine tenths at once, and the rest waits for the next minute', async () => {
    const { sent, ask, advance, ledger } = simulate(MINUTE, NOON + 20_000)
    for (let i = 0; i < 12; i++) ask(10)
    await settle()
    expect(total(sent)).toBe(90)
    expect(ledger.usage()['weight']).toEqual({ used: 90, limit: 100 })
    await advance(40_000)
    expect(total(sent)).toBe(90)
    await advance(2_000)
    expect(total(sent)).toBe(120)
  })

  it('lets books go before lists and histories, and equals in the order in which they came', async () => {
    const { sent, ask, advance } = simulate(MINUTE, NOON + 20_000)
    ask(90, 0, 'first')
    await settle()
    ask(5, 2, 'history')
    ask(5, 1, 'list 1')
    ask(5, 0, 'book')
    ask(5, 1, 'list 2')
    await advance(60_000)
    expect(sent.map(({ name }) => name)).toEqual(['first', 'book', 'list 1', 'list 2', 'history'])
  })

  it('does not let light requests starve a heavy one', async () => {
    const { sent, ask, advance } = simulate(SLIDING)
    ask(80, 1, 'a')
    await settle()
    ask(50, 1, 'heavy')
    for (let i = 0; i < 10; i++) ask(1, 1, 'light')
    await settle()
    expect(sent.map(({ name }) => name)).toEqual(['a'])
    await advance(6_000)
    expect(sent[1]?.name).toBe('heavy')
  })

  it('lets a request that costs more than the share go alone', async () => {
    const { sent, ask, advance } = simulate(MINUTE, NOON + 20_000)
    ask(95, 1, 'huge')
    ask(1, 1, 'small')
    await settle()
    expect(sent.map(({ name }) => name)).toEqual(['huge'])
    await advance(42_000)
    expect(sent.map(({ name }) => name)).toEqual(['huge', 'small'])
  })

  it('counts what others on the same address have used, as the exchange tells', async () => {
    const { sent, ask, advance, ledger } = simulate(MINUTE, NOON + 20_000)
    const permit = await permitOf(ledger)
    permit.done(85)
    for (let i = 0; i < 10; i++) ask(1)
    await settle()
    expect(total(sent)).toBe(5)
    await advance(42_000)
    expect(total(sent)).toBe(10)
  })

  it('believes the highest of answers that overtake each other', async () => {
    const { ledger } = simulate(MINUTE, NOON + 20_000)
    const permits = await Promise.all([permitOf(ledger), permitOf(ledger), permitOf(ledger)])
    for (const [i, used] of [40, 60, 50].entries()) permits[i]?.done(used)
    expect(ledger.usage()['weight']?.used).toBe(60)
    await permitOf(ledger, { weight: 7 })
    expect(ledger.usage()['weight']?.used).toBe(67)
  })

  it('does not charge the new minute with what an answer from the old one tells', async () => {
    const { ledger, advance } = simulate(MINUTE, NOON + 58_000)
    const permit = await permitOf(ledger)
    await advance(5_000)
    permit.done(90)
    expect(ledger.usage()['weight']?.used).toBe(0)
  })

  it('forgets an aborted request at once and gives its turn to the next', async () => {
    const { sent, errors, ask, ledger } = simulate(MINUTE, NOON + 20_000)
    const reason = new Error('stopped')
    const controller = new AbortController()
    await permitOf(ledger, { weight: 60 })
    ask(50, 1, 'aborted', controller.signal)
    ask(10, 1, 'next')
    await settle()
    expect(sent).toEqual([])
    controller.abort(reason)
    await settle()
    expect(errors).toEqual([reason])
    expect(sent.map(({ name }) => name)).toEqual(['next'])
  })

  it('keeps two connections free for books while histories fill the others', async () => {
    const { ledger } = simulate(MINUTE, NOON + 20_000)
    const granted: string[] = []
    const hold = (name: string, priority: number) => permitOf(ledger, { priority }).then(() => granted.push(name))
    for (let i = 0; i < REQUESTS_IN_FLIGHT; i++) void hold('history', 2)
    await settle()
    expect(granted.length).toBe(REQUESTS_IN_FLIGHT - 2)
    for (let i = 0; i < 3; i++) void hold('book', 0)
    await settle()
    expect(granted.filter((name) => name === 'book').length).toBe(2)
  })
})

describe('a ban', () => {
  const ban = { ms: 60_000, isExact: false, reason: 'HTTP 418 for /x' }

  it('refuses everybody at once, those who wait and those who come, and lets nothing out until it is over', async () => {
    const { sent, errors, ask, ledger, advance } = simulate(MINUTE, NOON + 20_000)
    ask(90)
    ask(90)
    await settle()
    ledger.ban({ ms: 120_000, isExact: true, reason: 'HTTP 418 for /fapi/v1/depth' })
    ask(1)
    await settle()
    expect(sent.length).toBe(1)
    expect(errors).toMatchObject([
      { code: 'API_RATE_LIMIT', retryAfterMs: 120_000, message: expect.stringContaining('120 s') },
      { code: 'API_RATE_LIMIT', retryAfterMs: 120_000 },
    ])
    await advance(119_900)
    ask(1)
    await settle()
    expect(errors.length).toBe(3)
    await advance(100)
    ask(1)
    await settle()
    expect(sent.length).toBe(2)
  })

  it('is never shortened by a milder answer that was under way', () => {
    const { ledger } = simulate(MINUTE)
    ledger.ban({ ms: 600_000, isExact: true, reason: '418' })
    expect(ledger.ban({ ms: 1_000, isExact: true, reason: '429' }).retryAfterMs).toBe(600_000)
  })

  it('of undeclared length doubles when it comes back, but not for answers that were under way together', async () => {
    const { ledger, advance } = simulate(MINUTE)
    const lengths: number[] = []
    for (let i = 0; i < 3; i++) {
      ledger.ban(ban)
      const { retryAfterMs } = ledger.ban(ban)
      lengths.push(retryAfterMs)
      await advance(retryAfterMs + 1_000, 1_000)
    }
    await advance(3_600_000, 60_000)
    lengths.push(ledger.ban(ban).retryAfterMs)
    expect(lengths).toEqual([60_000, 120_000, 240_000, 60_000])
  })
})
