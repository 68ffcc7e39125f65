import type { Clock, Timer } from '../clock.js'
import { BugError, ConnectionError, type RateLimitError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { Ban } from './ban.js'
import { type BudgetWindow, createBudgetWindow } from './budget-window.js'
import { createGate } from './gate.js'
import { createQueue } from './queue.js'

/** Requests of one exchange under way at once; one connection each. */
export const REQUESTS_IN_FLIGHT = 8
/** Of these, kept free for priority 0, so that a slow history never holds up a book. */
const KEPT_FOR_BOOKS = 2

export interface Cost {
  /** A name of `exchange.budgets`. */
  readonly budget: string
  readonly weight: number
  /** 0 first. Within one priority: first come, first served. */
  readonly priority: number
}

export interface Permit {
  /** To be called once, when the request is over: `used` is the exchange's own count, where its answer had one. */
  done(used?: number): void
}

/**
 * Who may send to one exchange, and when. The one made below knows of this process only; one that shares its state with
 * other processes on the same address can stand in its place.
 */
export interface Ledger {
  /**
   * Waits for budget and a free connection. Throws `RateLimitError` while the exchange asks for a pause, also to those who
   * wait already; the signal's reason when aborted; `ConnectionError` after `close`.
   */
  acquire(cost: Cost, signal?: AbortSignal): Promise<Permit>
  /** Shuts the gate; gives the error for the request that brought the ban. */
  ban(ban: Ban): RateLimitError
  usage(): Readonly<Record<string, { readonly used: number; readonly limit: number }>>
  close(): void
}

/** `share`: the part of each budget that is used (0.9: a tenth stays for what we do not know of). */
export function createLedger(exchange: Exchange, clock: Clock, share: number): Ledger {
  const windows = new Map(Object.entries(exchange.budgets).map(([name, budget]) => [name, createBudgetWindow(budget, share)]))
  const gate = createGate(exchange.id, clock)
  const queue = createQueue<Cost & { readonly window: BudgetWindow }>(() => pump())
  let inFlight = 0
  let isClosed = false
  let wakeUp: Timer | undefined

  /** Lets go whoever may. Nobody overtakes within a budget, or a heavy request would wait for ever. */
  const pump = (): void => {
    wakeUp?.cancel()
    wakeUp = undefined
    const now = clock.now()
    const waits = new Map<BudgetWindow, number>()
    queue.release(({ window, weight, priority }) => {
      if (inFlight >= REQUESTS_IN_FLIGHT - (priority === 0 ? 0 : KEPT_FOR_BOOKS) || waits.has(window)) return false
      const waitMs = window.waitMs(weight, now)
      if (waitMs > 0) {
        waits.set(window, waitMs)
        return false
      }
      window.spend(weight, now)
      inFlight += 1
      return true
    })
    if (waits.size > 0) wakeUp = clock.after(Math.min(...waits.values()), pump)
  }

  const refuseAll = (error: () => unknown): void => {
    queue.refuse(error)
    pump()
  }

  return {
    async acquire(cost, signal) {
      const window = windowFor(exchange.id, windows, cost)
      signal?.throwIfAborted()
      if (isClosed) throw closedError(exchange.id)
      const refusal = gate.refusal()
      if (refusal !== undefined) throw refusal
      const turn = queue.wait({ ...cost, window }, signal)
      pump()
      await turn
      // Between the grant and this line another answer may have brought a ban.
      const lateRefusal = gate.refusal()
      if (lateRefusal !== undefined) {
        inFlight -= 1
        throw lateRefusal
      }
      const sentAt = clock.now()
      return {
        done(used) {
          inFlight -= 1
          if (used !== undefined) window.report(used, sentAt, clock.now())
          pump()
        },
      }
    },
    ban(ban) {
      const error = gate.shut(ban)
      refuseAll(() => gate.refusal() ?? error)
      return error
    },
    usage() {
      const now = clock.now()
      return Object.fromEntries([...windows].map(([name, window]) => [name, { used: window.used(now), limit: window.limit }]))
    },
    close() {
      isClosed = true
      refuseAll(() => closedError(exchange.id))
    },
  }
}

function windowFor(exchange: string, windows: ReadonlyMap<string, BudgetWindow>, { budget, weight }: Cost): BudgetWindow {
  const window = windows.get(budget)
  if (window === undefined) throw new BugError(`${exchange} declares no budget '${budget}'`)
  if (weight > window.limit) throw new BugError(`${exchange}: a request of weight ${weight} never fits the budget '${budget}'`)
  return window
}

function closedError(exchange: string): ConnectionError {
  return new ConnectionError(`${exchange}: its connections are closed`, exchange)
}
