/** When a rule acts. All of it follows from the seed, the time since the start and the number of what passes. */
import { mix, mixText, unit } from '../market/random.js'
import { type FaultRule, isKind, STATE_KINDS } from './rule.js'

export interface Schedule {
  readonly id: number
  readonly rule: FaultRule
  /** Does it concern this exchange, topic or path? */
  concerns(exchange: string, name: string | undefined): boolean
  /** Number of the time that lasts now, from 0; −1: none. */
  occurrence(ms: number): number
  /** Does it hit the next thing of this name? Counts it. */
  hits(ms: number, name: string): boolean
  /** Does it hit a connection that is open since `since`? Without a time it is a chance for each frame. */
  hitsConnection(ms: number, since: number, connection: string): boolean
}

export function createSchedule(rule: FaultRule, key: number): Schedule {
  const { chance = 1, every } = rule
  const isState = isKind(STATE_KINDS, rule.kind)
  const isTimed = rule.at !== undefined || every !== undefined
  const first = rule.at ?? every ?? 0
  const most = rule.times ?? (isTimed && rule.for === undefined && !isState ? 1 : Number.POSITIVE_INFINITY)
  const matches = globOf(rule.topic ?? rule.path)
  const passed = new Map<string, number>()
  let counted = -1
  let done = 0

  const begun = (ms: number): number => {
    if (ms < first) return -1
    return every === undefined ? 0 : Math.floor((ms - first) / every)
  }
  const occurrence = (ms: number): number => {
    const turn = begun(ms)
    return turn >= 0 && ms - first - turn * (every ?? 0) < (rule.for ?? Number.POSITIVE_INFINITY) ? turn : -1
  }
  const chanceOf = (name: string, number: number): boolean => chance >= 1 || unit(mix(mixText(key, name), number)) < chance

  const hits = (ms: number, name: string): boolean => {
    const turn = occurrence(ms)
    if (turn < 0) return false
    if (turn !== counted) done = 0
    counted = turn
    if (done >= most) return false
    const number = (passed.get(name) ?? 0) + 1
    passed.set(name, number)
    if (!chanceOf(name, number)) return false
    done += 1
    return true
  }

  return {
    id: key,
    rule,
    concerns: (exchange, name) =>
      (rule.exchange === undefined || rule.exchange === exchange) &&
      (matches === undefined || (name !== undefined && matches.test(name))),
    occurrence,
    hits,
    hitsConnection(ms, since, connection) {
      if (!isTimed) return hits(ms, connection)
      const turn = begun(ms)
      return turn >= 0 && turn !== begun(since) && chanceOf(connection, turn)
    },
  }
}

function globOf(pattern: string | undefined): RegExp | undefined {
  if (pattern === undefined) return undefined
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 'i')
}
