import type { Exchange } from '../exchanges/contract.js'
import type { JournalDamage, JournalFileInfo } from './journal/reader.js'
import { JournalReader } from './journal/reader.js'
import { type JournalRecord, parseRest } from './journal/record.js'
import type { Outputs } from './outputs.js'
import { Pipeline } from './pipeline.js'
import type { ValidationLimits } from './validation.js'

export interface ReplayOptions {
  readonly exchanges: ReadonlyMap<string, Exchange>
  readonly limits: ValidationLimits
  /** Called before each record with its stamp in µs: a promise holds the replay back (pace). `false` ends it. */
  before?(stamp: number): undefined | false | Promise<void>
  onDamage(damage: JournalDamage): void
}

export interface ReplayResult {
  readonly pipelines: ReadonlyMap<string, Pipeline>
  readonly records: number
  readonly firstStamp: number | undefined
  readonly lastStamp: number | undefined
}

/**
 * Puts a journal where the sockets were: the same pipelines, samplers and bus as live, driven by the records' own stamps. What a
 * pipeline asks of the world is not done again: its answer is in the journal.
 */
export async function replay(files: readonly JournalFileInfo[], outputs: Outputs, options: ReplayOptions): Promise<ReplayResult> {
  const pipelines = new Map<string, Pipeline>()
  for (const [id, exchange] of options.exchanges) pipelines.set(id, replayPipeline(exchange, outputs, options.limits))
  let records = 0
  let firstStamp: number | undefined
  let lastStamp: number | undefined
  await new JournalReader(files, options.onDamage).forEach((exchange, record) => {
    const pipeline = pipelines.get(exchange)
    if (pipeline === undefined) return undefined
    const held = options.before?.(record.stamp)
    if (held === false) return false
    records += 1
    firstStamp ??= record.stamp
    lastStamp = record.stamp
    const play = () => {
      outputs.advance(Math.floor(record.stamp / 1000))
      playRecord(pipeline, record)
      return outputs.bus.mustWait ? outputs.bus.settled() : undefined
    }
    return held === undefined ? play() : held.then(play)
  })
  outputs.flush()
  await outputs.bus.settled()
  return { pipelines, records, firstStamp, lastStamp }
}

/** A pipeline that nobody cures: the journal has what was done. */
export function replayPipeline(exchange: Exchange, outputs: Outputs, limits: ValidationLimits): Pipeline {
  return new Pipeline(exchange, {
    publish: (event) => outputs.publish(event),
    changed: (state, kind) => outputs.changed(state, kind),
    cure: () => undefined,
    control: () => undefined,
    unknown: () => undefined,
    limits,
  })
}

export function playRecord(pipeline: Pipeline, { stamp, connection, kind, payload }: JournalRecord): void {
  switch (kind) {
    case 'ws':
      pipeline.frame(connection, stamp, payload)
      return
    case 'rest': {
      const { url, status, body } = parseRest(payload)
      pipeline.rest(stamp, url, status, body)
      return
    }
    case 'open':
      if (connection === 0) pipeline.started(stamp)
      else pipeline.opened(connection, stamp, payload.toString())
      return
    case 'close':
      pipeline.closed(connection, stamp, payload.toString())
      return
    case 'sent':
      return
  }
}
