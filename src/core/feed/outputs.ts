import type { MarketEvent } from '../market/event.js'
import { Bus } from './bus.js'
import type { CoverageSpan } from './coverage-span.js'
import type { KnownFact } from './journal/known.js'
import type { MarketState } from './market-state.js'
import type { StateKind } from './pipeline-host.js'
import { Sampler, type SamplerOptions } from './sampler.js'

/**
 * Where live feed and replay alike put what they know: events on the bus, changes of state to those who look at books as they
 * change (hot: called inside the frame) and to the samplers.
 */
export class Outputs {
  readonly bus = new Bus()
  #samplers: Sampler[] = []
  #followers: { advance(nowMs: number): void }[] = []
  #watchers: ((state: MarketState, kind: StateKind) => void)[] = []
  #keepers: ((span: CoverageSpan) => void)[] = []
  #learners: ((fact: KnownFact) => void)[] = []

  /** Samples go to the bus unless `publish` says otherwise. */
  sample(options: Omit<SamplerOptions, 'publish'> & Partial<Pick<SamplerOptions, 'publish'>>): void {
    this.#samplers.push(new Sampler({ publish: (event) => this.bus.publish(event), ...options }))
  }

  /** Something else that goes by the records' own time. */
  follow(follower: { advance(nowMs: number): void }): void {
    this.#followers.push(follower)
  }

  watch(watcher: (state: MarketState, kind: StateKind) => void): void {
    this.#watchers.push(watcher)
  }

  /** Told what was seen of each channel, and told again as its end moves on. */
  keepCoverage(keeper: (span: CoverageSpan) => void): void {
    this.#keepers.push(keeper)
  }

  cover(span: CoverageSpan): void {
    for (const keeper of this.#keepers) keeper(span)
  }

  /** Told what the run knows from elsewhere, inside the record that says it: live as in a replay. */
  learn(learner: (fact: KnownFact) => void): void {
    this.#learners.push(learner)
  }

  know(fact: KnownFact): void {
    for (const learner of this.#learners) learner(fact)
  }

  publish(event: MarketEvent): void {
    this.bus.publish(event)
  }

  changed(state: MarketState, kind: StateKind): void {
    for (const watcher of this.#watchers) watcher(state, kind)
    for (const sampler of this.#samplers) sampler.touch(state, kind)
  }

  advance(nowMs: number): void {
    for (const sampler of this.#samplers) sampler.advance(nowMs)
    for (const follower of this.#followers) follower.advance(nowMs)
  }

  /** Samples what changed, of one exchange or of all. */
  flush(exchange?: string): void {
    for (const sampler of this.#samplers) sampler.flush(exchange)
  }
}
