/** The connection to Redis: no queue of its own, so that what waits is ours, bounded and counted. */
import type { Redis } from 'ioredis'
import type { Clock, Timer } from '../../clock.js'
import { type RedisCommand, sendEncoded } from './batch.js'

export type { RedisCommand } from './batch.js'

/** `refusal`: what the server said instead of doing it. */
export interface RedisReply {
  readonly value: unknown
  readonly refusal: string | undefined
}

export interface RedisClientOptions {
  /** `redis://user:password@host:port/db`, or `rediss://`. */
  readonly url: string
  /** Shown in `CLIENT LIST`. */
  readonly name: string
  readonly clock: Clock
  /** Connected, logged in and loaded. */
  onReady(): void
  /** Lost, or not reached at the first attempt: told once until it is back. */
  onLost(reason: string): void
}

export interface RedisClient {
  readonly isReady: boolean
  /** Sends all of it at once. `undefined`: the connection was lost, and nobody knows which of them were executed. */
  send(commands: readonly RedisCommand[]): Promise<RedisReply[] | undefined>
  /** The same of commands encoded before: what the server refused, by place, and why. */
  sendEncoded(commands: readonly string[]): Promise<ReadonlyMap<number, string> | undefined>
  /** One command; rejects with the server's refusal too. */
  ask(command: RedisCommand): Promise<unknown>
  close(): void
}

const CONNECT_TIMEOUT_MS = 5_000
/** A server that has an answer outstanding for so long is taken for dead. */
const ANSWER_TIMEOUT_MS = 10_000
const LONGEST_PAUSE_MS = 2_000
const FIRST_PAUSE_MS = 50

/** Connects, and connects again for ever with pauses of 50 ms to 2 s. Does not wait for the first connection. */
export async function openRedis(options: RedisClientOptions): Promise<RedisClient> {
  const { Redis: Client } = await import('ioredis')
  const redis = new Client(options.url, {
    lazyConnect: true,
    connectionName: options.name,
    // Its reply shapes are the same with every server from Redis 5 on.
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (times) => Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(times, 10)),
  })
  followState(redis, options)
  // ioredis' own `socketTimeout` keeps the process up after the connection is closed.
  const within = async <Value>(answer: Promise<Value>): Promise<Value> => {
    const timer = options.clock.after(ANSWER_TIMEOUT_MS, () => redis.disconnect(true))
    return answer.finally(() => timer.cancel())
  }
  // Why it failed is told by `onLost`.
  redis.connect().catch(() => undefined)
  return {
    get isReady() {
      return redis.status === 'ready'
    },
    send: (commands) => within(send(redis, commands)),
    sendEncoded: (commands) => within(sendEncoded(redis, commands)),
    ask: ([name, ...args]) => within(redis.call(name, ...args)),
    close: () => redis.disconnect(),
  }
}

function followState(redis: Redis, { clock, onReady, onLost }: RedisClientOptions): void {
  let isLost = false
  let greeting: Timer | undefined
  let reason = 'the connection was closed'
  redis.on('error', (error: Error) => {
    // Without a message where several addresses were tried.
    reason = error.message === '' ? String((error as NodeJS.ErrnoException).code ?? error.name) : error.message
  })
  redis.on('connect', () => {
    greeting = clock.after(ANSWER_TIMEOUT_MS, () => redis.disconnect(true))
  })
  redis.on('ready', () => {
    greeting?.cancel()
    isLost = false
    reason = 'the connection was closed'
    onReady()
  })
  redis.on('close', () => {
    greeting?.cancel()
    if (isLost) return
    isLost = true
    onLost(reason)
  })
}

async function send(redis: Redis, commands: readonly RedisCommand[]): Promise<RedisReply[] | undefined> {
  // A pipeline knows commands by their names in lower case.
  const pipeline = redis.pipeline(commands.map(([name, ...args]) => [name.toLowerCase(), ...args]))
  const answers = (await pipeline.exec()) ?? []
  if (answers.some(([error]) => error !== null && error.name !== 'ReplyError')) return undefined
  return answers.map(([error, value]) => ({ value, refusal: error?.message }))
}

/** `127.0.0.1:6379/0`: where it is, without the credentials. */
export function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port === '' ? '6379' : port}/${pathname.slice(1) || '0'}`
}
