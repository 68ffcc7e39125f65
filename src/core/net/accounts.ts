import type { Clock } from '../clock.js'
import { BugError, type RateLimitError } from '../errors.js'
import type { Service } from '../rest/contract.js'
import type { OpenAddressLedger } from '../rest/shared-budget.js'
import type { Ban } from './ban.js'
import { type BudgetWindow, createBudgetWindow } from './budget-window.js'
import { createElsewhere } from './elsewhere.js'
import { createGate, type Gate } from './gate.js'
import type { LedgerState, SharedLedger } from './shared-state.js'

/** The budget from which new WebSockets are paid, beside those that the exchange declares. */
export const SOCKETS_BUDGET = 'sockets'
const SOCKETS_WINDOW_MS = 300_000
const CLOCK_GRACE_MS = 2_000

/** With whom budgets and bans of one service are shared; with nobody where both are missing. */
export interface SharedWith {
  /** The processes of this machine. */
  readonly machine?: SharedLedger
  /** Those with the same public address, on any machine: asked after the machine, which goes on without them. */
  readonly address?: { readonly name: string; readonly open: OpenAddressLedger }
}

/** How far what is known of budgets and bans reaches. */
export type Reach = 'process' | 'machine' | 'address'

/** What is known of one exchange's budgets and bans, by this process and, where they share it, by the others. */
export interface Accounts {
  readonly windows: ReadonlyMap<string, BudgetWindow>
  readonly gate: Pick<Gate, 'refusal'>
  /** Something was learnt that the other processes do not know yet: `together` tells them. */
  readonly isUntold: boolean
  /**
   * Does `work` on the newest state, alone among all processes, and tells them what it changed. False: another process is at it,
   * `work` was not called.
   */
  together(work: () => void): boolean
  spend(window: BudgetWindow, weight: number): void
  /**
   * Whether those on other machines leave room for what was just spent; if not, it is given back, and nothing of that budget goes
   * before they do. `undefined`: there is nobody to ask.
   */
  readonly confirm: ((budget: string, weight: number) => Promise<boolean>) | undefined
  readonly reach: Reach
  /** The exchange's own count, in the answer to a request that was sent at `sentAt`. */
  report(window: BudgetWindow, used: number, sentAt: number): void
  ban(ban: Ban): RateLimitError
  /** Throws `BugError` for what the exchange does not declare, or what never fits. */
  windowFor(budget: string, weight: number): BudgetWindow
}

/** `share`: the part of each budget that is used. */
export function createAccounts(service: Service, clock: Clock, share: number, { machine, address }: SharedWith = {}): Accounts {
  const { id } = service
  const budgets = budgetsOf(service)
  const windows = new Map(Object.entries(budgets).map(([name, budget]) => [name, createBudgetWindow(budget, share)]))
  const gate = createGate(id, clock, service.bans.longestMs)
  /** To be done once the newest state is loaded, which would overwrite it. */
  let reports: (() => void)[] = []
  let isChanged = false
  const later = (change: () => void): void => void reports.push(change)
  const elsewhere = address && createElsewhere({ ...address, clock, windows, gate, budgets, later })

  const load = (known: LedgerState): void => {
    const now = clock.now()
    // What lies in the future was told before somebody set the clock back.
    for (const [name, window] of windows) window.load((known.windows[name] ?? []).filter(({ at }) => at < now + CLOCK_GRACE_MS))
    const { ban } = known
    if (ban === undefined) return
    isChanged ||= ban.until > now + ban.lengthMs
    gate.load(ban)
  }

  return {
    windows,
    gate,
    get isUntold() {
      return isChanged || reports.length > 0
    },
    together(work) {
      const run = (known?: LedgerState): LedgerState | undefined => {
        if (known !== undefined) load(known)
        for (const report of reports) report()
        isChanged ||= reports.length > 0
        reports = []
        work()
        if (!isChanged) return undefined
        isChanged = false
        return stateOf(windows, gate, clock.now())
      }
      if (machine !== undefined) return machine.exchange(run)
      run()
      return true
    },
    confirm: elsewhere?.confirm,
    get reach() {
      if (elsewhere?.isReachable === true) return 'address'
      return machine === undefined ? 'process' : 'machine'
    },
    spend(window, weight) {
      window.spend(weight, clock.now())
      isChanged = true
    },
    report: (window, used, sentAt) =>
      later(() => {
        if (window.report(used, sentAt, clock.now())) elsewhere?.report(window, used, sentAt)
      }),
    ban(ban) {
      isChanged = true
      const error = gate.shut(ban)
      elsewhere?.tell()
      return error
    },
    windowFor(budget, weight) {
      const window = windows.get(budget)
      if (window === undefined) throw new BugError(`${id} declares no budget '${budget}'`)
      if (weight > window.limit) throw new BugError(`${id}: a request of weight ${weight} never fits the budget '${budget}'`)
      return window
    },
  }
}

function stateOf(windows: ReadonlyMap<string, BudgetWindow>, gate: Pick<Gate, 'state'>, now: number): LedgerState {
  const ban = gate.state()
  const spent = [...windows].map(([name, window]) => [name, window.spendings(now)] as const)
  const longestMs = Math.max(...[...windows.values()].map(({ rule }) => rule.windowMs))
  const keepUntil = Math.max(now + 2 * longestMs, ban === undefined ? 0 : ban.until + ban.lengthMs)
  return { keepUntil, windows: Object.fromEntries(spent), ...(ban && { ban }) }
}

function budgetsOf({ budgets, sockets }: Service): Service['budgets'] {
  if (sockets === undefined) return budgets
  const limit = sockets.connectionsPer5Minutes
  return { ...budgets, [SOCKETS_BUDGET]: { limit, windowMs: SOCKETS_WINDOW_MS, isAligned: false } }
}
