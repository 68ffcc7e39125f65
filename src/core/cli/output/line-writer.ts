/**
 * Lines to a stream whose reader may be slow. Each line is one write. What cannot be written yet waits in a queue bounded in
 * bytes and lines; beyond the bound a newer state replaces the older ones of the same key, then the oldest lines fall out. Both are counted.
 */
import type { Writable } from 'node:stream'

export interface LineWriter {
  /** `key` names a state (the book of one instrument) of which only the newest matters to a reader that lags. */
  write(line: string, key?: string): void
  /** The reader does not keep up: lines wait. */
  readonly isBlocked: boolean
  /** Lines that never reached it, or only as a newer state. */
  readonly lost: number
  /** Resolves once nothing waits any more, or nobody reads any more. */
  drained(): Promise<void>
}

export interface LineWriterOptions {
  readonly stream: Writable
  readonly maxBytes: number
  readonly maxLines: number
  /** Told how many lines were lost; the line that it gives is written before the next one that gets through. */
  readonly lossLine: (lost: number) => string | undefined
}

interface Waiting {
  readonly line: string
  readonly key: string | undefined
}

/** After compaction the queue is this much below its bound, so that compaction is rare. */
const KEPT_SHARE = 0.75

export function createLineWriter({ stream, maxBytes, maxLines, lossLine }: LineWriterOptions): LineWriter {
  let queue: Waiting[] = []
  let bytes = 0
  let lost = 0
  let lostInAll = 0
  let isBlocked = false
  let isClosed = false
  const waiters: (() => void)[] = []

  const send = (line: string): void => {
    isBlocked = !stream.write(`${line}\n`)
  }
  const wake = (): void => {
    for (const waiter of waiters.splice(0)) waiter()
  }
  const flush = (): void => {
    isBlocked = false
    if (lost > 0 && !isClosed) {
      const line = lossLine(lost)
      lost = 0
      if (line !== undefined) send(line)
    }
    let sent = 0
    for (; sent < queue.length && !isBlocked && !isClosed; sent++) send(queue[sent]?.line ?? '')
    queue = queue.slice(sent)
    bytes = sizeOf(queue)
    if (queue.length === 0 && !isBlocked) wake()
  }
  const close = (): void => {
    isClosed = true
    queue = []
    bytes = 0
    wake()
  }
  stream.on('drain', flush)
  stream.on('error', close)
  stream.on('close', close)

  return {
    get isBlocked() {
      return !isClosed && (isBlocked || queue.length > 0)
    },
    get lost() {
      return lostInAll
    },
    write: (line, key) => {
      if (isClosed) return
      if (!isBlocked && queue.length === 0) return send(line)
      queue.push({ line, key })
      bytes += line.length
      if (bytes <= maxBytes && queue.length <= maxLines) return
      const kept = compact(queue, maxBytes * KEPT_SHARE, maxLines * KEPT_SHARE)
      lost += queue.length - kept.length
      lostInAll += queue.length - kept.length
      queue = kept
      bytes = sizeOf(kept)
    },
    drained: () => {
      if (isClosed || (!isBlocked && queue.length === 0)) return Promise.resolve()
      return new Promise((resolve) => waiters.push(resolve))
    },
  }
}

/** The newest line of each key and all lines without one, in their order; of these the newest that fit. */
function compact(queue: readonly Waiting[], maxBytes: number, maxLines: number): Waiting[] {
  const seen = new Set<string>()
  const kept: Waiting[] = []
  let bytes = 0
  for (let i = queue.length - 1; i >= 0; i--) {
    const waiting = queue[i]
    if (waiting === undefined || (waiting.key !== undefined && seen.has(waiting.key))) continue
    if (waiting.key !== undefined) seen.add(waiting.key)
    bytes += waiting.line.length
    if ((bytes > maxBytes || kept.length >= maxLines) && kept.length > 0) break
    kept.push(waiting)
  }
  return kept.reverse()
}

function sizeOf(queue: readonly Waiting[]): number {
  let bytes = 0
  for (const { line } of queue) bytes += line.length
  return bytes
}
