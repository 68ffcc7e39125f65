import { join } from 'node:path'
import type { StreamOptions } from '../../live/stream-options.js'
import type { Config } from '../config/settings.js'
import { toJson } from '../output/keys.js'
import { redisUrl } from '../redis-url.js'

/** What live commands and replays take from the configuration. */
export function streamSettings(
  config: Config,
): Pick<
  StreamOptions,
  'dataDirectory' | 'limits' | 'largeTrades' | 'reconnect' | 'openInterestEveryMs' | 'budgetShare' | 'journal'
> {
  const { validation, journal } = config
  return {
    dataDirectory: config.dataDir,
    limits: {
      maxSpreadBps: validation.maxSpreadBps,
      outlierMads: validation.outlierMads,
      maxFutureMs: validation.maxFutureMs,
      maxAgeMs: validation.maxAgeMs,
    },
    largeTrades: config.largeTrades,
    reconnect: { baseMs: config.reconnectDelay, maxMs: config.maxReconnectDelay },
    openInterestEveryMs: config.openInterestInterval,
    budgetShare: config.budgetShare,
    journal: { blockBytes: journal.blockBytes, flushMs: journal.flushInterval },
  }
}

/** Where a live command or a replay keeps what it derives. */
export function sinkSettings(
  config: Config,
  flags: {
    readonly 'no-store': boolean
    readonly csv: boolean
    readonly 'store-interval': number
    readonly 'funding-only'?: boolean
  },
  programVersion: string,
): StreamOptions['sinks'] {
  const isStored = !flags['no-store']
  const hasCsv = flags.csv || config.storage.csvBackup
  return {
    database: isStored ? { path: config.db, batchSize: config.dbBatchSize, programVersion } : undefined,
    csvDirectory: hasCsv ? join(config.dataDir, 'realtime') : undefined,
    storeIntervalMs: flags['store-interval'],
    ...(flags['funding-only'] === true ? { fundingEveryMs: config.funding.collectionInterval } : {}),
  }
}

/** The simulated market takes the place of the real one only where somebody asks for it. */
export function redisSettings(
  config: Config,
  { redis, sandbox }: { readonly redis: boolean | undefined; readonly sandbox: boolean },
): StreamOptions['redis'] {
  const isWanted = redis ?? (config.redis.url !== undefined && !sandbox)
  return isWanted ? { url: redisUrl(config), streamLength: config.redis.streamLength, render: toJson } : undefined
}
