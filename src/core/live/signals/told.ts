/** Live signals as rows: the same columns as those of `mts signals`. */
import type { SignalEvent } from '../../market/event.js'
import { endId } from '../../signals/ids.js'
import { KEY_SECONDS, timedKey } from '../../storage/redis/names.js'
import type { SignalRow } from '../../storage/rows.js'

/** `source` of a row that no bars stand behind. */
export const LIVE_SOURCE = 'live'

/** States in which nothing was said any more, though the exit was never seen: the row that opened it says until when it counts. */
const NO_EXIT = new Set(['expired', 'end'])

/**
 * The row of a signal that opens, and `flat` for one that is taken back before its time; `undefined`: no row. `createdAt`: now, ms.
 */
export function rowOfSignalEvent(event: SignalEvent, createdAt: number): SignalRow | undefined {
  const { id, state, strategy, asset, signal, strength, confidence, expiresAt, openedAt } = event
  if (id === null || signal === null || strength === null || confidence === null || openedAt === null) return undefined
  const isEnd = state === 'closed' && signal !== 'flat' && !NO_EXIT.has(event.closedBy ?? '')
  if (state !== 'opened' && !isEnd) return undefined
  const { exchange, symbol, pair, sellExchange, sellSymbol, value, threshold, strengthValue, reason, confirmations } = event
  return {
    id: isEnd ? endId(id) : id,
    timestamp: isEnd ? (event.closedAt ?? openedAt) : openedAt,
    strategy,
    asset,
    signal: isEnd ? 'flat' : signal,
    strength,
    confidence,
    positionSize: isEnd ? 0 : (event.positionSize ?? 0),
    riskLevel: event.riskLevel,
    expiresAt,
    context: {
      ...{ reason, fate: 'kept', why: whyOf(event, isEnd), strength_value: strengthValue, value, threshold },
      ...{ source: LIVE_SOURCE, interval: null, exchange, symbol, pair, sell_exchange: sellExchange, sell_symbol: sellSymbol },
      ...(isEnd && { ends: id, closed_by: event.closedBy, life_ms: event.lifeMs, confirmations }),
    },
    createdAt,
  }
}

function whyOf({ id, sizing }: SignalEvent, isEnd: boolean): string {
  if (isEnd) return `ends ${id}`
  return sizing === null ? 'said live' : `said live; ${sizing}`
}

/** `signal:{strategy}:{asset}:{timestamp}`, kept for a day. */
export function redisKeyOf({ strategy, asset, timestamp }: SignalRow): { readonly key: string; readonly seconds: number } {
  return { key: timedKey('signal', strategy, asset, timestamp), seconds: KEY_SECONDS.signal }
}
