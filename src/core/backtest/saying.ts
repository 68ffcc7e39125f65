/** What a strategy says at the end of the data: the backtest itself is run up to there, so a signal is the decision of a backtest. */
import { StrategyError } from '../errors.js'
import type { Signal, Sink, Strategy } from '../strategies/contract.js'
import { FAULTS } from '../strategies/window.js'
import type { BacktestConfig } from './config.js'
import type { MarketData } from './data.js'
import { runBacktest } from './engine.js'
import type { BacktestResult, Block, Decision } from './result.js'

/** A signal that is in force: said on the newest bar, or before, and the position that it asked for is still held. */
export interface Stance {
  readonly asset: string
  readonly signal: Signal
  /** Close of the bar that it was said on, ms UTC. */
  readonly saidAt: number
  readonly isNew: boolean
  /** What kept the strategy from looking at the newest bar; null: it has looked. */
  readonly doubt: string | null
}

/** Nothing is said of this asset, and why. */
export interface Silence {
  readonly asset: string
  readonly reason: string
}

export interface Saying {
  /** Close of the newest bar, ms UTC. */
  readonly time: number
  readonly stances: readonly Stance[]
  readonly silences: readonly Silence[]
  /** Of the newest bar, as the backtest noted them. */
  readonly decisions: readonly Decision[]
}

interface Heard {
  readonly signal: Signal
  readonly saidAt: number
}

/** Errors: those of `runBacktest`. */
export function sayingOf(config: BacktestConfig, data: MarketData, strategy: Strategy, version: string): Saying {
  const ear = new Ear(data.traded.map(({ asset }) => asset))
  const result = runBacktest(config, data, ear.attach(strategy), { version })
  const time = result.timestamps.at(-1) ?? Number.NaN
  const decisions = result.decisions.filter(({ timestamp }) => timestamp === time)
  const found = result.assets.map((asset) => stanceOf(asset, time, { ear, result, decisions }))
  return {
    time,
    stances: found.filter((each): each is Stance => 'signal' in each),
    silences: found.filter((each): each is Silence => 'reason' in each),
    decisions,
  }
}

/** Hears what the strategy says, on its way to the engine: size and life of a signal are in no decision. */
class Ear {
  readonly #assets: readonly string[]
  readonly #newest = new Map<string, Heard>()
  readonly #silences = new Map<string, { readonly reason: string; readonly time: number }>()

  constructor(assets: readonly string[]) {
    this.#assets = assets
  }

  newest(asset: string, direction: 'long' | 'short' | 'flat' | 'any'): Heard | undefined {
    return this.#newest.get(`${asset} ${direction}`)
  }

  /** What it gave as its reason to say nothing at this very moment. */
  silence(asset: string, time: number): string | undefined {
    const silence = this.#silences.get(asset)
    return silence?.time === time ? silence.reason : undefined
  }

  attach(strategy: Strategy): Strategy {
    return {
      ...strategy,
      create: (parameters) => {
        const run = strategy.create(parameters)
        const tap = new Tap(this)
        return {
          onBar(view, sink) {
            tap.listen(sink, view.time, view.asset)
            run.onBar(view, tap)
          },
          analysis: () => run.analysis?.() ?? {},
        }
      },
    }
  }

  hear(signal: Signal, saidAt: number, own: number): void {
    const asset = this.#assets[signal.asset ?? own]
    if (asset === undefined)
      throw new StrategyError('BACKTEST_BAD_SIGNAL', `it named asset ${signal.asset ?? own} of ${this.#assets.length}`)
    const heard = { signal, saidAt }
    this.#newest.set(`${asset} ${signal.signal}`, heard)
    this.#newest.set(`${asset} any`, heard)
  }

  hearSilence(reason: string, time: number, own: number): void {
    const asset = this.#assets[own]
    if (asset !== undefined) this.#silences.set(asset, { reason, time })
  }
}

class Tap implements Sink {
  readonly #ear: Ear
  #sink: Sink | undefined
  #time = Number.NaN
  #asset = 0

  constructor(ear: Ear) {
    this.#ear = ear
  }

  listen(sink: Sink, time: number, asset: number): void {
    this.#sink = sink
    this.#time = time
    this.#asset = asset
  }

  signal(signal: Signal): void {
    // First the engine, which refuses what cannot be.
    this.#sink?.signal(signal)
    this.#ear.hear(signal, this.#time, this.#asset)
  }

  order(order: Parameters<Sink['order']>[0]): void {
    this.#sink?.order(order)
  }

  cancel(tag: string): void {
    this.#sink?.cancel(tag)
  }

  silent(reason: string): void {
    this.#sink?.silent(reason)
    this.#ear.hearSilence(reason, this.#time, this.#asset)
  }
}

interface Facts {
  readonly ear: Ear
  readonly result: BacktestResult
  readonly decisions: readonly Decision[]
}

/** Blocks after which nothing is meant any more; the others are the account's business, not the market's. */
const MUTE: ReadonlyMap<Block, string> = new Map([
  ['warm-up', 'it is still warming up'],
  ['ruined', 'it lost everything on these bars, and trades no more'],
  ['drawdown-limit', 'it fell by more than its largest drawdown on these bars, and trades no more'],
])

function stanceOf(asset: string, time: number, { ear, result, decisions }: Facts): Stance | Silence {
  const own = decisions.filter((decision) => decision.asset === asset)
  const mute = own.map(({ block }) => (block === null ? undefined : MUTE.get(block))).find((why) => why !== undefined)
  if (mute !== undefined) return { asset, reason: mute }
  const said = ear.newest(asset, 'any')
  if (said?.saidAt === time) return { asset, ...said, isNew: true, doubt: null }
  if (own.length > 0) return { asset, reason: 'it placed orders of its own, which only a backtest carries out' }
  const held = result.open.find((position) => position.asset === asset)
  if (held === undefined) return { asset, reason: ear.silence(asset, time) ?? outOfMarket(said) }
  const entry = ear.newest(asset, held.side)
  if (entry === undefined) return { asset, reason: 'it holds a position by orders of its own, which only a backtest carries out' }
  const { expiresAfter } = entry.signal
  if (expiresAfter !== undefined && entry.saidAt + expiresAfter <= time) {
    return { asset, reason: `its ${held.side} of ${day(entry.saidAt)} has expired` }
  }
  const silence = ear.silence(asset, time)
  return { asset, ...entry, isNew: false, doubt: silence !== undefined && isFault(silence) ? silence : null }
}

function isFault(silence: string): boolean {
  return Object.values<string>(FAULTS).includes(silence)
}

function outOfMarket(said: Heard | undefined): string {
  return said === undefined
    ? 'it has said nothing yet'
    : `it is out of the market; last it said ${said.signal.signal} on ${day(said.saidAt)}`
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
