import type { Clock } from '../../src/core/clock.js'
import { systemClock } from '../../src/core/net/system-clock.js'

/** The machine's clock, so many times as fast: real sockets, and seconds of the market in a moment. */
export function fastClock(factor: number): Clock {
  const origin = performance.now()
  const began = Date.now()
  const elapsed = () => (performance.now() - origin) * factor
  return systemClock({
    wall: () => began + Math.floor(elapsed()),
    monotonic: elapsed,
    timer(ms, run) {
      const handle = setTimeout(run, ms / factor)
      return { cancel: () => clearTimeout(handle) }
    },
  })
}

/** Resolves after so many ms of this clock. */
export function passed(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve)
  })
}
