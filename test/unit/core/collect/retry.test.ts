import { expect, it } from 'vitest'
import { VirtualClock } from '../../../../src/core/clock.js'
import { type RetryRule, retrying } from '../../../../src/core/collect/retry.js'
import { ConnectionError, ProtocolError, RateLimitError, RejectedError, TimeoutError } from '../../../../src/core/errors.js'

const RULE: RetryRule = { attempts: 4, baseMs: 1000, capMs: 60_000 }

/** Runs until it is settled, letting time pass only when it waits; gives the times of the tries. */
async function run(outcomes: readonly (Error | 'done')[], rule = RULE, controller = new AbortController()) {
  const clock = new VirtualClock()
  const at: number[] = []
  let settled: { value?: string; error?: unknown } | undefined
  const work = async (): Promise<string> => {
    const outcome = outcomes[at.length]
    at.push(clock.now())
    if (outcome instanceof Error) throw outcome
    return outcome ?? 'too often'
  }
  const ended = retrying({ clock, random: () => 1, signal: controller.signal, retry: rule }, work).then(
    (value) => (settled = { value }),
    (error: unknown) => (settled = { error }),
  )
  for (let i = 0; i < 50 && settled === undefined; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    if (clock.nextDue < Number.POSITIVE_INFINITY) clock.advanceTo(clock.nextDue)
  }
  await ended
  return { at, ...settled }
}

const broken = new ConnectionError('down', 'x')

it('tries three times more, a second apart and then twice as long each time', async () => {
  expect(await run([broken, new TimeoutError('slow', 'x'), new ProtocolError('cut', 'x'), 'done'])).toMatchObject({
    at: [0, 1000, 3000, 7000],
    value: 'done',
  })
  expect(await run([broken, broken, broken, broken, 'done'])).toMatchObject({ at: [0, 1000, 3000, 7000], error: broken })
})

it('never pauses longer than the cap', async () => {
  const { at } = await run([broken, broken, broken, 'done'], { attempts: 4, baseMs: 40_000, capMs: 60_000 })
  expect(at).toStrictEqual([0, 40_000, 100_000, 160_000])
})

it('does not repeat what another try would not change', async () => {
  const refused = new RejectedError('no such symbol', 'x')
  expect(await run([refused, 'done'])).toStrictEqual({ at: [0], error: refused })
})

it('waits as long as it is asked to, but not beyond the cap, and gives up after three such pauses in a row', async () => {
  const limit = (ms: number) => new RateLimitError('slow down', 'x', ms)
  expect(await run([limit(7000), 'done'])).toMatchObject({ at: [0, 7000], value: 'done' })
  expect((await run([limit(61_000), 'done'])).at).toStrictEqual([0])
  expect((await run([limit(2000), limit(2000), limit(2000), 'done'])).at).toHaveLength(3)
})

it('stops in the middle of a pause when it is told to', async () => {
  const controller = new AbortController()
  const reason = new Error('stopped')
  const clock = new VirtualClock()
  const ended = retrying({ clock, random: () => 1, signal: controller.signal, retry: RULE }, () => Promise.reject(broken))
  await new Promise((resolve) => setImmediate(resolve))
  controller.abort(reason)
  await expect(ended).rejects.toBe(reason)
  expect(clock.pending).toBe(0)
})
