import type { ClosedOpportunity, Opportunity } from '../../analysis/arbitrage/contract.js'
import { ArbitrageDetector } from '../../analysis/arbitrage/detector.js'
import {
  type ClosedFundingOpportunity,
  FundingDetector,
  type FundingMarket,
  type FundingOpportunity,
} from '../../analysis/arbitrage/funding.js'
import type { Leg, Route } from '../../analysis/arbitrage/route.js'
import { inPath } from '../../feed/bus.js'
import type { MarketState } from '../../feed/market-state.js'
import type { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import { STOPPED } from '../../feed/pipeline-host.js'
import type { EventType } from '../../market/event.js'
import type { ScanOptions } from './options.js'

export interface ScannerHost {
  opened(opportunity: Opportunity): void
  closed(opportunity: ClosedOpportunity): void
  fundingOpened(opportunity: FundingOpportunity): void
  fundingClosed(opportunity: ClosedFundingOpportunity): void
}

const LOSSES: ReadonlySet<EventType> = new Set(['status', 'gap'])

interface Legs {
  readonly book: Leg | undefined
  readonly funding: FundingMarket | undefined
}

const NO_LEGS: Legs = { book: undefined, funding: undefined }

/**
 * The detectors in the path of live books and replays alike: they look at each book inside the frame that changed it. Nothing is told
 * but inside a record, never from a timer, so that a replay tells the same lines in the same order.
 */
export class Scanner {
  readonly detector: ArbitrageDetector
  readonly fundings: FundingDetector
  readonly #pipelines: () => Iterable<Pipeline>
  readonly #options: ScanOptions & { readonly isWanted?: (state: MarketState) => boolean }
  readonly #legs = new Map<MarketState, Legs>()

  constructor(
    pipelines: () => Iterable<Pipeline>,
    options: ScanOptions & { readonly isWanted?: (state: MarketState) => boolean },
    host: ScannerHost,
  ) {
    this.#pipelines = pipelines
    this.#options = options
    this.detector = new ArbitrageDetector(options.settings, host)
    this.fundings = new FundingDetector(options.funding, {
      opened: (each) => host.fundingOpened(each),
      closed: (each) => host.fundingClosed(each),
    })
  }

  get routes(): readonly Route[] {
    return this.detector.routes
  }

  follow(outputs: Outputs): void {
    outputs.watch((state, kind) => {
      if (kind === 'book') this.#bookChanged(state)
      else if (kind === 'funding') this.#fundingChanged(state)
    })
    // A book that was lost is told at once: what stood on it ends with that record.
    outputs.bus.subscribe(
      inPath('arbitrage', LOSSES, (event) => {
        // We wanted it so: no book was lost.
        if (event.type === 'status' && event.detail === STOPPED) this.finish(event.receivedAt)
        else this.detector.lost()
      }),
    )
  }

  finish(nowMs: number): void {
    this.detector.finish(nowMs)
    this.fundings.finish()
  }

  /** Hot: after each change of a book. */
  #bookChanged(state: MarketState): void {
    const leg = this.#legsOf(state).book
    if (leg === undefined) return
    const nowMs = state.sync.stamp / 1000
    this.detector.advance(nowMs)
    this.detector.changed(leg, nowMs)
  }

  #fundingChanged(state: MarketState): void {
    const { funding } = this.#legsOf(state)
    if (funding !== undefined) this.fundings.changed(funding, state.funding.receivedAt)
  }

  #legsOf(state: MarketState): Legs {
    const known = this.#legs.get(state)
    if (known !== undefined) return known
    const legs = this.#newLegs(state)
    this.#legs.set(state, legs)
    return legs
  }

  #newLegs(state: MarketState): Legs {
    const { kinds, fees, isWanted = () => true } = this.#options
    const pipeline = [...this.#pipelines()].find((each) => each.find(state.instrument.symbol) === state)
    if (pipeline === undefined || !isWanted(state)) return NO_LEGS
    const { exchange, offset } = pipeline
    const takerFee = fees.get(exchange.id) ?? exchange.fees.taker
    const funding = kinds.has('funding') ? { state, takerFee } : undefined
    if (funding !== undefined) this.fundings.add(funding)
    return { book: kinds.has('spread') ? this.detector.add({ state, offset, takerFee }) : undefined, funding }
  }
}
