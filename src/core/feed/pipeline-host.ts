import type { Control } from '../exchanges/contract.js'
import type { MarketEvent } from '../market/event.js'
import type { CoverageSpan } from './coverage-span.js'
import type { MarketState } from './market-state.js'
import type { ValidationLimits } from './validation.js'

/** What changed of an instrument, for those who look at states rather than at events. */
export type StateKind = 'book' | 'ticker' | 'funding' | 'open-interest'

/** The world as one exchange's pipeline sees it. Everything is called inside the record that caused it. */
export interface PipelineHost {
  publish(event: MarketEvent): void
  changed(state: MarketState, kind: StateKind): void
  /** A book needs the cure that the exchange's rule names. A replay does nothing: what was done is in the journal. */
  cure(state: MarketState, attempt: number): void
  control(connection: number, control: Control): void
  /** Trades are missing that can be asked for. As with `cure`, a replay does nothing. */
  repair?(symbol: string): void
  /** Samples what changed and was not sampled yet. */
  flush?(exchange: string): void
  /** What was seen of a channel; one with a start that was told before takes its place. */
  cover(span: CoverageSpan): void
  /** An answer has what its declaration does not know: kept as a sample. */
  strange?(exchange: string, reason: string, sample: string): void
  /** A frame that was not understood: kept as a sample. */
  unknown(exchange: string, reason: string, frame: Buffer): void
  readonly limits: ValidationLimits
}

/** Detail of a `close` record that we wanted: no loss. */
export const STOPPED = 'stopped'
/** How the detail of a `close` record begins of a connection that a ban keeps from being opened: a loss like any other. */
export const HELD = 'held back: '
/** How the detail of a `close` record begins whose topics another connection has taken over: no loss. */
export const REPLACED = 'replaced by connection '
