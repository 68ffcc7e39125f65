/** A history job against the simulated exchanges in this process, with whatever goes wrong on the way. */

import type { Rejected } from '../../src/core/collect/check-candles.js'
import { type Collected, type CollectOptions, collectCandles } from '../../src/core/collect/collect-candles.js'
import { exchangeSource } from '../../src/core/collect/exchange-source.js'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { createHttp } from '../../src/core/net/http.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { type Gate, type OutgoingResponse, openGate } from '../../src/core/sandbox/gate.js'
import { type Sandbox, startSandbox } from '../../src/core/sandbox/index.js'
import { openHistory } from '../../src/core/storage/history.js'
import { openReader } from '../../src/core/storage/reader.js'
import type { StoredCandleRow } from '../../src/core/storage/rows.js'

export const HOUR = 3_600_000

export interface JobMarket {
  readonly sandbox: Sandbox
  /** Paths of the requests that were answered, newest last. */
  readonly asked: string[]
  /** What leaves the exchanges passes here. */
  gate: Gate
  collect(file: string, options?: Partial<CollectOptions> & { readonly exchange?: string }): Promise<Job>
  close(): Promise<void>
}

export interface Job extends Collected {
  readonly rejected: readonly Rejected[]
}

export async function startJobMarket(): Promise<JobMarket> {
  const clock = systemClock()
  const asked: string[] = []
  const market = { gate: openGate as Gate }
  const gate: Gate = (outgoing) => {
    if (outgoing.kind === 'response') asked.push(`${outgoing.exchange}${outgoing.path}?${outgoing.query}`)
    market.gate(outgoing)
  }
  const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, gate })
  return Object.assign(market, {
    sandbox,
    asked,
    close: () => sandbox.close(),
    async collect(file: string, { exchange: id = 'binance', ...options }: Parameters<JobMarket['collect']>[1] = {}): Promise<Job> {
      const exchange = await loadExchange(id)
      const http = createHttp({ clock, userAgent: 'mts/test', requestTimeoutMs: 2_000, retry: { times: 0, baseMs: 1, capMs: 1 } })
      const history = openHistory({ path: file, clock, programVersion: '1.2.3' })
      const rejected: Rejected[] = []
      const endpoints = () => sandbox.urls[id] ?? exchange.endpoints
      const retry = { attempts: 4, baseMs: 2, capMs: 2_000 }
      const world = { isSandbox: false, clock, http, random: () => 1, signal: new AbortController().signal, retry, endpoints }
      try {
        const quarantine = (rows: readonly Rejected[]): void => void rejected.push(...rows)
        const collected = await collectCandles(
          { history, quarantine, onProgress: () => undefined },
          {
            source: exchangeSource(world, exchange),
            wish: { coins: ['BTC'], top: 3 },
            interval: '1h',
            period: { ...LAST_WEEK, isBack: false },
            isRecheck: false,
            ...options,
          },
        )
        return { ...collected, rejected }
      } finally {
        history.close()
        await http.close()
      }
    },
  })
}

const END = Date.UTC(2026, 5, 8)
/** 168 bars of an hour that are long over. */
export const LAST_WEEK = { from: END - 168 * HOUR, to: END }

/** Every stored bar, oldest first, without when it was stored. */
export function storedBars(file: string): Omit<StoredCandleRow, 'createdAt'>[] {
  const reader = openReader(file)
  const rows = reader.candles({ limit: Number.POSITIVE_INFINITY })
  reader.close()
  const key = ({ source, cryptocurrency, timestamp }: StoredCandleRow) => `${source} ${cryptocurrency} ${timestamp}`
  return rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)).map(({ createdAt: _, ...row }) => row)
}

/** Lets everything pass but the answers of a path, which `change` rewrites. */
export function rewriting(path: string, change: (body: unknown, response: OutgoingResponse) => unknown): Gate {
  return (outgoing) => {
    if (outgoing.kind !== 'response' || outgoing.path !== path) return openGate(outgoing)
    const { response } = outgoing
    const body = typeof response.body === 'string' ? JSON.parse(response.body) : response.body
    return outgoing.respond({ ...response, body: JSON.stringify(change(body, outgoing)) })
  }
}
