import type { Pipeline } from '../feed/pipeline.js'
import type { StreamStatsRow } from '../storage/rows.js'

const MINUTE_MS = 60_000

/** Once a minute: what each channel of each instrument brought, as rows; then counting begins anew. */
export class MinuteStats {
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #write: (row: StreamStatsRow) => void
  #minute: number | undefined

  constructor(pipelines: () => Iterable<Pipeline>, write: (row: StreamStatsRow) => void) {
    this.#pipelines = pipelines
    this.#write = write
  }

  advance(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS
    if (this.#minute === undefined) this.#minute = minute
    if (minute > this.#minute) {
      this.flush()
      this.#minute = minute
    }
  }

  flush(): void {
    if (this.#minute === undefined) return
    for (const pipeline of this.#pipelines()) for (const row of minuteRows(pipeline, this.#minute)) this.#write(row)
  }
}

function* minuteRows(pipeline: Pipeline, minute: number): Generator<StreamStatsRow> {
  for (const state of pipeline.states) {
    for (const [channel, { recent }] of state.stats) {
      const { messages, errors, flagged, latency } = recent
      if (messages === 0 && errors === 0) continue
      yield {
        minute,
        exchange: pipeline.exchange.id,
        symbol: state.instrument.symbol,
        channel,
        messages,
        errors,
        validShare: messages === 0 ? null : (messages - flagged) / messages,
        latencyMean: latency.mean ?? null,
        latencyP50: latency.quantile(0.5) ?? null,
        latencyP99: latency.quantile(0.99) ?? null,
      }
      recent.reset()
    }
  }
}
