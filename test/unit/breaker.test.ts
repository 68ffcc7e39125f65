import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { createBreaker } from '../../src/core/net/breaker.js'

function setUp() {
  const clock = new VirtualClock(1_000_000)
  const breaker = createBreaker('demo', clock, () => 1)
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) breaker.failed(new Error('nobody listens there'))
  }
  return { breaker, fail, pass: (ms: number) => clock.advanceTo((clock.now() + ms) * 1000) }
}

describe('requests to an exchange that is down', () => {
  it('fail at once after five failures in a row, with the reason and the time of the next try', () => {
    const { breaker, fail } = setUp()
    fail(4)
    expect(breaker.refusal()).toBeUndefined()
    fail(1)
    expect(breaker.enter()).toMatchObject({
      code: 'API_CONNECTION',
      message: 'demo: 5 requests in a row failed (nobody listens there); the next try is in 1 s',
    })
  })

  it('go out one at a time as probes, and all again after the first answer', () => {
    const { breaker, fail, pass } = setUp()
    fail(5)
    pass(501)
    expect(breaker.enter()).toBeUndefined()
    expect(breaker.enter()?.message).toContain('one request tries now')
    breaker.answered()
    expect([breaker.enter(), breaker.enter()]).toEqual([undefined, undefined])
  })

  it('are tried again after a part of the outage, and each minute at least', () => {
    const { breaker, fail, pass } = setUp()
    fail(5)
    pass(10_000)
    fail(1)
    pass(3_999)
    expect(breaker.refusal()).toBeDefined()
    pass(2)
    expect(breaker.enter()).toBeUndefined()
    pass(86_400_000)
    fail(1)
    pass(59_999)
    expect(breaker.refusal()).toBeDefined()
    pass(2)
    expect(breaker.refusal()).toBeUndefined()
  })

  it('are not held up by a probe that we gave up ourselves', () => {
    const { breaker, fail, pass } = setUp()
    fail(5)
    pass(501)
    breaker.enter()
    breaker.left()
    expect(breaker.enter()).toBeUndefined()
  })
})
