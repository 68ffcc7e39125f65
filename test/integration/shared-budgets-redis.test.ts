import { expect, it, onTestFinished } from 'vitest'
import { createLedger, type Ledger } from '../../src/core/net/budget.js'
import { openSharedState } from '../../src/core/net/shared-state.js'
import { systemClock, systemRandom } from '../../src/core/net/system-clock.js'
import type { Service } from '../../src/core/rest/contract.js'
import { openSharedBudgets } from '../../src/core/storage/redis/shared-budgets.js'
import { temporaryDirectory } from '../support/feed.js'
import { startRedis, type TestRedis } from '../support/redis.js'
import { needs } from '../support/require.js'

const clock = systemClock()
const NAME = 'demo https://demo'
const EXCHANGE: Service = {
  id: 'demo',
  name: 'Demo',
  budgets: { weight: { limit: 100, windowMs: 60_000, isAligned: false }, burst: { limit: 10, windowMs: 500, isAligned: false } },
  bans: { statuses: { 418: 60_000 } },
}
const BAN = { ms: 90_000, isExact: true, reason: 'HTTP 418 for /depth' }

/** A program on a machine of its own: it has nothing in common with the others but Redis. */
async function program({ url }: Pick<TestRedis, 'url'>, options: { address?: string; directory?: string } = {}) {
  const changes: string[] = []
  const { address = 'home', directory = await temporaryDirectory() } = options
  const onChange = (state: string, detail: string) => void changes.push(`${state} ${detail}`.trim())
  const budgets = openSharedBudgets({ url, address, clock, random: systemRandom, onChange })
  onTestFinished(() => budgets.close())
  const machine = openSharedState({ directory, clock, onProblem: (error) => expect.fail(String(error)) })(NAME)
  const ledger = createLedger(EXCHANGE, clock, 0.9, { machine, address: { name: NAME, open: budgets.open } })
  onTestFinished(() => ledger.close())
  return { ledger, changes, directory, budgets }
}

async function spend(ledger: Ledger, weight: number, budget = 'weight', used?: number): Promise<void> {
  const permit = await ledger.acquire({ budget, weight, priority: 1 }, AbortSignal.timeout(1_500))
  permit.done(used)
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise<void>((resolve) => clock.after(10, resolve))
}

/** Weight that got through before both had to wait. */
async function spentByBoth(ledgers: readonly Ledger[], weight: number): Promise<number> {
  const outcomes = await Promise.allSettled(
    ledgers.flatMap((ledger) => Array.from({ length: 20 }, () => spend(ledger, weight).then(() => weight))),
  )
  return outcomes.reduce((sum, outcome) => sum + (outcome.status === 'fulfilled' ? outcome.value : 0), 0)
}

needs('redis-server')('the request budget of several machines with one address', () => {
  it('is one: together they send exactly what it allows, however they compete', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    // 40 requests of weight 7 at once; 12 of them fit into 90.
    expect(await spentByBoth([first.ledger, second.ledger], 7)).toBe(84)
    expect(first.ledger.reach).toBe('address')
    expect(first.ledger.usage()['weight']?.used).toBe(84)
  })

  it('opens again as its window slides, in the time that the server tells', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    await spend(first.ledger, 9, 'burst')
    const startedAt = clock.now()
    await spend(second.ledger, 9, 'burst')
    expect(clock.now() - startedAt).toBeGreaterThan(450)
    expect(clock.now() - startedAt).toBeLessThan(1_400)
  })

  it('counts what the exchange told one of them', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    await spend(first.ledger, 1, 'weight', 80)
    await first.budgets.close()
    await spend(second.ledger, 1)
    expect(second.ledger.usage()['weight']?.used).toBe(81)
  })

  it('is apart for another address, and gone with its last window', async () => {
    const redis = await startRedis()
    await spend((await program(redis)).ledger, 80)
    await spend((await program(redis, { address: 'office' })).ledger, 80)
    const client = redis.client()
    expect((await client.keys('*')).toSorted()).toEqual([`mts:budget:home:${NAME}`, `mts:budget:office:${NAME}`])
    const ttl = await client.pttl(`mts:budget:home:${NAME}`)
    expect(ttl).toBeGreaterThan(60_000)
    expect(ttl).toBeLessThanOrEqual(120_000)
  })

  it('says more than the file of a machine: what others spent outlives Redis there', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    await spend(first.ledger, 60)
    await spend(second.ledger, 10)
    await redis.kill()
    await until(() => second.changes.length > 0)
    expect(second.ledger.reach).toBe('machine')
    await spend(second.ledger, 20)
    await expect(spend(second.ledger, 1)).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

needs('redis-server')('a ban that one machine met', () => {
  it('stops the others, also one that comes later, at once and without a request', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    await spend(second.ledger, 1)
    first.ledger.ban(BAN)
    await first.budgets.close()
    for (const { ledger } of [second, await program(redis)]) {
      const error = await spend(ledger, 1).catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'API_RATE_LIMIT', message: expect.stringContaining('HTTP 418 for /depth') })
      expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(85_000)
    }
  })
})

needs('redis-server')('without Redis', () => {
  it('requests go on within the budget of the machine, which it says once, and together again when it is back', async () => {
    const redis = await startRedis()
    const [first, second] = [await program(redis), await program(redis)]
    await spend(first.ledger, 10)
    await spend(second.ledger, 10)
    await redis.kill()
    await until(() => first.changes.length + second.changes.length === 2)
    const startedAt = clock.now()
    await spend(first.ledger, 30)
    await spend(second.ledger, 20)
    expect(clock.now() - startedAt).toBeLessThan(200)
    // A server that has forgotten all: what was spent before and meanwhile is told again by those who spent it.
    await redis.start()
    await until(() => first.ledger.reach === 'address' && second.ledger.reach === 'address')
    await spend(first.ledger, 1)
    await spend(second.ledger, 1)
    await spend(first.ledger, 1)
    expect(first.ledger.usage()['weight']?.used).toBe(73)
    expect(first.changes.map((each) => each.split(' ')[0])).toEqual(['away', 'back'])
  })

  it('nobody waits at the start, either: what is not there is asked for nothing', async () => {
    const redis = await startRedis()
    await redis.kill()
    const { ledger, changes } = await program(redis)
    const startedAt = clock.now()
    await spend(ledger, 1)
    expect(clock.now() - startedAt).toBeLessThan(900)
    expect(changes).toEqual([expect.stringMatching(/^away .*ECONNREFUSED/)])
  })

  it('a server that hangs costs one request a moment, and the next ones nothing', async () => {
    const redis = await startRedis()
    const { ledger, changes } = await program(redis)
    await spend(ledger, 1)
    await redis.client().call('CLIENT', 'PAUSE', '1500', 'ALL')
    const startedAt = clock.now()
    await spend(ledger, 1)
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(240)
    const nextAt = clock.now()
    for (let i = 0; i < 20; i++) await spend(ledger, 1)
    expect(clock.now() - nextAt).toBeLessThan(200)
    await until(() => changes.length === 2)
    expect(changes).toEqual(['away no answer in 250 ms', 'back'])
    await spend(ledger, 1)
    expect(ledger.usage()['weight']?.used).toBe(23)
  })
})
