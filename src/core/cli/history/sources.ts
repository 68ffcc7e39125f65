/** Where history can be had, by the id that `--source` takes. */
import { coinSource } from '../../collect/coingecko-source.js'
import { exchangeSource } from '../../collect/exchange-source.js'
import type { RetryWorld } from '../../collect/retry.js'
import type { CandleSource } from '../../collect/source.js'
import { nearest, UsageError } from '../../errors.js'
import { EXCHANGE_IDS, loadExchange } from '../../exchanges/registry.js'
import { loadCoinProvider } from '../../providers/registry.js'
import type { BaseSession } from '../base-command.js'
import type { World } from '../world.js'

/** The world of a job that asks again by itself. */
export async function historyWorld(session: Pick<BaseSession, 'world' | 'config'>): Promise<World & RetryWorld> {
  const { attempts, base, max } = session.config.retry
  const world = await session.world({ isTriedOnce: true })
  return { ...world, retry: { attempts, baseMs: base, capMs: max } }
}

/** Throws `UsageError` for an unknown source, or one without candles, and `ConfigError` for a key that cannot be one. */
export async function openCandleSource(session: Pick<BaseSession, 'world' | 'config'>, id: string): Promise<CandleSource> {
  const wanted = id.toLowerCase()
  const coins = await loadCoinProvider()
  checkKnown(id, [coins.id, ...EXCHANGE_IDS])
  const world = await historyWorld(session)
  if (wanted !== coins.id) return exchangeSource(world, await loadExchange(wanted))
  const onPause = (ms: number, reason: string) => world.log.info(`${coins.name} asks for a pause`, { ms, reason })
  return coinSource({ ...world, access: world.access(coins), onPause }, coins)
}

function checkKnown(id: string, known: readonly string[]): void {
  if (known.includes(id.toLowerCase())) return
  const near = nearest(id, known)
  throw new UsageError('USAGE_UNKNOWN_SOURCE', `Unknown source: ${id}`, {
    suggestions: [near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Known sources: ${known.join(', ')}`],
  })
}
