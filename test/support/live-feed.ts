/** The live feed at a simulated market, over real sockets; the gate can drop, change or cut. Waits for what happens, not for time. */
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/core/clock.js'
import type { Exchange, Subscription } from '../../src/core/exchanges/contract.js'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import type { BackoffSettings } from '../../src/core/feed/backoff.js'
import { LiveFeed } from '../../src/core/feed/live-feed.js'
import type { MarketState } from '../../src/core/feed/market-state.js'
import { Outputs } from '../../src/core/feed/outputs.js'
import type { StateKind } from '../../src/core/feed/pipeline-host.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import type { MarketEvent } from '../../src/core/market/event.js'
import { createHttp } from '../../src/core/net/http.js'
import { createSockets } from '../../src/core/net/socket.js'
import { systemClock, systemRandom } from '../../src/core/net/system-clock.js'
import { type Gate, openGate } from '../../src/core/sandbox/gate.js'
import { type ExactBook, type Sandbox, type SandboxOptions, startSandbox } from '../../src/core/sandbox/index.js'
import { randomStream } from '../../src/core/sandbox/market/random.js'
import { collect, journalWriter } from './feed.js'
import type { VirtualNet } from './virtual-net.js'

export interface LiveOptions {
  readonly gate?: Gate
  /** Records everything below this directory. */
  readonly journal?: string
  readonly pollEveryMs?: number
  readonly clock?: Clock
  readonly backoff?: BackoffSettings
  /** Of the first pause before a new connection; 0 to 1 of 20 ms when not given. */
  readonly reconnectMs?: number
  /** Instead of loopback and the machine's clock; with a seed for what is left to chance. */
  readonly net?: VirtualNet
  readonly seed?: number
  /** Of the simulated market. */
  readonly market?: Pick<SandboxOptions, 'extraAssets' | 'stepMs' | 'keptChanges'>
  readonly budgetShare?: number
  readonly redundancy?: number
}

export interface Live {
  readonly sandbox: Sandbox
  readonly feed: LiveFeed
  readonly outputs: Outputs
  readonly events: MarketEvent[]
  /** Resolves when a look at the world after some event or change gives true. */
  until(isSo: () => boolean): Promise<void>
  state(exchange: string, symbol: string): MarketState
  /** Ends the feed and its journal; what it emitted is then complete. */
  stop(): Promise<void>
}

export async function startLive(options: LiveOptions = {}): Promise<Live> {
  const { gate = openGate, journal: directory, pollEveryMs, reconnectMs, backoff, net, budgetShare = 1 } = options
  const { clock = net?.clock ?? systemClock() } = options
  const random = net === undefined ? systemRandom : randomStream(options.seed ?? 1)
  const waiting = new Set<() => void>()
  const look = () => {
    for (const each of waiting) each()
  }
  const watchedGate: Gate = (outgoing) => {
    gate(outgoing)
    look()
  }
  const sandbox = await startSandbox({
    clock,
    port: 0,
    seed: 42,
    speed: 1,
    keptChanges: 100_000,
    gate: watchedGate,
    ...(net && { listen: net.listen }),
    ...options.market,
  })
  const retry = { times: 0, baseMs: 10, capMs: 10 }
  const http = createHttp({
    clock,
    userAgent: 'mts/test',
    requestTimeoutMs: 5_000,
    retry,
    budgetShare,
    random,
    ...(net && { get: net.get }),
  })
  const sockets = net?.sockets ?? createSockets({ clock, connectionTimeoutMs: 5_000, userAgent: 'mts/test' })
  const journal = directory === undefined ? undefined : journalWriter(directory, { clock })
  const samples = journalWriter('/dev/null/never', { clock })
  const outputs = new Outputs()
  const events: MarketEvent[] = []
  collect(outputs, (event) => {
    events.push(event)
    look()
  })
  outputs.watch(look)
  outputs.sample({ intervalMs: 250, depth: 10, limits: DEFAULT_LIMITS })
  const settings = (exchange: Exchange) => ({
    endpoints: sandbox.urls[exchange.id] ?? exchange.endpoints,
    backoff: backoff ?? { baseMs: reconnectMs ?? 20, maxMs: 250 },
    ...(journal && { journal }),
    ...(pollEveryMs === undefined ? {} : { pollEveryMs }),
    redundancy: options.redundancy ?? 1,
  })
  const world = { clock, http, sockets, random: reconnectMs === undefined ? random : () => 1 }
  const feed = new LiveFeed(world, { limits: DEFAULT_LIMITS, samples, exchange: settings }, outputs)
  let stopping: Promise<void> | undefined
  const end = async () => {
    feed.stop()
    await journal?.close()
    await samples.close()
    await http.close()
    await sandbox.close()
  }
  const stop = () => (stopping ??= end())
  onTestFinished(stop)
  return {
    sandbox,
    feed,
    outputs,
    events,
    stop,
    until: (isSo) =>
      new Promise((resolve) => {
        const check = () => {
          if (!isSo()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
    state(exchange, symbol) {
      const found = [...feed.exchanges].find((each) => each.exchange.id === exchange)
      if (found === undefined) throw new Error(`no feed of ${exchange}`)
      return found.pipeline.state(symbol)
    },
  }
}

export async function exchangesOf(...ids: string[]): Promise<Map<string, Exchange>> {
  return new Map(await Promise.all(ids.map(async (id) => [id, await loadExchange(id)] as const)))
}

export function books(...symbols: string[]): Subscription[] {
  return symbols.map((symbol) => ({ channel: 'book', symbol }))
}

/** Holds every readable state of every book to the market's own book at the same id. */
export class TruthCheck {
  readonly wrong: string[] = []
  readonly compared = new Map<string, number>()
  readonly #sandbox: Sandbox

  constructor(live: Live) {
    this.#sandbox = live.sandbox
    live.outputs.watch((state, kind) => this.#look(state, kind))
  }

  count(exchange: string, symbol: string): number {
    return this.compared.get(`${exchange} ${symbol}`) ?? 0
  }

  #look({ sync: { book, symbol }, instrument: { exchange } }: MarketState, kind: StateKind): void {
    if (kind !== 'book' || book === undefined) return
    // Bybit counts its messages and names the engine's id besides; Binance's id is the engine's own.
    const truth = this.#sandbox.market.book(exchange, symbol, book.crossId >= 0 ? book.crossId : book.sequence)
    if (truth === undefined) return
    const name = `${exchange} ${symbol}`
    this.compared.set(name, (this.compared.get(name) ?? 0) + 1)
    const ours = JSON.stringify([book.bids.levels(20), book.asks.levels(20)])
    if (ours !== topOf(truth)) this.wrong.push(`${name} ${book.sequence}: ${ours} is not ${topOf(truth)}`)
  }
}

function topOf({ bids, asks }: ExactBook): string {
  const plain = (levels: ExactBook['bids']) => levels.slice(0, 20).map(([price, quantity]) => [Number(price), Number(quantity)])
  return JSON.stringify([plain(bids), plain(asks)])
}
