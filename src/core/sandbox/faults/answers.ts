/** Faults of REST answers. */
import type { ServerResponse } from '../../net/server.js'
import { type OutgoingResponse, openGate } from '../gate.js'
import { type FaultWorld, shiftAt } from './frames.js'
import type { FaultRule } from './rule.js'
import type { Schedule } from './schedule.js'
import { shiftTimes } from './skew.js'

/** Seen in the wild. */
const SNAPSHOT_LAG_MS = 25_000
/** Longer than any book is remembered. */
const OLDEST_MS = 60_000
const DELAY_MS = 500

/** In the words of several exchanges at once: each reads its own keys. */
const ERROR_BODY = JSON.stringify({
  code: -1000,
  msg: 'An unknown error occurred',
  retCode: 10016,
  retMsg: 'Server error',
  result: {},
  error_code: 500,
  error_message: 'Server error',
})
const REFUSALS: Readonly<Record<string, string>> = {
  '429': JSON.stringify({ code: -1003, msg: 'Too many requests', retCode: 10006, retMsg: 'Too many visits' }),
  '418': JSON.stringify({ code: -1003, msg: 'Way too many requests; IP banned', retCode: 10010, retMsg: 'IP banned' }),
  '403': '<html><body>403 Forbidden</body></html>',
}

interface Change {
  readonly response: ServerResponse | 'hang-up'
  readonly status?: number
  readonly until?: number
  readonly by?: number
}

/** Answers, as the first rule that hits the request says. `ms` since the start. */
export function passAnswer(outgoing: OutgoingResponse, schedules: readonly Schedule[], ms: number, world: FaultWorld): void {
  const { exchange, path } = outgoing
  const shift = shiftAt(schedules, exchange, path, ms)
  const { response } = outgoing
  const answer = shift === 0 ? outgoing : { ...outgoing, response: { ...response, body: shiftTimes(response.body, shift) } }
  for (const schedule of schedules) {
    const { rule } = schedule
    if (rule.topic !== undefined || !schedule.concerns(exchange, path)) continue
    if (rule.kind === 'delay' && rule.path !== undefined && schedule.hits(ms, `${exchange} ${path}`)) {
      const by = rule.by ?? DELAY_MS
      tell(outgoing, rule, { response, by }, world)
      world.clock.after(by, () => openGate(answer))
      return
    }
    const change = changeOf(rule, answer, world)
    if (change === undefined || !schedule.hits(ms, `${exchange} ${path}`)) continue
    tell(outgoing, rule, change, world)
    outgoing.respond(change.response)
    return
  }
  openGate(answer)
}

function changeOf(rule: FaultRule, outgoing: OutgoingResponse, world: FaultWorld): Change | undefined {
  const { kind, by } = rule
  const { response } = outgoing
  switch (kind) {
    case '429':
    case '418':
    case '403':
      return refusal(kind, rule.retryAfter, world)
    case 'error-body':
      return { response: { status: 200, body: ERROR_BODY }, status: 200 }
    case 'snapshot-lag':
      return old(outgoing, by ?? SNAPSHOT_LAG_MS)
    case 'old-snapshot':
      return old(outgoing, by ?? OLDEST_MS)
    default:
      // These speak of frames, unless they name a path.
      return rule.path === undefined ? undefined : damaged(kind, response)
  }
}

function damaged(kind: FaultRule['kind'], response: ServerResponse): Change | undefined {
  if (kind === 'drop' || kind === 'cut' || kind === 'refuse') return { response: 'hang-up' }
  if (kind === 'garbage') return { response: { ...response, body: '<html><body>Bad gateway</body></html>' } }
  if (kind === 'truncate') return { response: { ...response, body: response.body.slice(0, response.body.length >> 1) } }
  return undefined
}

function refusal(kind: '429' | '418' | '403', retryAfter: number | undefined, world: FaultWorld): Change {
  const status = Number(kind)
  const body = REFUSALS[kind] ?? ''
  if (retryAfter === undefined) return { response: { status, body }, status }
  const headers = { 'retry-after': String(Math.ceil(retryAfter)) }
  return { response: { status, body, headers }, status, until: world.clock.now() + Math.ceil(retryAfter) * 1000 }
}

function old(outgoing: OutgoingResponse, by: number): Change | undefined {
  const response = outgoing.asOf(by)
  return response === undefined ? undefined : { response, by }
}

function tell(
  { exchange, path, query }: OutgoingResponse,
  { kind }: FaultRule,
  { response: _, ...change }: Change,
  world: FaultWorld,
): void {
  const symbol = query.get('symbol')
  world.truths.add({
    kind,
    at: world.clock.now(),
    exchange,
    isLoss: false,
    path,
    ...(symbol === null ? {} : { symbol }),
    ...change,
  })
}
