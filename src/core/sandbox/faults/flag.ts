/** Faults in one line: `drop=0.001,cut=30s,stall=60s/5s`. */
import { nearest, UsageError } from '../../errors.js'
import { ANSWER_KINDS, FAULT_KINDS, type FaultKind, type FaultRule, ITEM_KINDS, isKind, spanMs } from './rule.js'

/** How long a fault lasts that was not told for how long. */
const STATE_MS = 5_000

/**
 * `kind=when[/what]`. `when` is a chance for each frame or answer (0.001), or the time from one to the next (30s). `what` is how
 * late, how old or how wrong a thing is, the seconds of `Retry-After`, or how long it lasts. Throws `UsageError`.
 */
export function parseFaultFlag(text: string): FaultRule[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parsePart)
}

function parsePart(part: string): FaultRule {
  const [, kind = '', when = '', what] = /^([^=]*)=([^/]+)(?:\/(.+))?$/.exec(part) ?? []
  if (kind === '') throw bad(part, 'write it as kind=when, like drop=0.001 or cut=30s')
  if (!isKind(FAULT_KINDS, kind)) {
    const [known] = nearest(kind, FAULT_KINDS, 1)
    throw bad(part, known === undefined ? `kinds are ${FAULT_KINDS.join(', ')}` : `did you mean ${known}?`)
  }
  const whatMs = what === undefined ? undefined : spanMs(what)
  if (what !== undefined && whatMs === undefined) throw bad(part, `${what} is no span of time like 250ms or 5s`)
  if (kind === 'clock-skew') return { kind, by: needSpan(part, when) }
  if (kind === 'clock-jump') return { kind, at: needSpan(part, when), by: whatMs ?? STATE_MS }
  return { kind, ...whenOf(part, when), ...whatOf(kind, whatMs) }
}

function whenOf(part: string, when: string): Partial<FaultRule> {
  const every = spanMs(when)
  if (every !== undefined && every > 0) return { every }
  const chance = Number(when)
  if (chance > 0 && chance <= 1) return { chance }
  throw bad(part, `${when} is neither a chance above 0 and up to 1 nor a time like 30s`)
}

function whatOf(kind: FaultKind, ms: number | undefined): Partial<FaultRule> {
  if (kind === '429' || kind === '418' || kind === '403') return ms === undefined ? {} : { retryAfter: ms / 1000 }
  if (isKind(ITEM_KINDS, kind) || isKind(ANSWER_KINDS, kind)) return ms === undefined ? {} : { by: ms }
  if (ms !== undefined) return { for: ms }
  return kind === 'stall' || kind === 'mute' || kind === 'refuse' ? { for: STATE_MS } : {}
}

function needSpan(part: string, text: string): number {
  const ms = spanMs(text)
  if (ms === undefined) throw bad(part, `${text} is no span of time like 250ms or -5s`)
  return ms
}

function bad(part: string, why: string): UsageError {
  const suggestions = ['drop=0.001,cut=30s,stall=60s/5s; docs/faults.md has every kind']
  return new UsageError('USAGE_BAD_FAULT', `Not a fault: ${part}: ${why}`, { suggestions })
}
