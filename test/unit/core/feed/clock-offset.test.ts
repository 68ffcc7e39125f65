import { describe, expect, it } from 'vitest'
import { ClockOffset } from '../../../../src/core/feed/clock-offset.js'

const NOW = Date.UTC(2026, 10, 21)

/** Messages `everyMs` apart whose exchange's clock is `offsetMs` behind ours, each so late; gives their latencies. */
function run(offset: ClockOffset, offsetMs: number, lateness: readonly number[], from = NOW, everyMs = 100): number[] {
  return lateness.map((late, i) => {
    const sent = from + i * everyMs
    return offset.observe(sent - offsetMs, sent + late)
  })
}

describe('the offset of an exchange’s clock', () => {
  it('is unknown before the first message', () => {
    expect(new ClockOffset().ms).toBeUndefined()
  })

  it.each([0, 1_200, -1_200, 86_400_000])('of %s ms does not make a message late', (offsetMs) => {
    const offset = new ClockOffset()
    const latencies = run(offset, offsetMs, [5, 5, 30, 5, 205])
    expect(latencies).toEqual([0, 0, 25, 0, 200])
    expect(offset.ms).toBe(offsetMs + 5)
  })

  it('follows the fastest message of the last minute, not of all time', () => {
    const offset = new ClockOffset()
    run(offset, 0, [10, 10])
    // The way has become 40 ms longer: for a while every message is late, then that is how it is.
    const slower = run(
      offset,
      0,
      Array.from({ length: 900 }, () => 50),
      NOW + 1_000,
    )
    expect(slower[0]).toBe(40)
    expect(slower.at(-1)).toBe(0)
  })

  it('remembers the fastest message when a new half minute begins with a slow one', () => {
    const offset = new ClockOffset()
    run(
      offset,
      0,
      Array.from({ length: 290 }, () => 10),
    )
    expect(run(offset, 0, [500], NOW + 31_000)).toEqual([490])
  })

  it('is not moved by single messages from the future, which are told as such', () => {
    const offset = new ClockOffset()
    run(offset, 0, [10, 10, 10])
    expect(offset.observe(NOW + 1_000 + 3_600_000, NOW + 1_000)).toBe(-3_600_010)
    expect(run(offset, 0, [10], NOW + 1_100)).toEqual([0])
    expect(offset.ms).toBe(10)
  })

  it('moves when many in a row say that the clock itself has jumped', () => {
    const offset = new ClockOffset()
    run(offset, 0, [10, 10, 10])
    const jumped = run(
      offset,
      -5_000,
      Array.from({ length: 30 }, () => 10),
      NOW + 1_000,
    )
    expect(jumped.slice(0, 19)).toEqual(Array.from({ length: 19 }, () => -5_000))
    expect(jumped.slice(19)).toEqual(Array.from({ length: 11 }, () => 0))
    expect(offset.ms).toBe(-4_990)
  })
})
