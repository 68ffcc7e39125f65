/** Takes what a strategy says on one bar; empty on nearly every bar, so the engine asks for one number only. */
import { StrategyError } from '../errors.js'
import type { OrderIntent, Signal, Sink } from '../strategies/contract.js'
import { faultOfIntent, faultOfSignal } from './intent-faults.js'
import type { Silence } from './result.js'

export class DecisionSink implements Sink {
  /** How much was said. */
  count = 0
  readonly signals: Signal[] = []
  readonly orders: OrderIntent[] = []
  readonly cancels: string[] = []
  readonly #silences = new Map<string, number>()
  #silence = ''
  #streak = 0

  signal(signal: Signal): void {
    const fault = faultOfSignal(signal)
    if (fault !== undefined) throw new StrategyError('BACKTEST_BAD_SIGNAL', `its signal cannot be: ${fault}`)
    this.signals.push(signal)
    this.count += 1
  }

  order(order: OrderIntent): void {
    const fault = faultOfIntent(order)
    if (fault !== undefined) throw new StrategyError('BACKTEST_BAD_ORDER', `its order cannot be: ${fault}`)
    this.orders.push(order)
    this.count += 1
  }

  cancel(tag: string): void {
    this.cancels.push(tag)
    this.count += 1
  }

  /** Bar after bar it is the same text: counted as a streak, a comparison each. */
  silent(reason: string): void {
    if (reason !== this.#silence) this.#endStreak(reason)
    this.#streak += 1
  }

  /** How often each reason was given, most frequent first. */
  silences(): Silence[] {
    this.#endStreak('')
    return [...this.#silences]
      .map(([reason, count]) => ({ reason, count }))
      .sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1))
  }

  forgetSilences(): void {
    this.#silences.clear()
    this.#streak = 0
  }

  #endStreak(next: string): void {
    if (this.#streak > 0) this.#silences.set(this.#silence, (this.#silences.get(this.#silence) ?? 0) + this.#streak)
    this.#silence = next
    this.#streak = 0
  }

  clear(): void {
    this.count = 0
    empty(this.signals)
    empty(this.orders)
    empty(this.cancels)
  }
}

/** Setting the length gives the array's memory away, which a search then takes again a million times. */
function empty(list: unknown[]): void {
  while (list.length > 0) list.pop()
}
