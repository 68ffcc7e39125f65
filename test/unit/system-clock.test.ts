import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { systemClock } from '../../src/core/net/system-clock.js'

/** Sources that a test sets: `wall` as a user or NTP would, `monotonic` as time passes, timers as the event loop gets to them. */
function sources() {
  const time = { wallMs: 1_800_000_000_000, monotonicMs: 5_000.25 }
  const loop = new VirtualClock()
  const longest = { ms: 0 }
  return {
    time,
    longest,
    clock: systemClock({
      wall: () => Math.floor(time.wallMs),
      monotonic: () => time.monotonicMs,
      timer(ms, run) {
        longest.ms = Math.max(longest.ms, ms)
        return loop.after(ms, run)
      },
    }),
    runTimers: (ms: number) => loop.advanceTo((loop.now() + ms) * 1000),
    pass(ms: number) {
      time.wallMs += ms
      time.monotonicMs += ms
    },
  }
}

describe('the system clock', () => {
  it('tells the same time as the machine, and its stamps are microseconds of it', () => {
    const clock = systemClock()
    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(100)
    expect(Math.abs(clock.stamp() / 1000 - Date.now())).toBeLessThan(100)
  })

  it('gives each record a stamp of its own, in order, however fast they come', () => {
    const clock = systemClock()
    const stamps = Array.from({ length: 20_000 }, () => clock.stamp())
    expect(stamps.every((stamp, i) => Number.isSafeInteger(stamp) && (i === 0 || stamp > (stamps[i - 1] ?? 0)))).toBe(true)
  })

  it('is finer than the wall clock and never behind its own stamps', () => {
    const { clock, pass } = sources()
    const first = clock.stamp()
    pass(0.25)
    expect(clock.stamp() - first).toBe(250)
    expect(Math.floor(clock.stamp() / 1000)).toBe(clock.now())
  })

  it('ignores small steps of the wall clock and follows large ones', () => {
    const { clock, time } = sources()
    const before = clock.now()
    time.wallMs += 40
    expect(clock.now()).toBe(before)
    time.wallMs += 3_600_000
    expect(clock.now() - before).toBe(3_600_040)
  })

  it('stamps in order although somebody sets the clock back, and is right again once time has caught up', () => {
    const { clock, time, pass } = sources()
    const before = clock.stamp()
    time.wallMs -= 1_000
    expect(clock.stamp()).toBe(before + 1)
    expect(clock.now()).toBe(1_799_999_999_000)
    pass(2_000)
    expect(clock.stamp()).toBe(1_800_000_001_000_000)
  })

  it('stamps by a clock that was set from the next millisecond on, however fast stamps come', () => {
    const { clock, time, pass } = sources()
    const before = clock.stamp()
    time.wallMs += 60_000
    for (let i = 0; i < 10; i++) {
      pass(0.1)
      clock.stamp()
    }
    expect(clock.stamp() - before).toBeGreaterThanOrEqual(60_000_000)
  })

  it('runs a periodic job again and again until it is cancelled, also from within the job', async () => {
    const clock = systemClock()
    let runs = 0
    await new Promise<void>((resolve) => {
      const timer = clock.every(1, () => {
        runs += 1
        if (runs < 5) return
        timer.cancel()
        resolve()
      })
    })
    const silent = new Promise((resolve) => clock.after(20, () => resolve(runs)))
    expect(await silent).toBe(5)
  })

  it('does not let the lateness of a periodic job add up, and skips what was slept over', () => {
    const { clock, pass, runTimers } = sources()
    let runs = 0
    clock.every(10, () => {
      runs += 1
    })
    const runsAfter = (timerMs: number): number => {
      runTimers(timerMs)
      return runs
    }
    pass(13)
    expect(runsAfter(10)).toBe(1)
    // 3 ms late: the next one is due in 7.
    expect(runsAfter(6)).toBe(1)
    pass(7)
    expect(runsAfter(1)).toBe(2)
    // The machine slept from 20 to 75: one run, and the next at 80.
    pass(55)
    expect(runsAfter(10)).toBe(3)
    expect(runsAfter(4)).toBe(3)
    expect(runsAfter(1)).toBe(4)
  })

  it('keeps a delay that is longer than a timer can hold', () => {
    const { clock, longest, runTimers } = sources()
    const ran: string[] = []
    clock.after(2 ** 31 + 1_000, () => ran.push('far'))
    const canceled = clock.after(2 ** 31 + 1_000, () => ran.push('canceled'))
    runTimers(2 ** 31 + 999)
    expect(ran).toEqual([])
    canceled.cancel()
    runTimers(1)
    expect(ran).toEqual(['far'])
    expect(longest.ms).toBeLessThan(2 ** 31)
  })
})
