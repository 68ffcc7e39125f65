import type { Pipeline } from '../feed/pipeline.js'
import { MINUTE_MS } from '../market/time.js'
import type { StreamStatsRow } from '../storage/rows.js'

/** Once a minute: what each channel of each instrument brought, as rows; then counting begins anew. */
export class MinuteStats {
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #write: (row: StreamStatsRow) => void
  /** Rows of the minute in which an earlier run ended: what it counted is not lost. */
  readonly #earlier: ReadonlyMap<string, StreamStatsRow>
  #minute: number | undefined

  constructor(pipelines: () => Iterable<Pipeline>, write: (row: StreamStatsRow) => void, earlier: readonly StreamStatsRow[] = []) {
    this.#pipelines = pipelines
    this.#write = write
    this.#earlier = new Map(earlier.map((row) => [keyOf(row), row]))
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
    for (const pipeline of this.#pipelines()) {
      for (const row of minuteRows(pipeline, this.#minute)) {
        const earlier = this.#earlier.get(keyOf(row))
        this.#write(earlier === undefined ? row : added(earlier, row))
      }
    }
  }
}

function keyOf({ minute, exchange, symbol, channel }: StreamStatsRow): string {
  return `${minute} ${exchange} ${symbol} ${channel}`
}

/** Two parts of one minute. Quantiles cannot be added: the larger one is never too low. */
function added(a: StreamStatsRow, b: StreamStatsRow): StreamStatsRow {
  const messages = a.messages + b.messages
  const mean = (x: number | null, y: number | null) =>
    x === null || y === null ? (x ?? y) : (x * a.messages + y * b.messages) / messages
  const larger = (x: number | null, y: number | null) => (x === null || y === null ? (x ?? y) : Math.max(x, y))
  return {
    ...b,
    messages,
    errors: a.errors + b.errors,
    validShare: mean(a.validShare, b.validShare),
    latencyMean: mean(a.latencyMean, b.latencyMean),
    latencyP50: larger(a.latencyP50, b.latencyP50),
    latencyP99: larger(a.latencyP99, b.latencyP99),
  }
}

function* minuteRows(pipeline: Pipeline, minute: number): Generator<StreamStatsRow> {
  for (const state of pipeline.states) {
    for (const [channel, { recent }] of state.stats) {
      const { messages, errors, validShare, latency } = recent
      if (messages === 0 && errors === 0) continue
      yield {
        minute,
        exchange: pipeline.exchange.id,
        symbol: state.instrument.symbol,
        channel,
        messages,
        errors,
        validShare,
        latencyMean: latency.mean ?? null,
        latencyP50: latency.quantile(0.5) ?? null,
        latencyP99: latency.quantile(0.99) ?? null,
      }
      recent.reset()
    }
  }
}
