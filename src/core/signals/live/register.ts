import type { SignalEvent } from '../../market/event.js'
import { gradeOf } from '../grade.js'
import { liveSignalId } from '../ids.js'
import { type EndReason, type LiveSaying, nameOf, type Place, type SignalDesk } from './contract.js'
import { type KnownRisk, type SizedSaying, sizedBy } from './sizing.js'

export interface RegisterOptions {
  /** By strategy: below it nothing is told, and that is counted. */
  readonly minConfidence: ReadonlyMap<string, number>
  tell(event: SignalEvent): void
  /** How much an asset moves, as far as the run knows at present. */
  riskOf?(asset: string): KnownRisk | undefined
}

export interface OpenSignal {
  readonly id: string
  readonly key: string
  readonly saying: LiveSaying
  /** By what was known when it opened. */
  readonly sized: SizedSaying
  readonly openedAt: number
  readonly expiresAt: number
  /** Who says it; false: it cannot tell at present. */
  readonly holders: Map<string, boolean>
  confirmations: number
  isSuspended: boolean
}

export interface RegisterCounts {
  opened: number
  /** Ended, by why. */
  readonly closed: Record<EndReason, number>
  /** Said again while the same signal stood, and not told again. */
  confirmed: number
  suspended: number
  /** Below the smallest confidence. */
  unsure: number
}

interface Listened {
  readonly strategy: string
  readonly market: Place
  silence: string | undefined
  since: number
}

/**
 * The signals that stand. The same strategy, asset and direction within the life of a signal is that signal, whoever says it: it is told
 * once. It ends when everybody who said it has taken it back, or when its life is over. It knows no clock: all moments are given.
 */
export class SignalRegister implements SignalDesk {
  readonly counts: RegisterCounts = {
    opened: 0,
    closed: { exit: 0, strategy: 0, expired: 0, limit: 0, end: 0 },
    confirmed: 0,
    suspended: 0,
    unsure: 0,
  }
  readonly #options: RegisterOptions
  readonly #open = new Map<string, OpenSignal>()
  /** By strategy and holder. */
  readonly #held = new Map<string, OpenSignal>()
  readonly #listened = new Map<string, Listened>()
  #nextExpiry = Number.POSITIVE_INFINITY

  constructor(options: RegisterOptions) {
    this.#options = options
  }

  /** In the order in which they opened. */
  get open(): OpenSignal[] {
    return [...this.#open.values()]
  }

  get listened(): Readonly<Listened>[] {
    return [...this.#listened.values()]
  }

  hold(holder: string, saying: LiveSaying, at: number): void {
    this.advance(at)
    const { strategy, confidence } = saying
    const key = keyOf(saying)
    const held = this.#held.get(`${strategy} ${holder}`)
    // Whoever says something else no longer says what he said.
    if (held !== undefined && held.key !== key) this.release(strategy, holder, at, 'strategy', 'the other way now')
    const open = this.#open.get(key)
    if (open !== undefined) this.#confirm(open, holder, at)
    else if (confidence < (this.#options.minConfidence.get(strategy) ?? 0)) this.counts.unsure += 1
    else this.#begin(key, holder, saying, at)
  }

  suspend(strategy: string, holder: string, at: number, why: string): void {
    this.advance(at)
    const open = this.#held.get(`${strategy} ${holder}`)
    if (open === undefined || open.holders.get(holder) !== true) return
    open.holders.set(holder, false)
    if (open.isSuspended || [...open.holders.values()].includes(true)) return
    open.isSuspended = true
    this.counts.suspended += 1
    this.#options.tell(eventOf(open, 'suspended', at, why))
  }

  resume(strategy: string, holder: string, at: number): void {
    this.advance(at)
    const open = this.#held.get(`${strategy} ${holder}`)
    if (open !== undefined) this.#revive(open, holder, at)
  }

  release(strategy: string, holder: string, at: number, by: EndReason, why: string): void {
    this.advance(at)
    const open = this.#held.get(`${strategy} ${holder}`)
    if (open === undefined) return
    this.#held.delete(`${strategy} ${holder}`)
    open.holders.delete(holder)
    if (open.holders.size === 0) this.#end(open, at, by, why)
  }

  listen(strategy: string, market: Place, at: number, silence: string | undefined): void {
    const key = `${strategy} ${nameOf(market)}`
    const known = this.#listened.get(key)
    if (known !== undefined && known.silence === silence) return
    if (known === undefined) this.#listened.set(key, { strategy, market, silence, since: at })
    else Object.assign(known, { silence, since: at })
    const state = silence === undefined ? 'listening' : 'silent'
    const base = {
      ...placed(market),
      timestamp: null,
      receivedAt: Math.floor(at),
      state,
      id: null,
      strategy,
      asset: market.asset,
    } as const
    this.#options.tell({ type: 'signal', ...base, ...NOTHING, reason: silence ?? '' })
  }

  /** Ends what has outlived its time by `nowMs`. */
  advance(nowMs: number): void {
    if (nowMs < this.#nextExpiry) return
    const over = [...this.#open.values()].filter(({ expiresAt }) => expiresAt <= nowMs)
    for (const open of over.sort((a, b) => a.expiresAt - b.expiresAt)) {
      this.#end(open, open.expiresAt, 'expired', 'its life is over')
    }
    this.#nextExpiry = Math.min(Number.POSITIVE_INFINITY, ...[...this.#open.values()].map(({ expiresAt }) => expiresAt))
  }

  /** Nobody looks any more. */
  finish(nowMs: number): void {
    this.advance(nowMs)
    for (const open of [...this.#open.values()]) this.#end(open, nowMs, 'end', 'nobody looks any more')
  }

  #begin(key: string, holder: string, saying: LiveSaying, at: number): void {
    const openedAt = Math.floor(at)
    const id = liveSignalId(key, saying, nameOf(saying.market), openedAt)
    const expiresAt = openedAt + Math.round(saying.holdMs)
    const holders = new Map([[holder, true]])
    const sized = sizedBy(saying, this.#options.riskOf?.(saying.market.asset))
    const open: OpenSignal = { id, key, saying, sized, openedAt, expiresAt, holders, confirmations: 0, isSuspended: false }
    this.#open.set(key, open)
    this.#held.set(`${saying.strategy} ${holder}`, open)
    this.#nextExpiry = Math.min(this.#nextExpiry, expiresAt)
    this.counts.opened += 1
    this.#options.tell(eventOf(open, 'opened', at, saying.reason))
  }

  #confirm(open: OpenSignal, holder: string, at: number): void {
    if (open.holders.get(holder) !== true) this.counts.confirmed += 1
    if (!open.holders.has(holder)) open.confirmations += 1
    this.#held.set(`${open.saying.strategy} ${holder}`, open)
    this.#revive(open, holder, at)
  }

  #revive(open: OpenSignal, holder: string, at: number): void {
    open.holders.set(holder, true)
    if (!open.isSuspended) return
    open.isSuspended = false
    this.#options.tell(eventOf(open, 'resumed', at, open.saying.reason))
  }

  #end(open: OpenSignal, at: number, by: EndReason, why: string): void {
    this.#open.delete(open.key)
    for (const holder of open.holders.keys()) this.#held.delete(`${open.saying.strategy} ${holder}`)
    this.counts.closed[by] += 1
    const closedAt = Math.floor(at)
    const end = { closedAt, closedBy: by, lifeMs: closedAt - open.openedAt }
    this.#options.tell({ ...eventOf(open, 'closed', at, why), ...end })
  }
}

/** Of two legs both markets are part of the direction. */
function keyOf({ strategy, market, signal, counter }: LiveSaying): string {
  const way = counter === undefined ? signal : `${nameOf(market)} against ${nameOf(counter)}`
  return `${strategy} ${market.asset} ${way}`
}

const NOTHING = {
  signal: null,
  strength: null,
  strengthValue: null,
  confidence: null,
  positionSize: null,
  volatilityFactor: null,
  riskLevel: null,
  sizing: null,
  value: null,
  threshold: null,
  sellExchange: null,
  sellSymbol: null,
  openedAt: null,
  expiresAt: null,
  confirmations: 0,
  closedAt: null,
  closedBy: null,
  lifeMs: null,
} as const

function placed({ exchange, symbol, pair }: Place) {
  return { exchange, symbol, pair }
}

function eventOf(open: OpenSignal, state: SignalEvent['state'], at: number, reason: string): SignalEvent {
  const { id, saying, openedAt, expiresAt, confirmations } = open
  const { size, volatilityFactor, riskLevel, sizing } = open.sized
  const { strategy, market, counter, signal, strength, confidence, value, threshold, timestamp } = saying
  return {
    type: 'signal',
    ...placed(market),
    timestamp,
    receivedAt: Math.floor(at),
    state,
    id,
    strategy,
    asset: market.asset,
    ...NOTHING,
    signal,
    strength: gradeOf(strength),
    strengthValue: strength,
    confidence,
    positionSize: size,
    volatilityFactor,
    riskLevel,
    sizing,
    value,
    threshold,
    sellExchange: counter?.exchange ?? null,
    sellSymbol: counter?.symbol ?? null,
    openedAt,
    expiresAt,
    confirmations,
    reason,
  }
}
