/** A strategy as a rule: what it measures and whom it favours. How it enters, leaves and keeps silent is the same for all. */
import type { Analysis, Sink, StrategyRun, View } from './contract.js'
import { type RiskParameters, StopLoss, sizeOf } from './risk.js'
import type { Fault } from './window.js'

export interface Rule {
  /** Looks at the bar that has just closed; why it could not is given back, and then nothing below is asked. */
  measure(view: View): Fault | undefined
  /** 1: it would enter long, −1: short, 0: neither. */
  readonly direction: number
  /** Why it is neither: one of few texts. */
  readonly silence: string
  readonly strength: number
  readonly confidence: number
  /** A year's, to scale the size by. */
  readonly volatility: number
  /** Whether a position of this sign still has its reason. */
  keeps(held: number, view: View): boolean
  /** Whether its time or its aim is over by what is known even where `measure` found a fault. Asked only then. */
  isOver?(view: View): boolean
  entryReason(): string
  exitReason(held: number, view: View): string
  analysis(): Analysis
}

interface Options {
  readonly parameters: RiskParameters
  readonly mayShort: boolean
  /** Longest time to hold, ms, where the rule has one: an entry says nothing after it. */
  holdsFor?(view: View): number
}

const SILENCES = {
  unsure: 'the confidence lies below min_confidence',
  lockedOut: 'it was stopped out, and its reason to enter has not been gone since',
  held: 'the position stands',
  noShort: 'it would be short, which it may not',
} as const

/** Allocates nothing on a bar without a signal. */
export class RuleRun implements StrategyRun {
  readonly #rule: Rule
  readonly #options: Options
  readonly #stop: StopLoss

  constructor(rule: Rule, options: Options) {
    this.#rule = rule
    this.#options = options
    this.#stop = new StopLoss(options.parameters['risk_management.stop_loss'])
  }

  onBar(view: View, sink: Sink): void {
    const { quantity, entryPrice } = view.position
    const held = Math.sign(quantity)
    const fault = this.#rule.measure(view)
    const loss = this.#stop.lossAt(held, entryPrice, view.bars.close(0))
    // A loss is known also where nothing else is.
    if (loss > 0) this.#leave(sink, `stop-loss: ${percent(loss)} below the entry`)
    else if (fault !== undefined && held !== 0 && this.#rule.isOver?.(view) === true) {
      this.#leave(sink, this.#rule.exitReason(held, view))
    } else if (fault !== undefined) sink.silent(fault)
    else this.#decide(held, view, sink)
  }

  analysis(): Analysis {
    return this.#rule.analysis()
  }

  #decide(held: number, view: View, sink: Sink): void {
    const rule = this.#rule
    this.#stop.saw(rule.direction)
    if (held !== 0 && rule.keeps(held, view)) {
      sink.silent(SILENCES.held)
      return
    }
    const silence = this.#whyNot()
    if (silence === undefined && rule.direction !== held) this.#enter(view, sink)
    else if (held !== 0) this.#leave(sink, rule.exitReason(held, view))
    else sink.silent(silence ?? SILENCES.held)
  }

  #whyNot(): string | undefined {
    const { direction, confidence, silence } = this.#rule
    if (direction === 0) return silence
    if (direction < 0 && !this.#options.mayShort) return SILENCES.noShort
    if (this.#stop.isLockedOut(direction)) return SILENCES.lockedOut
    return confidence < this.#options.parameters.min_confidence ? SILENCES.unsure : undefined
  }

  #enter(view: View, sink: Sink): void {
    const { direction, strength, confidence, volatility } = this.#rule
    const expiresAfter = this.#options.holdsFor?.(view)
    sink.signal({
      signal: direction > 0 ? 'long' : 'short',
      strength,
      confidence,
      size: sizeOf(this.#options.parameters, volatility),
      ...(expiresAfter !== undefined && { expiresAfter }),
      reason: this.#rule.entryReason(),
    })
  }

  #leave(sink: Sink, reason: string): void {
    sink.signal({ signal: 'flat', strength: 1, confidence: 1, reason })
  }
}

/** `12.3 %` */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`
}

/** Of an analysis: unknown is null. */
export function known(value: number): number | null {
  return Number.isFinite(value) ? value : null
}

/** Between 0 and 1. */
export function share(value: number): number {
  return Math.min(1, Math.max(0, value))
}
