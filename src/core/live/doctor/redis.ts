import { MtsError } from '../../errors.js'
import type { RedisHealth } from '../../storage/redis/health.js'
import { type Finding, finding, type MachineCheck } from './contract.js'

/** An answer that takes longer is no neighbour's. */
const SLOW_MS = 50
/** Of the memory that it may have. */
const FULL_SHARE = 0.9

/** Nothing where Redis is not used. */
export const checkRedis: MachineCheck = async ({ clock }, { redisUrl }) => {
  if (redisUrl === undefined) return []
  try {
    const { redisHealth } = await import('../../storage/redis/health.js')
    return [judge(await redisHealth(redisUrl, clock))]
  } catch (error) {
    if (!(error instanceof MtsError)) throw error
    const advice = 'Start it, or correct REDIS_URL; streams go on without it and tell so'
    return [finding('redis', 'failure', error.message, { advice })]
  }
}

function judge(health: RedisHealth): Finding {
  const { place, version, roundTripMs, usedBytes, maxBytes, policy, isReplica } = health
  const figures = { version, roundTripMs: Number(roundTripMs.toFixed(3)), usedBytes, maxBytes, maxmemoryPolicy: policy }
  const redis = (status: Finding['status'], message: string, advice: string | null = null) =>
    finding('redis', status, `${place}: ${message}`, { advice, figures })
  if (isReplica) return redis('failure', 'a replica, which takes no writes', 'Let REDIS_URL name its leader')
  // What it forgets by itself nobody could count.
  if (policy !== 'noeviction') {
    const advice = 'CONFIG SET maxmemory-policy noeviction: what is refused is counted and told'
    const when = maxBytes === 0 ? 'once maxmemory is set' : 'when it is full'
    return redis('warning', `maxmemory-policy ${policy} forgets keys in silence ${when}`, advice)
  }
  if (maxBytes > 0 && usedBytes > FULL_SHARE * maxBytes) {
    const message = `${Math.floor((usedBytes / maxBytes) * 100)} % of maxmemory is in use`
    return redis('warning', message, 'Raise maxmemory, or lower redis.stream_length')
  }
  if (roundTripMs > SLOW_MS) return redis('warning', `answers in ${roundTripMs.toFixed(0)} ms`, 'Move it nearer to the collector')
  return redis('ok', `Redis ${version} answers in ${roundTripMs.toFixed(1)} ms, maxmemory-policy ${policy}`)
}
