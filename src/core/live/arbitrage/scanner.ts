import type { ArbitrageSettings, ClosedOpportunity, Opportunity } from '../../analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../analysis/arbitrage/detector.js'
import type { Leg, Route } from '../../analysis/arbitrage/route.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import type { EventType } from '../../market/event.js'

export interface ScannerHost {
  opened(opportunity: Opportunity): void
  closed(opportunity: ClosedOpportunity): void
}

const LOSSES: ReadonlySet<EventType> = new Set(['status', 'gap'])

/** The detector in the path of live books and replays alike: it looks at each book inside the frame that changed it. */
export class Scanner {
  readonly detector: ArbitrageDetector
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #fees: ReadonlyMap<string, number>
  readonly #isWanted: (state: MarketState) => boolean
  readonly #legs = new Map<MarketState, Leg | undefined>()

  /** `fees`: taker fees by exchange, fractions, in place of the exchange's own base tier. */
  constructor(
    pipelines: () => Iterable<Pipeline>,
    settings: ArbitrageSettings,
    {
      fees,
      isWanted = () => true,
      ...host
    }: ScannerHost & { fees: ReadonlyMap<string, number>; isWanted?: (state: MarketState) => boolean },
  ) {
    this.#pipelines = pipelines
    this.#fees = fees
    this.#isWanted = isWanted
    this.detector = new ArbitrageDetector(settings, host)
  }

  get routes(): readonly Route[] {
    return this.detector.routes
  }

  follow(outputs: Outputs): void {
    outputs.watch((state, kind) => {
      if (kind !== 'book') return
      const leg = this.#leg(state)
      if (leg !== undefined) this.detector.changed(leg, state.sync.stamp / 1000)
    })
    outputs.follow({ advance: (nowMs) => this.detector.advance(nowMs) })
    // A book that was lost is told at once: what stood on it ends before the next record.
    outputs.bus.subscribe({
      name: 'arbitrage',
      filter: { types: LOSSES },
      policy: 'wait',
      maxBytes: Number.POSITIVE_INFINITY,
      handle: (event) => this.detector.advance(event.receivedAt),
      onError: (error) => {
        throw error
      },
    })
  }

  #leg(state: MarketState): Leg | undefined {
    if (this.#legs.has(state)) return this.#legs.get(state)
    const pipeline = [...this.#pipelines()].find((each) => each.find(state.instrument.symbol) === state)
    let leg: Leg | undefined
    if (pipeline !== undefined && this.#isWanted(state)) {
      const { exchange, offset } = pipeline
      leg = this.detector.add({ state, offset, takerFee: this.#fees.get(exchange.id) ?? exchange.fees.taker })
    }
    this.#legs.set(state, leg)
    return leg
  }
}
