import type { Clock } from '../../clock.js'
import type { OutgoingFrame } from '../gate.js'

type Send = (frame: OutgoingFrame) => void

/** What faults have made of one connection so far. */
export interface FaultyConnection {
  /** ms since the start when it was first heard of. */
  readonly since: number
  /** What the exchange would still have said nobody hears: the end itself is what has to be noticed. */
  isEnded: boolean
  /** Nothing goes out any more, and nobody is told. */
  isHalfOpen: boolean
  /** Lets the next frame of its topic pass first. */
  hold(frame: OutgoingFrame): void
  /** Everything from now on comes so much later, in order. */
  delay(ms: number): void
  deliver(frame: OutgoingFrame): void
}

export function createFaultyConnection(clock: Clock, since: number, send: Send): FaultyConnection {
  const held = new Map<string | undefined, OutgoingFrame>()
  let queue: OutgoingFrame[] = []
  let openAt = 0

  const flush = (): void => {
    const leftMs = openAt - clock.now()
    if (leftMs > 0) {
      clock.after(leftMs, flush)
      return
    }
    const due = queue
    queue = []
    for (const frame of due) send(frame)
  }
  const pass = (frame: OutgoingFrame): void => {
    if (queue.length === 0 && openAt <= clock.now()) {
      send(frame)
      return
    }
    queue.push(frame)
    if (queue.length === 1) flush()
  }

  return {
    since,
    isEnded: false,
    isHalfOpen: false,
    hold(frame) {
      const earlier = held.get(frame.topic)
      held.set(frame.topic, frame)
      if (earlier !== undefined) pass(earlier)
    },
    delay(ms) {
      openAt = Math.max(openAt, clock.now() + ms)
    },
    deliver(frame) {
      pass(frame)
      const late = held.get(frame.topic)
      if (late === undefined) return
      held.delete(frame.topic)
      pass(late)
    },
  }
}
