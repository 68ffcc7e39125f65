import type { Exchange } from '../exchanges/contract.js'
import { parseKnown } from './journal/known.js'
import type { JournalDamage, JournalFileInfo, OnDamage } from './journal/reader.js'
import { JournalReader } from './journal/reader.js'
import { type JournalRecord, parseRest } from './journal/record.js'
import { parseSubscription } from './journal/subscription.js'
import type { Outputs } from './outputs.js'
import { Pipeline } from './pipeline.js'
import { STOPPED } from './pipeline-host.js'
import type { ValidationLimits } from './validation.js'

export interface PlayOptions {
  /** Called before each record with its stamp in µs: a promise holds the replay back, and then it is asked again; `false` ends it. */
  before?(stamp: number, exchange: string, record: JournalRecord): undefined | false | Promise<void>
  onDamage(damage: JournalDamage): void
}

type Awaitable<Value> = Value | Promise<Value>

export interface Played {
  readonly records: number
  readonly firstStamp: number | undefined
  readonly lastStamp: number | undefined
}

/**
 * Puts a journal where the sockets were: the same pipelines, samplers and bus as live, driven by the records' own stamps. What a
 * pipeline asks of the world is not done again: its answer is in the journal.
 */
export class Replay {
  readonly pipelines: ReadonlyMap<string, Pipeline>
  readonly #outputs: Outputs

  constructor(exchanges: ReadonlyMap<string, Exchange>, outputs: Outputs, limits: ValidationLimits) {
    this.#outputs = outputs
    this.pipelines = new Map([...exchanges].map(([id, exchange]) => [id, replayPipeline(exchange, outputs, limits)]))
  }

  async play(files: readonly JournalFileInfo[], options: PlayOptions): Promise<Played> {
    const outputs = this.#outputs
    let records = 0
    let firstStamp: number | undefined
    let lastStamp: number | undefined
    const play = (pipeline: Pipeline, record: JournalRecord) => {
      records += 1
      firstStamp ??= record.stamp
      lastStamp = record.stamp
      outputs.advance(Math.floor(record.stamp / 1000))
      const fact = record.kind === 'open' && record.connection === 0 ? parseKnown(record.payload.toString()) : undefined
      if (fact === undefined) playRecord(pipeline, record)
      else outputs.know(fact)
      return outputs.bus.mustWait ? outputs.bus.settled().then(() => undefined) : undefined
    }
    const playWhenDue = (pipeline: Pipeline, record: JournalRecord): Awaitable<undefined | false> => {
      const held = options.before?.(record.stamp, pipeline.exchange.id, record)
      if (held === undefined) return play(pipeline, record)
      return held === false ? false : held.then(() => playWhenDue(pipeline, record))
    }
    const onDamage: OnDamage = (damage, exchange, last) => {
      // As where a repair leaves a hole: nothing of that connection goes on as if it were whole. Connection 0 has answers, each whole.
      if (last !== undefined && last.connection > 0 && last.kind !== 'close')
        this.pipelines.get(exchange)?.closed(last.connection, last.stamp, 'the journal is damaged from here on')
      options.onDamage(damage)
    }
    await new JournalReader(files, onDamage).play((exchange, record) => {
      const pipeline = this.pipelines.get(exchange)
      return pipeline === undefined ? undefined : playWhenDue(pipeline, record)
    })
    outputs.flush()
    await outputs.bus.settled()
    return { records, firstStamp, lastStamp }
  }
}

/** A pipeline that nobody cures: the journal has what was done. */
function replayPipeline(exchange: Exchange, outputs: Outputs, limits: ValidationLimits): Pipeline {
  return new Pipeline(exchange, {
    publish: (event) => outputs.publish(event),
    changed: (state, kind) => outputs.changed(state, kind),
    flush: (id) => outputs.flush(id),
    cover: (span) => outputs.cover(span),
    cure: () => undefined,
    control: () => undefined,
    unknown: () => undefined,
    limits,
  })
}

function playRecord(pipeline: Pipeline, { stamp, connection, kind, payload }: JournalRecord): void {
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
      if (connection === 0) playSubscription(pipeline, stamp, payload.toString())
      else pipeline.opened(connection, stamp, payload.toString())
      return
    case 'close':
      if (connection === 0) playUnsubscription(pipeline, stamp, payload.toString())
      else pipeline.closed(connection, stamp, payload.toString())
      return
    case 'sent':
      return
  }
}

function playSubscription(pipeline: Pipeline, stamp: number, text: string): void {
  const subscription = parseSubscription(text)
  if (subscription === undefined) pipeline.started(stamp)
  else pipeline.subscribed(stamp, subscription.channel, subscription.symbol, subscription.connection)
}

function playUnsubscription(pipeline: Pipeline, stamp: number, text: string): void {
  const subscription = parseSubscription(text)
  if (text === STOPPED) pipeline.stopping(stamp)
  else if (subscription === undefined) pipeline.unsubscribed(stamp, text)
  else pipeline.unsubscribed(stamp, subscription.symbol, subscription.channel)
}
