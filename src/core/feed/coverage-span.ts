import type { Channel } from '../market/event.js'

/**
 * `contiguous`: each message follows the one before by the exchange's ids. `quiet`: the connection lives and nothing was
 * due. `unproven`: messages come, and no id can prove that none is missing. `gap`: lost. `resync`: being made readable.
 * `stale`: silent for longer than the rule allows. `unsubscribed`: not asked for.
 */
export const COVERAGE_STATES = ['contiguous', 'quiet', 'unproven', 'gap', 'resync', 'stale', 'unsubscribed'] as const
export type CoverageState = (typeof COVERAGE_STATES)[number]

/** What was seen of a channel in `startedAt <= t < endedAt`, ms. A later row of the same start takes its place. */
export interface CoverageSpan {
  readonly exchange: string
  readonly symbol: string
  readonly channel: Channel
  readonly startedAt: number
  readonly endedAt: number
  readonly state: CoverageState
  readonly detail: string
  /** It goes on: `endedAt` is as far as it reaches by now. */
  readonly isOpen: boolean
}

/** Ends the detail of a row that was not seen as it happened, and of which everything was fetched afterwards. */
export const BACKFILLED = '; backfilled'
