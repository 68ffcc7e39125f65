import type { Clock } from '../../clock.js'
import { ConnectionError } from '../../errors.js'
import { openRedis, placeOf, type RedisClient } from './client.js'

export interface RedisHealth {
  /** `127.0.0.1:6379/0` */
  readonly place: string
  readonly version: string
  /** Command → answer. */
  readonly roundTripMs: number
  readonly usedBytes: number
  /** 0: as far as the machine's memory goes. */
  readonly maxBytes: number
  /** What it forgets when it is full: `noeviction`, `allkeys-lru`, … */
  readonly policy: string
  readonly isReplica: boolean
}

/** Asks the server how it is. Throws `ConnectionError` when it cannot be reached or refuses. */
export async function redisHealth(url: string, clock: Clock): Promise<RedisHealth> {
  const place = placeOf(url)
  let client: RedisClient | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      openRedis({ url, clock, name: 'mts-doctor', onReady: resolve, onLost: (reason) => reject(new Error(reason)) })
        .then((opened) => {
          client = opened
        })
        .catch(reject)
    })
    if (client === undefined) throw new Error('the connection was closed')
    const startedAt = clock.nanos()
    await client.ask(['PING'])
    const roundTripMs = (clock.nanos() - startedAt) / 1e6
    return { place, roundTripMs, ...parseInfo(String(await client.ask(['INFO']))) }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConnectionError(`Redis at ${place}: ${reason}`, 'redis', { cause })
  } finally {
    client?.close()
  }
}

/** INFO, not CONFIG: many servers refuse the latter. */
function parseInfo(text: string): Omit<RedisHealth, 'place' | 'roundTripMs'> {
  const fields = new Map(text.split(/\r?\n/).map((line) => [line.split(':')[0] ?? '', line.slice(line.indexOf(':') + 1)]))
  return {
    version: fields.get('redis_version') ?? 'unknown',
    usedBytes: Number(fields.get('used_memory') ?? 0),
    maxBytes: Number(fields.get('maxmemory') ?? 0),
    policy: fields.get('maxmemory_policy') ?? 'unknown',
    isReplica: fields.get('role') === 'slave',
  }
}
