import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../../../src/core/clock.js'
import { RequestQueue } from '../../../../src/core/feed/request-queue.js'

type Answer = { isNeeded: boolean; retryAfterMs?: number }

function setUp() {
  const clock = new VirtualClock()
  const asked: string[] = []
  const answers = new Map<string, (answer: Answer) => void>()
  const queue = new RequestQueue(
    clock,
    () => 1,
    (symbol) => {
      asked.push(`${clock.now()} ${symbol}`)
      return new Promise((resolve) => answers.set(symbol, resolve))
    },
  )
  return {
    queue,
    asked,
    pass: (ms: number) => clock.advanceTo((clock.now() + ms) * 1000),
    answer: async (symbol: string, answer: Answer) => {
      answers.get(symbol)?.(answer)
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

describe('the requests for snapshots', () => {
  it('wait until updates are at hand, and go out once however often a book asks', async () => {
    const { queue, asked, pass, answer } = setUp()
    queue.request('A')
    queue.request('A')
    pass(199)
    expect(asked).toEqual([])
    pass(1)
    queue.request('A')
    pass(10_000)
    expect(asked).toEqual(['200 A'])
    await answer('A', { isNeeded: false })
    pass(10_000)
    expect(asked.length).toBe(1)
    queue.request('A')
    pass(200)
    expect(asked.length).toBe(2)
  })

  it('are four at once at most; the next goes out when one is answered', async () => {
    const { queue, asked, pass, answer } = setUp()
    for (const symbol of ['A', 'B', 'C', 'D', 'E', 'F']) queue.request(symbol)
    pass(200)
    expect(asked.length).toBe(4)
    await answer('B', { isNeeded: false })
    expect(asked.at(-1)).toBe('200 E')
    expect(asked.length).toBe(5)
  })

  it('come again with growing pauses while the book still needs one, or when the exchange allows', async () => {
    const { queue, asked, pass, answer } = setUp()
    queue.request('A')
    pass(200)
    for (let i = 0; i < 3; i++) {
      await answer('A', { isNeeded: true })
      pass(60_000)
    }
    const times = asked.map((each) => Number(each.split(' ')[0]))
    expect(times[0]).toBe(200)
    expect(times.length).toBe(4)
    await answer('A', { isNeeded: true, retryAfterMs: 120_000 })
    pass(119_999)
    expect(asked.length).toBe(4)
    pass(1)
    expect(asked.length).toBe(5)
  })

  it('end with the stream', () => {
    const { queue, asked, pass } = setUp()
    queue.request('A')
    queue.stop()
    pass(60_000)
    expect(asked).toEqual([])
  })
})
