/** The machine's own time: the only place that reads it, and the only one with timers and chance. */
import type { Clock, Timer } from '../clock.js'

/** Longest delay that `setTimeout` takes; a longer one would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1
/** More than slewing and the wall clock's 1 ms grain explain: somebody set the clock, or the machine slept. */
const CLOCK_JUMP_MS = 50
/** Frames come many to a millisecond, and the look at the wall clock costs as much as the stamp. */
const STAMPS_LOOK_EVERY_MS = 1

/** What a system clock is made of; a test gives its own to let time jump. All in ms. */
export interface TimeSources {
  /** Since the epoch; whole ms; can be set. */
  wall(): number
  /** Since any origin; with fractions; never goes back; may stand still while the machine sleeps. */
  monotonic(): number
  /** Runs once, after at most `LONGEST_TIMEOUT_MS`. */
  timer(ms: number, run: () => void): Timer
}

const MACHINE: TimeSources = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, run) {
    const handle = setTimeout(run, ms)
    return { cancel: () => clearTimeout(handle) }
  },
}

/**
 * Time from the monotonic clock, anchored to the wall clock: finer than 1 ms and without its small steps. It is anchored
 * anew when the two have drifted apart by more than 50 ms. Stamps increase even when the wall clock is set back; they then
 * go on by 1 µs each until it has caught up.
 */
export function systemClock(sources: TimeSources = MACHINE): Clock {
  let offsetMs = sources.wall() - sources.monotonic()
  let lastStamp = 0
  let nextLook = 0

  const nowMs = (monotonic: number): number => {
    const wall = sources.wall()
    if (Math.abs(wall - monotonic - offsetMs) > CLOCK_JUMP_MS) offsetMs = wall - monotonic
    nextLook = monotonic + STAMPS_LOOK_EVERY_MS
    return monotonic + offsetMs
  }

  return {
    now: () => Math.floor(nowMs(sources.monotonic())),
    stamp() {
      const monotonic = sources.monotonic()
      const ms = monotonic < nextLook ? monotonic + offsetMs : nowMs(monotonic)
      lastStamp = Math.max(lastStamp + 1, Math.floor(ms * 1000))
      return lastStamp
    },
    nanos: () => sources.monotonic() * 1e6,
    after: (ms, run) => runAfter(sources, ms, run),
    every: (ms, run) => runEvery(sources, ms, run),
  }
}

/** A number in [0, 1) that nobody can repeat: for spreading retries, never for data. */
export function systemRandom(): number {
  return Math.random()
}

function runAfter(sources: TimeSources, ms: number, run: () => void): Timer {
  if (ms <= LONGEST_TIMEOUT_MS) return sources.timer(ms, run)
  let timer = sources.timer(LONGEST_TIMEOUT_MS, () => {
    timer = runAfter(sources, ms - LONGEST_TIMEOUT_MS, run)
  })
  return { cancel: () => timer.cancel() }
}

/** Due times are multiples of the period from the start, so that lateness does not add up; what was slept over is skipped. */
function runEvery(sources: TimeSources, ms: number, run: () => void): Timer {
  const period = Math.max(1, ms)
  let due = sources.monotonic() + period
  const arm = (): Timer => runAfter(sources, Math.max(0, due - sources.monotonic()), fire)
  const fire = (): void => {
    const late = Math.max(0, sources.monotonic() - due)
    due += period * (1 + Math.floor(late / period))
    timer = arm()
    run()
  }
  let timer = arm()
  return { cancel: () => timer.cancel() }
}
