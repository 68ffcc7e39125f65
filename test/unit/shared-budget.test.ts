import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { createLedger, type Ledger } from '../../src/core/net/budget.js'
import { openSharedState } from '../../src/core/net/shared-state.js'
import type { Service } from '../../src/core/rest/contract.js'

/** Some seconds after the edge of a minute. */
const NOON = Date.UTC(2026, 5, 1, 12, 0, 5)
const EXCHANGE: Service = {
  id: 'demo',
  name: 'Demo',
  budgets: { weight: { limit: 100, windowMs: 60_000, isAligned: true } },
  bans: { statuses: {} },
  sockets: { connectionsPer5Minutes: 10 },
}
const BAN = { ms: 90_000, isExact: true, reason: 'HTTP 418 for /depth' }

function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'mts-state-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** Ledgers of several programs on one machine: they have nothing in common but the directory and the time of day. */
function machine(directory = temporaryDirectory()) {
  const clock = new VirtualClock(NOON)
  const problems: unknown[] = []
  const program = (name = 'demo https://demo'): Ledger => {
    const open = openSharedState({ directory, clock, onProblem: (error) => problems.push(error) })
    return createLedger(EXCHANGE, clock, 0.9, { machine: open(name) })
  }
  const advance = async (ms: number): Promise<void> => {
    const end = clock.now() + ms
    while (clock.now() < end) {
      clock.advanceTo(Math.min(end, clock.now() + 100) * 1000)
      for (let i = 0; i < 20; i++) await Promise.resolve()
    }
  }
  return { clock, program, problems, advance, directory, file: path.join(directory, 'requests.json') }
}

async function spend(ledger: Ledger, weight: number, budget = 'weight'): Promise<void> {
  const permit = await ledger.acquire({ budget, weight, priority: 1 })
  permit.done()
}

function isSettled(promise: Promise<unknown>): () => boolean {
  let settled = false
  const end = (): void => {
    settled = true
  }
  promise.then(end, end)
  return () => settled
}

describe('the request budget of several programs on one machine', () => {
  it('is one: what a program spent is missing to the next one until the window is over', async () => {
    const { program, advance } = machine()
    await spend(program(), 60)
    const second = program()
    await spend(second, 20)
    const turn = spend(second, 20)
    const isOver = isSettled(turn)
    await advance(50_000)
    expect(isOver()).toBe(false)
    await advance(8_000)
    expect(isOver()).toBe(true)
    expect(second.usage()['weight']?.used).toBe(20)
  })

  it('counts what the exchange told any of them', async () => {
    const { program } = machine()
    const [first, second] = [program(), program()]
    const permit = await first.acquire({ budget: 'weight', weight: 1, priority: 1 })
    permit.done(70)
    await spend(second, 1)
    expect(second.usage()['weight']?.used).toBe(71)
  })

  it('is apart for another address', async () => {
    const { program } = machine()
    await spend(program(), 80)
    const other = program('demo https://proxy')
    await spend(other, 80)
    expect(other.usage()['weight']?.used).toBe(80)
  })

  it('covers new WebSockets', async () => {
    const { program, advance } = machine()
    const [first, second] = [program(), program()]
    for (let i = 0; i < 9; i++) await spend(i % 2 === 0 ? first : second, 1, 'sockets')
    const isOver = isSettled(spend(second, 1, 'sockets'))
    await advance(250_000)
    expect(isOver()).toBe(false)
    await advance(60_000)
    expect(isOver()).toBe(true)
  })

  it('takes no longer to tell than its windows last', async () => {
    const { program, advance, file } = machine()
    await spend(program('a'), 10)
    await advance(700_000)
    await spend(program('b'), 10)
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')).ledgers)).toEqual(['b'])
  })
})

describe('a ban', () => {
  it('holds for a program that was not there when it came, and for the next ban', async () => {
    const { program, advance } = machine()
    program().ban(BAN)
    const second = program()
    await expect(spend(second, 1)).rejects.toMatchObject({ code: 'API_RATE_LIMIT', retryAfterMs: 90_000 })
    await advance(89_900)
    await expect(spend(second, 1)).rejects.toMatchObject({ code: 'API_RATE_LIMIT' })
    await advance(200)
    await spend(second, 1)
  })

  it('stops requests and WebSockets of a program that waits for its budget', async () => {
    const { program, advance } = machine()
    const [first, second] = [program(), program()]
    await spend(first, 90)
    const waiting = expect(spend(second, 50)).rejects.toMatchObject({ code: 'API_RATE_LIMIT' })
    first.ban(BAN)
    await advance(57_000)
    await waiting
    await expect(spend(second, 1, 'sockets')).rejects.toMatchObject({ code: 'API_RATE_LIMIT' })
  })

  it('is not made endless by a clock that somebody set back', async () => {
    const { program, directory } = machine()
    program().ban(BAN)
    const clock = new VirtualClock(NOON - 86_400_000)
    const later = createLedger(EXCHANGE, clock, 0.9, {
      machine: openSharedState({ directory, clock, onProblem: () => undefined })('demo https://demo'),
    })
    await expect(spend(later, 1)).rejects.toMatchObject({ retryAfterMs: 90_000 })
    clock.advanceTo((NOON - 86_400_000 + 90_001) * 1000)
    await spend(later, 1)
  })
})

describe('the file of the shared state', () => {
  it('is not held up for ever by a program that died with the lock', async () => {
    const { program, advance, directory } = machine()
    writeFileSync(path.join(directory, 'requests.lock'), 'somebody who was killed')
    const ledger = program()
    const isOver = isSettled(spend(ledger, 10))
    await advance(1_900)
    expect(isOver()).toBe(false)
    await advance(300)
    expect(isOver()).toBe(true)
    expect(readdirSync(directory)).toEqual(['requests.json'])
  })

  it('is told and written anew when it is damaged', async () => {
    const { program, problems, file } = machine()
    writeFileSync(file, '{"version":1,"ledgers":{"demo https://demo":{"wind')
    await spend(program(), 10)
    expect(problems.length).toBe(1)
    expect(JSON.parse(readFileSync(file, 'utf8')).version).toBe(1)
  })

  it('costs only the sharing where it cannot be written', async () => {
    const { program, problems } = machine('/dev/null/never')
    const ledger = program()
    await spend(ledger, 60)
    await spend(ledger, 20)
    expect(ledger.usage()['weight']?.used).toBe(80)
    expect(problems.length).toBe(1)
  })
})
