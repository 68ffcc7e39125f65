/** Faults of frames and of the connections that carry them. */
import type { Clock } from '../../clock.js'
import type { OutgoingFrame } from '../gate.js'
import { mixText, unit } from '../market/random.js'
import type { FaultyConnection } from './connection.js'
import { type FaultKind, type FaultRule, isKind } from './rule.js'
import type { Schedule } from './schedule.js'
import { shiftTimes } from './skew.js'
import type { TruthLog } from './truth.js'

export interface FaultWorld {
  readonly clock: Clock
  readonly key: number
  readonly truths: TruthLog
  /** The one topic of one connection that each time of each silence has chosen. */
  readonly muted: Map<string, string>
}

const HALF_OPEN: FaultRule = { kind: 'half-open' }
const POLICY_VIOLATION = 1008
const DELAY_MS = 500

const FRAME_KINDS = [
  'cut',
  'close',
  'half-open',
  'stall',
  'mute',
  'drop',
  'garbage',
  'truncate',
  'duplicate',
  'reorder',
  'delay',
] as const
type FrameKind = (typeof FRAME_KINDS)[number]
interface Hit {
  readonly rule: FaultRule
  readonly frame: OutgoingFrame
  readonly connection: FaultyConnection
  readonly world: FaultWorld
}

/** What each kind does with a frame that it hits. */
const ACTS: Readonly<Record<FrameKind, (hit: Hit) => void>> = {
  cut(hit) {
    tell(hit, true)
    hit.connection.isEnded = true
    hit.frame.peer.destroy()
  },
  close(hit) {
    tell(hit, true)
    hit.connection.isEnded = true
    hit.frame.peer.close(POLICY_VIOLATION, 'policy violation')
  },
  'half-open'(hit) {
    tell(hit, true)
    hit.connection.isHalfOpen = true
  },
  stall: (hit) => tell(hit, true),
  mute: (hit) => tell(hit, true),
  drop: (hit) => tell(hit, true),
  garbage(hit) {
    tell(hit, true)
    hit.connection.deliver({ ...hit.frame, text: garbage(hit) })
  },
  truncate(hit) {
    const { frame } = hit
    tell(hit, true)
    const length = 1 + Math.floor(chanceFor(hit) * (frame.text.length - 1))
    hit.connection.deliver({ ...frame, text: frame.text.slice(0, length) })
  },
  duplicate(hit) {
    tell(hit, false)
    hit.connection.deliver(hit.frame)
    hit.connection.deliver(hit.frame)
  },
  reorder(hit) {
    tell(hit, false)
    hit.connection.hold(hit.frame)
  },
  delay(hit) {
    const by = hit.rule.by ?? DELAY_MS
    tell(hit, false, by)
    hit.connection.delay(by)
    hit.connection.deliver(hit.frame)
  },
}

/** Lets a frame out, or does to it what the first rule that hits it says. `ms` since the start. */
export function passFrame(
  frame: OutgoingFrame,
  connection: FaultyConnection,
  schedules: readonly Schedule[],
  ms: number,
  world: FaultWorld,
): void {
  if (connection.isEnded) return
  if (connection.isHalfOpen) {
    tell({ rule: HALF_OPEN, frame, connection, world }, true)
    return
  }
  const shifted = skewed(frame, schedules, ms)
  for (const schedule of schedules) {
    const { kind } = schedule.rule
    if (!isKind(FRAME_KINDS, kind) || schedule.rule.path !== undefined) continue
    if (frame.connection !== (schedule.rule.connection ?? frame.connection)) continue
    if (!schedule.concerns(frame.exchange, frame.topic) || !isHit(kind, schedule, frame, connection, ms, world)) continue
    ACTS[kind]({ rule: schedule.rule, frame: shifted, connection, world })
    return
  }
  connection.deliver(shifted)
}

function isHit(
  kind: FaultKind,
  schedule: Schedule,
  frame: OutgoingFrame,
  connection: FaultyConnection,
  ms: number,
  world: FaultWorld,
): boolean {
  const place = `${frame.exchange} ${frame.connection}`
  if (kind === 'cut' || kind === 'close' || kind === 'half-open') return schedule.hitsConnection(ms, connection.since, place)
  // Answers to the client's own messages go on: that is what makes a silent topic hard to see.
  if (frame.topic === undefined) return false
  if (kind === 'stall') return schedule.occurrence(ms) >= 0
  if (kind === 'mute') return isMuted(schedule, frame, ms, world)
  return schedule.hits(ms, `${frame.exchange} ${frame.topic}`)
}

/** One topic of one connection, the first that would have spoken, says nothing while all others go on. */
function isMuted(schedule: Schedule, { exchange, connection, topic }: OutgoingFrame, ms: number, { muted }: FaultWorld): boolean {
  const turn = schedule.occurrence(ms)
  if (turn < 0) return false
  const time = `${schedule.id} ${exchange} ${turn}`
  const own = `${connection} ${topic}`
  const chosen = muted.get(time) ?? own
  muted.set(time, chosen)
  return chosen === own
}

function skewed(frame: OutgoingFrame, schedules: readonly Schedule[], ms: number): OutgoingFrame {
  const by = shiftAt(schedules, frame.exchange, frame.topic, ms)
  return by === 0 ? frame : { ...frame, text: shiftTimes(frame.text, by) }
}

/** ms by which the exchange's own clock is wrong now. */
export function shiftAt(schedules: readonly Schedule[], exchange: string, name: string | undefined, ms: number): number {
  let by = 0
  for (const schedule of schedules) {
    const { kind } = schedule.rule
    if (kind !== 'clock-skew' && kind !== 'clock-jump') continue
    if (schedule.concerns(exchange, name) && schedule.occurrence(ms) >= 0) by += schedule.rule.by ?? 0
  }
  return by
}

function tell({ rule, frame, world }: Hit, isLoss: boolean, by?: number): void {
  const { exchange, connection, topic, ids } = frame
  world.truths.add({
    kind: rule.kind,
    at: world.clock.now(),
    exchange,
    isLoss,
    connection,
    ...(topic === undefined ? {} : { topic }),
    ...(ids === undefined ? {} : { symbol: ids.symbol, ids: bare(ids) }),
    ...(by === undefined ? {} : { by }),
  })
}

function bare({
  symbol,
  firstId,
  lastId,
  count,
  isSnapshot,
}: NonNullable<OutgoingFrame['ids']>): NonNullable<OutgoingFrame['ids']> {
  return { symbol, firstId, lastId, count, isSnapshot }
}

function garbage(hit: Hit): string {
  const length = 8 + Math.floor(chanceFor(hit) * 200)
  return Array.from({ length }, (_, i) =>
    String.fromCharCode(32 + Math.floor(unit(mixText(hit.world.key, `${i} ${hit.frame.text}`)) * 95)),
  ).join('')
}

function chanceFor({ frame, world }: Hit): number {
  return unit(mixText(world.key, frame.text))
}
