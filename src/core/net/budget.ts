import type { Clock, Timer } from '../clock.js'
import { ConnectionError, type RateLimitError } from '../errors.js'
import type { Service } from '../rest/contract.js'
import { type Accounts, createAccounts, type Reach, type SharedWith } from './accounts.js'
import type { Ban } from './ban.js'
import type { BudgetWindow } from './budget-window.js'
import { createQueue } from './queue.js'

/** Requests of one exchange under way at once; one connection each. */
export const REQUESTS_IN_FLIGHT = 8
/** Of these, kept free for priority 0, so that a slow history never holds up a book. */
const KEPT_FOR_BOOKS = 2
/** Another process looks at the shared state for less than a millisecond. */
const BUSY_MS = 2
/** A ban is worth standing still for so many tries of 1 ms: the process may end with the error that it brings. */
const BAN_TRIES = 50

export interface Cost {
  /** A name of `service.budgets`. */
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
 * Who may send to one exchange, and when. It counts for all processes that share a state with this one; without any, for
 * this one only.
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
  /** Who is counted in it, at present. */
  readonly reach: Reach
  close(): void
}

/** `share`: the part of each budget that is used (0.9: a tenth stays for what we do not know of). */
export function createLedger(service: Service, clock: Clock, share: number, shared?: SharedWith): Ledger {
  const accounts = createAccounts(service, clock, share, shared)
  const { gate } = accounts
  const turns = createTurns(accounts, clock)
  let isClosed = false

  return {
    async acquire(cost, signal) {
      const window = accounts.windowFor(cost.budget, cost.weight)
      signal?.throwIfAborted()
      if (isClosed) throw closedError(service.id)
      const refusal = gate.refusal()
      if (refusal !== undefined) throw refusal
      await turns.wait({ ...cost, window }, signal)
      // Between the grant and this line another answer may have brought a ban.
      const lateRefusal = gate.refusal()
      if (lateRefusal !== undefined) {
        turns.end()
        throw lateRefusal
      }
      const sentAt = clock.now()
      return {
        done(used) {
          if (used !== undefined) accounts.report(window, used, sentAt)
          turns.end()
        },
      }
    },
    ban(ban) {
      const error = accounts.ban(ban)
      turns.pump()
      insist(accounts, turns.pump)
      return error
    },
    usage() {
      const now = clock.now()
      const { windows } = accounts
      return Object.fromEntries([...windows].map(([name, window]) => [name, { used: window.used(now), limit: window.limit }]))
    },
    get reach() {
      return accounts.reach
    },
    close() {
      isClosed = true
      turns.refuse(() => closedError(service.id))
    },
  }
}

type Turn = Cost & { readonly window: BudgetWindow; readonly order: number }

interface Turns {
  /** Settles when the request may go, with its weight spent; each that went must `end`. */
  wait(turn: Omit<Turn, 'order'>, signal: AbortSignal | undefined): Promise<void>
  end(): void
  refuse(error: () => unknown): void
  /** Lets go whoever may, and tells other processes what they do not know. */
  pump(): void
}

function createTurns(accounts: Accounts, clock: Clock): Turns {
  const queue = createQueue<Turn>(() => pump())
  let inFlight = 0
  let came = 0
  let wakeUp: Timer | undefined

  const pump = (): void => {
    wakeUp?.cancel()
    wakeUp = undefined
    if (queue.length === 0 && !accounts.isUntold) return
    if (!accounts.together(letGo)) wakeUp = clock.after(BUSY_MS, pump)
  }

  /** Nobody overtakes within a budget, or a heavy request would wait for ever. */
  const letGo = (): void => {
    const refusal = accounts.gate.refusal()
    if (refusal !== undefined) queue.refuse(() => refusal)
    const now = clock.now()
    const waits = new Map<BudgetWindow, number>()
    queue.release(({ window, weight, priority }) => {
      if (inFlight >= REQUESTS_IN_FLIGHT - (priority === 0 ? 0 : KEPT_FOR_BOOKS) || waits.has(window)) return false
      const waitMs = window.waitMs(weight, now)
      if (waitMs > 0) {
        waits.set(window, waitMs)
        return false
      }
      accounts.spend(window, weight)
      inFlight += 1
      return true
    })
    if (waits.size > 0) wakeUp = clock.after(Math.min(...waits.values()), pump)
  }

  const wait = async (turn: Turn, signal: AbortSignal | undefined): Promise<void> => {
    const granted = queue.wait(turn, signal)
    pump()
    await granted
    if (accounts.confirm === undefined || (await accounts.confirm(turn.budget, turn.weight))) return
    inFlight -= 1
    if (signal?.aborted === true) pump()
    signal?.throwIfAborted()
    await wait(turn, signal)
  }

  return {
    wait(turn, signal) {
      came += 1
      return wait({ ...turn, order: came }, signal)
    },
    end() {
      inFlight -= 1
      pump()
    },
    refuse: queue.refuse,
    pump,
  }
}

/** Tells the others at any price, which is a process that stands still: what was learnt may be lost with it. */
function insist(accounts: Accounts, tell: () => void): void {
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0; accounts.isUntold && tries < BAN_TRIES; tries++) {
    Atomics.wait(nobody, 0, 0, 1)
    tell()
  }
}

function closedError(exchange: string): ConnectionError {
  return new ConnectionError(`${exchange}: its connections are closed`, exchange)
}
