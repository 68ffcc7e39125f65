import type { Clock } from '../clock.js'
import { BugError, type RateLimitError } from '../errors.js'
import type { Service } from '../rest/contract.js'
import type { Ban } from './ban.js'
import { type BudgetWindow, createBudgetWindow } from './budget-window.js'
import { createGate, type Gate } from './gate.js'
import type { LedgerState, SharedLedger } from './shared-state.js'

/** The budget from which new WebSockets are paid, beside those that the exchange declares. */
export const SOCKETS_BUDGET = 'sockets'
const SOCKETS_WINDOW_MS = 300_000
const CLOCK_GRACE_MS = 2_000

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
  /** The exchange's own count, in the answer to a request that was sent at `sentAt`. */
  report(window: BudgetWindow, used: number, sentAt: number): void
  ban(ban: Ban): RateLimitError
  /** Throws `BugError` for what the exchange does not declare, or what never fits. */
  windowFor(budget: string, weight: number): BudgetWindow
}

/** `share`: the part of each budget that is used. */
export function createAccounts(service: Service, clock: Clock, share: number, shared?: SharedLedger): Accounts {
  const { id } = service
  const budgets = budgetsOf(service)
  const longestMs = Math.max(...Object.values(budgets).map(({ windowMs }) => windowMs))
  const windows = new Map(Object.entries(budgets).map(([name, budget]) => [name, createBudgetWindow(budget, share)]))
  const gate = createGate(id, clock, service.bans.longestMs)
  /** To be done once the newest state is loaded, which would overwrite it. */
  let reports: (() => void)[] = []
  let isChanged = false

  const stateNow = (): LedgerState => {
    const now = clock.now()
    const ban = gate.state()
    const spent = [...windows].map(([name, window]) => [name, window.spendings(now)] as const)
    const keepUntil = Math.max(now + 2 * longestMs, ban === undefined ? 0 : ban.until + ban.lengthMs)
    return { keepUntil, windows: Object.fromEntries(spent), ...(ban && { ban }) }
  }
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
        return stateNow()
      }
      if (shared !== undefined) return shared.exchange(run)
      run()
      return true
    },
    spend(window, weight) {
      window.spend(weight, clock.now())
      isChanged = true
    },
    report: (window, used, sentAt) => void reports.push(() => window.report(used, sentAt, clock.now())),
    ban(ban) {
      isChanged = true
      return gate.shut(ban)
    },
    windowFor(budget, weight) {
      const window = windows.get(budget)
      if (window === undefined) throw new BugError(`${id} declares no budget '${budget}'`)
      if (weight > window.limit) throw new BugError(`${id}: a request of weight ${weight} never fits the budget '${budget}'`)
      return window
    },
  }
}

function budgetsOf({ budgets, sockets }: Service): Service['budgets'] {
  if (sockets === undefined) return budgets
  const limit = sockets.connectionsPer5Minutes
  return { ...budgets, [SOCKETS_BUDGET]: { limit, windowMs: SOCKETS_WINDOW_MS, isAligned: false } }
}
