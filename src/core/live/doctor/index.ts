import { checkBudget } from './budget.js'
import { checkCanaries } from './canaries.js'
import type { DoctorOptions, DoctorWorld, ExchangeCheck, Finding, MachineCheck } from './contract.js'
import { checkDrift } from './drift.js'
import { checkNativeModule, checkNode } from './machine.js'
import { checkRedis } from './redis.js'
import { checkRest } from './rest.js'
import { checkRetired } from './retired.js'
import { checkDatabase, checkDisk, checkJournal } from './storage.js'

export type { DoctorOptions, DoctorWorld, Finding } from './contract.js'

const MACHINE: readonly MachineCheck[] = [checkNode, checkNativeModule, checkDatabase, checkDisk, checkJournal, checkRedis]
/** One after the other: the budget is told once the requests are done. */
const EXCHANGE: readonly ExchangeCheck[] = [checkRetired, checkRest, checkCanaries, checkBudget, checkDrift]

export interface Diagnosis {
  readonly findings: readonly Finding[]
  readonly failures: number
  readonly warnings: number
  /** Not one exchange answered. */
  readonly isNothingReachable: boolean
}

/** Is this machine fit to run? The exchanges are looked at beside each other. */
export async function diagnose(world: DoctorWorld, options: DoctorOptions): Promise<Diagnosis> {
  const findings: Finding[] = []
  for (const check of MACHINE) findings.push(...(await check(world, options)))
  const perExchange = await Promise.all(
    options.exchanges.map(async (exchange) => {
      const found: Finding[] = []
      for (const check of EXCHANGE) {
        world.signal.throwIfAborted()
        found.push(...(await check(exchange, world, options)))
      }
      return found
    }),
  )
  findings.push(...perExchange.flat())
  const answers = findings.filter(({ check }) => check === 'rest' || check === 'canary')
  return {
    findings,
    failures: findings.filter(({ status }) => status === 'failure').length,
    warnings: findings.filter(({ status }) => status === 'warning').length,
    isNothingReachable: answers.length > 0 && answers.every(({ status }) => status === 'failure'),
  }
}
