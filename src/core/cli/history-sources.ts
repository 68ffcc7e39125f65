/** Where bars can be had, by the id that `--source` takes. */
import { exchangeSource } from '../collect/exchange-source.js'
import type { CandleSource } from '../collect/source.js'
import { nearest, UsageError } from '../errors.js'
import { EXCHANGE_IDS, loadExchange } from '../exchanges/registry.js'
import type { BaseSession } from './base-command.js'

/** Throws `UsageError` for an unknown source, or one without candles. */
export async function openCandleSource(session: Pick<BaseSession, 'world' | 'config'>, id: string): Promise<CandleSource> {
  const known = [...EXCHANGE_IDS]
  const wanted = id.toLowerCase()
  if (!known.includes(wanted)) {
    const near = nearest(id, known)
    throw new UsageError('USAGE_UNKNOWN_SOURCE', `Unknown source: ${id}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known sources: ${known.join(', ')}`],
    })
  }
  const { retry: rule } = session.config
  const retry = { attempts: rule.attempts, baseMs: rule.base, capMs: rule.max }
  const world = await session.world({ isTriedOnce: true })
  return exchangeSource({ ...world, retry }, await loadExchange(wanted))
}
