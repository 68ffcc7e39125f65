/** When a script's faults are over for an exchange, and when everything has to be right again. */
import type { Exchange } from '../../src/core/exchanges/contract.js'
import type { Truth } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'

export const BANS: ReadonlySet<string> = new Set(['429', '418', '403'])
/** Valid data again after outages of at most `SHORT_MS`; later at most by the back-off's cap, which follows the outage. */
const RIGHT_AGAIN_MS = 5_000
const SHORT_MS = 10_000
const LONGEST_BACKOFF_MS = 60_000
const SHARE_OF_OUTAGE = 0.4
/** A dead connection is looked for each second. */
const HEARTBEAT_CHECK_MS = 1_000

export interface FaultsOver {
  readonly endMs: number
  readonly rightMs: number
}

/** `startMs`: from when the times of the rules are counted. Bans last as long as was told, or as the exchange is declared to. */
export function faultsOver(exchange: Exchange, rules: readonly FaultRule[], truths: readonly Truth[], startMs: number): FaultsOver {
  const own = rules.filter((rule) => rule.exchange === undefined || rule.exchange === exchange.id)
  const firstMs = startMs + Math.min(Number.POSITIVE_INFINITY, ...own.map(({ at = 0 }) => at))
  const ends = own.map((rule) => startMs + (rule.at ?? 0) + lastsMs(rule, exchange))
  const bans = truths.filter((truth) => truth.exchange === exchange.id && BANS.has(truth.kind))
  const endMs = Math.max(startMs, ...ends, banEnd(bans, exchange))
  const outageMs = endMs - Math.min(firstMs, endMs)
  const longer = outageMs > SHORT_MS ? Math.min(LONGEST_BACKOFF_MS, outageMs * SHARE_OF_OUTAGE) : 0
  return { endMs, rightMs: endMs + RIGHT_AGAIN_MS + longer }
}

function lastsMs({ kind, for: lasts = 0, by = 0 }: FaultRule, { sockets }: Exchange): number {
  // Nobody says that the connection is dead: the heartbeat has to find out.
  if (kind === 'half-open') return sockets.heartbeat.deadAfterMs + HEARTBEAT_CHECK_MS
  return lasts + (kind === 'delay' ? by : 0)
}

/** A ban of no declared length that comes back soon is twice as long. */
function banEnd(bans: readonly Truth[], { bans: { statuses } }: Exchange): number {
  let factor = 1
  let end = Number.NEGATIVE_INFINITY
  for (const { kind, at, until } of bans) {
    end = Math.max(end, until ?? at + (statuses[Number(kind)] ?? LONGEST_BACKOFF_MS) * factor)
    if (until === undefined) factor *= 2
  }
  return end
}
