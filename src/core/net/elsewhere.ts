/** What processes on other machines, behind the same public address, have to do with one service: they are asked, and told. */
import type { Clock } from '../clock.js'
import type { Service } from '../rest/contract.js'
import type { AddressLedger, OpenAddressLedger, SharedBan, Statement, Verdict } from '../rest/shared-budget.js'
import { type BudgetWindow, createBudgetWindow } from './budget-window.js'
import type { Gate } from './gate.js'

/** Where two machines' clocks and ways differ, so much is not asked again at once. */
const LEAST_WAIT_MS = 5

export interface ElsewhereOptions {
  readonly name: string
  readonly open: OpenAddressLedger
  readonly clock: Clock
  readonly budgets: Service['budgets']
  readonly windows: ReadonlyMap<string, BudgetWindow>
  readonly gate: Pick<Gate, 'state' | 'load' | 'refusal'>
  /** Runs `change` on the newest state of this machine, and keeps what comes of it. */
  readonly later: (change: () => void) => void
}

export interface Elsewhere {
  readonly isReachable: boolean
  confirm(budget: string, weight: number): Promise<boolean>
  /** The exchange's own count says more than this machine knew. */
  report(window: BudgetWindow, used: number, sentAt: number): void
  /** Says what is known here, when there is no other reason to. */
  tell(): void
}

/** Its promises never reject. */
export function createElsewhere(options: ElsewhereOptions): Elsewhere {
  const { name, open: openLedger, clock, windows, gate, later } = options
  const account = createAccount(options)
  const ledger: AddressLedger = openLedger(name, Object.fromEntries([...windows].map(([id, { rule }]) => [id, rule])))
  const learn = ({ spent, ban }: Verdict): void => {
    const now = clock.now()
    for (const [id, window] of windows) {
      const told = (spent[id] ?? []).map(({ agoMs, weight }) => ({ at: now - agoMs, weight }))
      window.learn(told, now)
    }
    if (ban === undefined) return
    gate.load({ until: now + ban.leftMs, lengthMs: ban.lengthMs, factor: ban.factor, reason: ban.reason })
  }
  const tell = async (): Promise<void> => {
    const verdict = await ledger.say(account.statement())
    if (verdict !== undefined) later(() => learn(verdict))
  }

  return {
    get isReachable() {
      return ledger.isReachable
    },
    async confirm(budget, weight) {
      const spentAt = clock.now()
      const wish = account.wish(budget, weight)
      const verdict = await ledger.say(account.statement(wish))
      const isGranted = verdict === undefined || verdict.waitMs === 0
      account.settle(wish, isGranted, spentAt)
      if (verdict === undefined) return true
      later(() => {
        if (!isGranted) {
          const window = windows.get(budget)
          window?.refund(weight, spentAt)
          window?.hold(clock.now() + Math.max(LEAST_WAIT_MS, verdict.waitMs))
        }
        learn(verdict)
      })
      return isGranted
    },
    report(window, used, sentAt) {
      const [budget] = [...windows].find(([, each]) => each === window) ?? []
      if (budget === undefined) return
      account.report({ budget, used, sentAt })
      void tell()
    },
    tell: () => void tell(),
  }
}

type Wish = NonNullable<Statement['wants']>

/** What this process has to say for itself: of each process the others know exactly one such account. */
function createAccount({ clock, budgets, gate }: Pick<ElsewhereOptions, 'clock' | 'budgets' | 'gate'>) {
  const own = new Map(Object.entries(budgets).map(([id, budget]) => [id, createBudgetWindow(budget, 1)]))
  let reports: { readonly budget: string; readonly used: number; readonly sentAt: number }[] = []
  /** Numbers of wishes without an answer. */
  const unanswered = new Set<number>()
  let wishes = 0

  return {
    wish(budget: string, weight: number): Wish {
      wishes += 1
      unanswered.add(wishes)
      return { number: wishes, budget, weight }
    },
    settle({ number, budget, weight }: Wish, isGranted: boolean, spentAt: number): void {
      unanswered.delete(number)
      if (isGranted) own.get(budget)?.spend(weight, spentAt)
    },
    report: (report: (typeof reports)[number]) => void reports.push(report),
    statement(wants?: Wish): Statement {
      const now = clock.now()
      const told = reports.map(({ sentAt, ...report }) => ({ ...report, agoMs: now - sentAt }))
      reports = []
      const spent = [...own].map(([id, window]) => {
        return [id, window.spendings(now).map(({ at, weight }) => ({ agoMs: now - at, weight }))] as const
      })
      const settled = unanswered.size === 0 ? wishes : Math.min(...unanswered) - 1
      const ban = banNow(gate, now)
      return { own: Object.fromEntries(spent), settled, reports: told, ...(wants && { wants }), ...(ban && { ban }) }
    },
  }
}

function banNow(gate: Pick<Gate, 'state'>, now: number): SharedBan | undefined {
  const ban = gate.state()
  if (ban === undefined || now > ban.until + ban.lengthMs) return undefined
  return { leftMs: ban.until - now, lengthMs: ban.lengthMs, factor: ban.factor, reason: ban.reason }
}
