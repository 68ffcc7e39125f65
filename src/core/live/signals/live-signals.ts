import type { Leg } from '../../analysis/arbitrage/route.js'
import type { MtsError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { inPath } from '../../feed/bus.js'
import type { KnownFact } from '../../feed/journal/known.js'
import type { LargeTradeThresholds } from '../../feed/large-trades.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import { STOPPED, type StateKind } from '../../feed/pipeline-host.js'
import type { EventType, MarketEvent, SignalEvent, StatusEvent, StatusName } from '../../market/event.js'
import { intervalMs } from '../../market/interval.js'
import { ArbitrageSignals } from '../../signals/live/arbitrage.js'
import { nameOf, type Place } from '../../signals/live/contract.js'
import { IntervalTrades } from '../../signals/live/interval-trades.js'
import { SignalRegister } from '../../signals/live/register.js'
import type { KnownRisk } from '../../signals/live/sizing.js'
import { SpreadAnomaly } from '../../signals/live/spread-anomaly.js'
import { VolumeSpike } from '../../signals/live/volume-spike.js'
import {
  ARBITRAGE,
  anomalySettings,
  arbitrageSettings,
  SPREAD_ANOMALY,
  type Trigger,
  VOLUME_SPIKE,
  volumeSettings,
} from '../../strategies/triggers.js'
import { BookSignals } from './book-signals.js'
import { parseRisks } from './known-risks.js'
import { placeOf, readSpread, type WatchedMarket } from './markets.js'
import type { LiveSignalOptions } from './options.js'
import { SignalQueue } from './queue.js'
import { Steps } from './steps.js'

export interface LiveSignalsParts extends LiveSignalOptions {
  readonly exchanges: readonly Exchange[]
  readonly largeTrades: LargeTradeThresholds
  isWanted(state: MarketState): boolean
  publish(event: SignalEvent | StatusEvent): void
}

const EVENTS: ReadonlySet<EventType> = new Set(['trade', 'candle', 'gap', 'status', 'liquidation'])
const IN_RECORDS: ReadonlySet<StatusName> = new Set(['connected', 'suspect', 'disconnected'])
/** Of what is due at one moment: what ends with a step of its own first. */
const RANKS = { anomaly: 0, volume: 1, books: 2 } as const

/**
 * The live rules in the path of a feed or of a replay. Whatever they find is told inside a record, never from a timer, and all moments are
 * those of receive stamps: a replay tells the same lines with the same ids in the same order.
 */
export class LiveSignals {
  readonly register: SignalRegister
  readonly books: readonly BookSignals[]
  readonly failures: { readonly strategy: string; readonly code: string; readonly message: string }[] = []
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #parts: LiveSignalsParts
  readonly #queue = new SignalQueue()
  readonly #markets = new Map<MarketState, WatchedMarket | undefined>()
  readonly #byName = new Map<string, WatchedMarket>()
  readonly #risks = new Map<string, KnownRisk>()
  readonly #arbitrage: ArbitrageSignals | undefined
  readonly #steps: Steps[]
  #lastChange = 0

  constructor(pipelines: () => Iterable<Pipeline>, parts: LiveSignalsParts) {
    this.#pipelines = pipelines
    this.#parts = parts
    const all = [...parts.triggers.map(({ settings }) => settings), ...parts.books.map(({ settings }) => settings)]
    this.register = new SignalRegister({
      minConfidence: new Map(all.map(({ name, minConfidence }) => [name, minConfidence])),
      tell: (event) => parts.publish(event),
      riskOf: (asset) => this.#risks.get(asset),
    })
    const arbitrage = this.#settingsOf(ARBITRAGE)
    this.#arbitrage = arbitrage && new ArbitrageSignals(arbitrageSettings(arbitrage.parameters), parts.latencyMs, this.register)
    this.#steps = this.#stepsOf()
    this.books = parts.books.map((each, i) => this.#bookSignals(each, RANKS.books + i))
  }

  /** Connects the rules with the feed: before its first record. */
  follow(outputs: Outputs): void {
    for (const each of this.books) each.follow(outputs)
    outputs.watch((state, kind) => this.#changed(state, kind))
    outputs.learn((fact) => this.#learn(fact))
    outputs.follow({ advance: (nowMs) => this.#advance(nowMs) })
    outputs.bus.subscribe(inPath('signals', EVENTS, (event) => this.#event(event)))
  }

  finish(nowMs: number): void {
    this.#queue.flush()
    this.register.finish(nowMs)
  }

  // ---- Inside records -----------------------------------------------------------------------------------------------------

  /** Hot: after each change of a state. */
  #changed(state: MarketState, kind: StateKind): void {
    if (kind !== 'book') return
    const nowMs = state.sync.stamp / 1000
    this.#lastChange = nowMs
    this.#tell(nowMs)
    const market = this.#market(state)
    if (market?.leg !== undefined) this.#arbitrage?.changed(market.leg, nowMs)
  }

  #event(event: MarketEvent): void {
    if (event.type === 'status') {
      this.#status(event)
      return
    }
    const { receivedAt } = event
    this.#tell(receivedAt)
    const market = event.symbol === '' ? undefined : this.#byName.get(nameOf(event))
    if (event.type === 'trade') market?.trades.trade(event)
    else if (event.type === 'candle' && event.isClosed && market !== undefined) this.#candle(market, event)
    else if (event.type === 'gap') {
      if (event.channel === 'trades') market?.trades.doubt('trades were lost')
      this.#arbitrage?.lost(receivedAt)
    }
  }

  #status({ exchange, status, detail, receivedAt }: StatusEvent): void {
    // Other states are told from timers too, and storage and Redis tell theirs: a replay has none of them.
    if (!IN_RECORDS.has(status) || exchange === '') return
    this.#tell(receivedAt)
    // We wanted it so: no book was lost.
    if (detail === STOPPED) {
      this.register.finish(receivedAt)
      return
    }
    if (status === 'connected' || status === 'disconnected') {
      for (const { place, trades } of this.#byName.values()) {
        if (place.exchange === exchange) trades.doubt('a connection came or went')
      }
    }
    this.#arbitrage?.lost(receivedAt)
  }

  #candle(market: WatchedMarket, candle: Extract<MarketEvent, { type: 'candle' }>): void {
    const { timestamp, open, close, volume, receivedAt } = candle
    if (market.spike === undefined || timestamp === null || timestamp <= market.candleAt || !this.#usesCandles) return
    const isNext = market.candleAt === 0 || timestamp - market.candleAt === intervalMs(candle.interval)
    market.candleAt = timestamp
    const whole = { open, close, volume, timestamp, doubt: undefined }
    if (!isNext) market.spike.look({ ...whole, doubt: 'a closed candle is missing' }, receivedAt)
    market.spike.look(whole, receivedAt)
  }

  #learn(fact: KnownFact): void {
    for (const risk of parseRisks(fact) ?? []) this.#risks.set(risk.asset, risk)
  }

  #tell(nowMs: number): void {
    if (!this.#queue.isEmpty) this.#queue.flush()
    this.register.advance(nowMs)
  }

  // ---- By time ------------------------------------------------------------------------------------------------------------

  #advance(nowMs: number): void {
    for (const steps of this.#steps) steps.advance(nowMs, this.#lastChange)
  }

  #stepsOf(): Steps[] {
    const { step_ms, max_book_age_ms } = anomalySettings(this.#settingsOf(SPREAD_ANOMALY)?.parameters ?? {})
    const volume = this.#settingsOf(VOLUME_SPIKE)
    const spike = volumeSettings(volume?.parameters ?? {})
    const looks = this.#settingsOf(SPREAD_ANOMALY) === undefined ? [] : [this.#anomalySteps(step_ms, max_book_age_ms)]
    if (volume === undefined || spike['live.from'] === 'candles') return looks
    return [...looks, this.#volumeSteps(spike['live.interval_s'] * 1_000, spike['live.max_book_age_ms'])]
  }

  #anomalySteps(stepMs: number, maxAgeMs: number): Steps {
    return new Steps(stepMs, (at) => {
      for (const { state, anomaly } of this.#byName.values()) anomaly?.look(readSpread(state, at, maxAgeMs), at)
    })
  }

  #volumeSteps(stepMs: number, maxAgeMs: number): Steps {
    return new Steps(stepMs, (at) => {
      for (const market of this.#byName.values()) {
        const { unreadable } = readSpread(market.state, at, maxAgeMs)
        // Where no book comes, no trade may come either: silence is no absence of trades.
        const isSeen = unreadable === undefined && market.wasReadable
        market.wasReadable = unreadable === undefined
        market.spike?.look(market.trades.end(isSeen ? undefined : 'its book could not be read all the time'), at)
      }
    })
  }

  get #usesCandles(): boolean {
    return volumeSettings(this.#settingsOf(VOLUME_SPIKE)?.parameters ?? {})['live.from'] === 'candles'
  }

  // ---- Markets ------------------------------------------------------------------------------------------------------------

  #settingsOf({ name }: Trigger) {
    return this.#parts.triggers.find(({ trigger }) => trigger.name === name)?.settings
  }

  #market(state: MarketState): WatchedMarket | undefined {
    const known = this.#markets.get(state)
    if (known !== undefined || this.#markets.has(state)) return known
    const market = this.#open(state)
    this.#markets.set(state, market)
    if (market !== undefined) this.#byName.set(nameOf(market.place), market)
    return market
  }

  #open(state: MarketState): WatchedMarket | undefined {
    const pipeline = [...this.#pipelines()].find((each) => each.find(state.instrument.symbol) === state)
    if (pipeline === undefined || !this.#parts.isWanted(state)) return undefined
    const place = placeOf(state.instrument)
    const anomaly = this.#settingsOf(SPREAD_ANOMALY)
    const volume = this.#settingsOf(VOLUME_SPIKE)
    const desk = (rank: number) => this.#queue.deskOf(this.register, rank)
    const settings = volume && volumeSettings(volume.parameters)
    // Closed candles come as records: what they show is told inside them.
    const spikeDesk = settings?.['live.from'] === 'candles' ? this.register : desk(RANKS.volume)
    return {
      state,
      place,
      leg: this.#leg(state, pipeline, place),
      anomaly: anomaly && new SpreadAnomaly(anomalySettings(anomaly.parameters), place, desk(RANKS.anomaly)),
      spike: settings && new VolumeSpike(settings, place, spikeDesk, volume.risk.volatilityAdjustment),
      trades: new IntervalTrades(),
      wasReadable: false,
      candleAt: 0,
    }
  }

  #leg(state: MarketState, { offset, exchange }: Pipeline, place: Place): Leg | undefined {
    return this.#arbitrage?.add({ state, offset, takerFee: exchange.fees.taker }, place)
  }

  #bookSignals(each: LiveSignalOptions['books'][number], rank: number): BookSignals {
    const { cash, latencyMs, exchanges, largeTrades, isWanted } = this.#parts
    return new BookSignals(this.#pipelines, this.register, this.#queue, {
      ...each,
      ...{ cash, latencyMs, exchanges, largeTrades, rank, isWanted },
      placeOf: (name) => this.#byName.get(name)?.place,
      onFailure: (error, at) => this.#queue.add(at, rank, () => this.#fail(each.strategy.name, error, at)),
    })
  }

  #fail(strategy: string, { code, message }: MtsError, at: number): void {
    this.failures.push({ strategy, code, message })
    const nowhere = { exchange: '', symbol: '', pair: '', timestamp: null, receivedAt: Math.floor(at) }
    const detail = `${message}: it is not asked any more`
    this.#parts.publish({ type: 'status', ...nowhere, status: 'error', channel: '', connection: null, detail })
  }
}
