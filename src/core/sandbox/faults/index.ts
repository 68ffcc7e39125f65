/** Faults on demand: a gate that does to what leaves the simulated exchanges what its rules say, and remembers it. */
import type { Clock } from '../../clock.js'
import type { ServerPeer } from '../../net/server.js'
import { type Gate, type OutgoingFrame, openGate } from '../gate.js'
import { mix } from '../market/random.js'
import { passAnswer } from './answers.js'
import { createFaultyConnection, type FaultyConnection } from './connection.js'
import { passFrame } from './frames.js'
import type { FaultRule } from './rule.js'
import { createSchedule, type Schedule } from './schedule.js'
import { createTruthLog, type Truth, type TruthLog } from './truth.js'

export type { Truth } from './truth.js'

export interface FaultOptions {
  readonly rules: readonly FaultRule[]
  readonly seed: number
  /** Times are counted from now by this clock. */
  readonly clock: Clock
  readonly onTruth?: (truth: Truth) => void
}

export interface Faults {
  readonly gate: Gate
  /** What went wrong so far, oldest first; the newest 100 000. */
  truths(): readonly Truth[]
  counts: TruthLog['counts']
}

const KEPT_TRUTHS = 100_000
const REFUSED_STATUS = 503

/** The same seed, rules and traffic make the same faults. */
export function createFaults({ rules, seed, clock, onTruth = () => undefined }: FaultOptions): Faults {
  const start = clock.now()
  const truths = createTruthLog(KEPT_TRUTHS, onTruth)
  const schedules = rules.map((rule, i) => createSchedule(rule, mix(seed, i + 1)))
  const world = { clock, key: mix(seed, 0), truths, muted: new Map<string, string>() }
  const connections = new WeakMap<ServerPeer, FaultyConnection>()

  const connectionOf = ({ peer }: OutgoingFrame, ms: number): FaultyConnection => {
    let connection = connections.get(peer)
    if (connection === undefined) {
      connection = createFaultyConnection(clock, ms, openGate)
      connections.set(peer, connection)
    }
    return connection
  }
  const gate: Gate = (outgoing) => {
    const ms = clock.now() - start
    if (outgoing.kind === 'frame') passFrame(outgoing, connectionOf(outgoing, ms), schedules, ms, world)
    else if (outgoing.kind === 'response') passAnswer(outgoing, schedules, ms, world)
    else {
      const status = refusalOf(schedules, outgoing.exchange, outgoing.path, ms)
      if (status === undefined) return
      truths.add({ kind: 'refuse', at: clock.now(), exchange: outgoing.exchange, isLoss: false, path: outgoing.path, status })
      outgoing.refuse(status)
    }
  }
  return { gate, truths: truths.all, counts: truths.counts }
}

/** An end of connections that lasts lets no new ones in either. */
function refusalOf(schedules: readonly Schedule[], exchange: string, path: string, ms: number): number | undefined {
  for (const schedule of schedules) {
    const { kind, topic, connection, for: lasts, status = REFUSED_STATUS } = schedule.rule
    const isEnd = (kind === 'cut' || kind === 'close') && lasts !== undefined
    if ((kind !== 'refuse' && !isEnd) || topic !== undefined || connection !== undefined || !schedule.concerns(exchange, path))
      continue
    if (kind === 'refuse' ? schedule.hits(ms, `${exchange} ${path}`) : schedule.occurrence(ms) >= 0) return status
  }
  return undefined
}
