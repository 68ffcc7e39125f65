/** A bar on stderr while something that can be counted takes its time; silent where nobody watches. */
import type { Clock } from '../../clock.js'
import { formatDuration } from '../duration.js'

export interface Bar {
  set(done: number, expected: number): void
  /** Takes the bar away. */
  end(): void
}

const SILENT: Bar = { set: () => undefined, end: () => undefined }
const WIDTH = 30
const PER_SECOND = 10
const ENOUGH_MS = 500

/** `unit` is what is counted: `bars`. */
export async function startBar(unit: string, stream: NodeJS.WriteStream, loadClock: () => Promise<Clock>): Promise<Bar> {
  if (!stream.isTTY) return SILENT
  const [{ default: progress }, clock] = await Promise.all([import('cli-progress'), loadClock()])
  const bar = new progress.SingleBar({
    format: `{bar} {value}/{total} ${unit}  {speed}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: WIDTH,
    stream,
    fps: PER_SECOND,
    clearOnComplete: true,
    hideCursor: true,
    // Signals are ours: the bar must not end the process.
    gracefulExit: false,
  })
  const startedAt = clock.now()
  bar.start(1, 0, { speed: '' })
  return {
    set(done, expected) {
      bar.setTotal(Math.max(1, expected))
      bar.update(done, { speed: speedOf(done, expected, clock.now() - startedAt) })
    },
    end: () => bar.stop(),
  }
}

/** Nothing, until there is something to judge by. */
function speedOf(done: number, expected: number, ms: number): string {
  if (done === 0 || ms < ENOUGH_MS) return ''
  const rate = (done * 1000) / ms
  const leftMs = Math.ceil((expected - done) / rate) * 1000
  return `${Math.round(rate).toLocaleString('en-US')}/s  ${formatDuration(leftMs)} left`
}

/** For who wants none. */
export function noBar(): Bar {
  return SILENT
}
