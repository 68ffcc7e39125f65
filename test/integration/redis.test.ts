import { expect, it, onTestFinished } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { STREAM_CHANNELS, typesOf } from '../../src/core/live/channels.js'
import { openRedisSink } from '../../src/core/live/redis-sink.js'
import { systemClock } from '../../src/core/net/system-clock.js'
import { openGate } from '../../src/core/sandbox/gate.js'
import { followStreams } from '../../src/core/storage/redis/follower.js'
import { redisHealth } from '../../src/core/storage/redis/health.js'
import type { Followed } from '../../src/core/storage/redis/merge.js'
import { openPublisher } from '../../src/core/storage/redis/publisher.js'
import type { Publisher, PublisherOptions } from '../../src/core/storage/redis/publisher-contract.js'
import { books, exchangesOf, startLive } from '../support/live-feed.js'
import { startRedis, type TestRedis } from '../support/redis.js'
import { needs } from '../support/require.js'

const clock = systemClock()

interface Told {
  readonly publisher: Publisher
  readonly losses: number[]
  readonly changes: string[]
}

async function publisherAt({ url }: TestRedis, options: Partial<PublisherOptions> = {}): Promise<Told> {
  const losses: number[] = []
  const changes: string[] = []
  const publisher = await openPublisher({
    url,
    clock,
    random: () => 0.5,
    streamLength: 100_000,
    render: JSON.stringify,
    lossEvent: (lost) => ({ lost }),
    onLoss: (lost) => losses.push(lost),
    onChange: (state, detail) => {
      changes.push(`${state} ${detail}`.trim())
      look()
    },
    ...options,
  })
  onTestFinished(() => publisher.close())
  return { publisher, losses, changes }
}

interface Follower {
  readonly followed: Followed[]
  /** Numbers of the events, in the order in which they came. */
  numbers(): number[]
  missed(): number
  stop(): Promise<void>
}

async function follow({ url }: TestRedis, options: { batch?: number; ready?: () => Promise<void> } = {}): Promise<Follower> {
  const followed: Followed[] = []
  const end = new AbortController()
  const changes: string[] = []
  const over = followStreams({
    url,
    clock,
    types: ['book', 'trade', 'lag'],
    signal: end.signal,
    onFollowed: (each) => {
      followed.push(each)
      look()
    },
    onChange: (state) => {
      changes.push(state)
      look()
    },
    ready: () => Promise.resolve(),
    ...options,
  })
  const stop = async () => {
    end.abort()
    await over
  }
  onTestFinished(stop)
  await until(() => changes.includes('connected'))
  const bodies = () => followed.flatMap((each) => (each.kind === 'event' ? [JSON.parse(each.body) as { n?: number }] : []))
  return {
    followed,
    numbers: () => bodies().flatMap(({ n }) => (n === undefined ? [] : [n])),
    missed: () => followed.reduce((sum, each) => sum + (each.kind === 'loss' ? each.lost : 0), 0),
    stop,
  }
}

/** A reader that takes nothing more between `hold` and `release`. */
function heldReader() {
  let open: (() => void) | undefined
  let held: Promise<void> | undefined
  let isHeld = false
  return {
    ready: () => {
      isHeld = held !== undefined
      look()
      return held ?? Promise.resolve()
    },
    hold: () => {
      held = new Promise((resolve) => {
        open = resolve
      })
    },
    isHeld: () => isHeld,
    release: () => {
      held = undefined
      open?.()
    },
  }
}

const waiting = new Set<() => void>()

function look(): void {
  for (const each of waiting) each()
}

function until(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.every(10, () => check())
    const check = () => {
      if (!isSo()) return
      timer.cancel()
      waiting.delete(check)
      resolve()
    }
    waiting.add(check)
    check()
  })
}

async function answer<Value>(ask: () => Promise<Value>, isIt: (value: Value) => boolean): Promise<Value> {
  for (;;) {
    const value = await ask().catch(() => undefined)
    if (value !== undefined && isIt(value)) return value
    await new Promise<void>((resolve) => clock.after(10, resolve))
  }
}

function numbersTo(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n + 1)
}

/** One at a time, so that an outage falls in the middle of it. */
async function publishSteadily(publisher: Publisher, count: number, everyMs: number): Promise<void> {
  for (const n of numbersTo(count)) {
    publisher.publish(n % 3 === 0 ? 'book' : 'trade', { n })
    await new Promise<void>((resolve) => clock.after(everyMs, resolve))
  }
}

needs('redis-server')('a follower', () => {
  it('gets each event once, in the order of the collector, over all types', async () => {
    const redis = await startRedis()
    const { publisher } = await publisherAt(redis)
    const follower = await follow(redis, { batch: 7 })
    for (const n of numbersTo(2_000)) publisher.publish(n % 3 === 0 ? 'book' : 'trade', { n })
    await until(() => follower.numbers().length === 2_000)
    expect(follower.numbers()).toEqual(numbersTo(2_000))
    expect(follower.missed()).toBe(0)
  })

  it('misses nothing and repeats nothing when a durable server is killed in mid-stream', async () => {
    const redis = await startRedis({ isDurable: true })
    const { publisher, changes, losses } = await publisherAt(redis)
    const follower = await follow(redis)
    const sent = publishSteadily(publisher, 400, 2)
    await until(() => follower.numbers().length > 50)
    await redis.kill()
    await until(() => changes.some((each) => each.startsWith('disconnected')))
    await redis.start()
    await sent
    await until(() => follower.numbers().length >= 400 && publisher.counts.written === 400)
    expect(follower.numbers()).toEqual(numbersTo(400))
    expect(follower.missed()).toBe(0)
    expect(losses).toEqual([])
    expect(publisher.counts).toMatchObject({ written: 400, lost: 0, outages: 1 })
  })

  it('counts exactly what a server without durability took with it, and goes on by itself', async () => {
    const redis = await startRedis()
    const { publisher, changes } = await publisherAt(redis)
    // Reads nothing more until the server has forgotten what came meanwhile.
    const reader = heldReader()
    const follower = await follow(redis, { ready: reader.ready })
    const sent = publishSteadily(publisher, 300, 2)
    await until(() => follower.numbers().length > 20)
    reader.hold()
    await until(() => publisher.counts.written > 150)
    await redis.kill()
    await until(() => changes.some((each) => each.startsWith('disconnected')))
    await redis.start()
    reader.release()
    await sent
    await until(() => follower.numbers().at(-1) === 300)
    const numbers = follower.numbers()
    expect(follower.missed()).toBeGreaterThan(0)
    expect(numbers.length + follower.missed()).toBe(300)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b))
  })

  it('is told by ids what the cap took before it could read it', async () => {
    const redis = await startRedis()
    const { publisher } = await publisherAt(redis, { streamLength: 100 })
    const reader = heldReader()
    const follower = await follow(redis, { batch: 10, ready: reader.ready })
    publisher.publish('trade', { n: 1 })
    await until(() => follower.numbers().length === 1)
    reader.hold()
    for (const n of numbersTo(2_000).slice(1)) publisher.publish('trade', { n })
    await until(() => publisher.counts.written === 2_000)
    reader.release()
    await until(() => follower.numbers().at(-1) === 2_000)
    expect(follower.missed()).toBeGreaterThan(1_000)
    expect(follower.numbers().length + follower.missed()).toBe(2_000)
    const losses = follower.followed.filter((each) => each.kind === 'loss')
    expect(losses[0]).toMatchObject({
      type: 'trade',
      lastId: expect.stringMatching(/^\d+-\d+$/),
      nextId: expect.stringMatching(/^\d+-\d+$/),
    })
  })

  it('learns from the collector’s count that the end of a stream is gone', async () => {
    const redis = await startRedis()
    const { publisher } = await publisherAt(redis)
    const reader = heldReader()
    const follower = await follow(redis, { ready: reader.ready })
    publisher.publish('trade', { n: 1 })
    await until(() => follower.numbers().length === 1)
    reader.hold()
    publisher.publish('trade', { n: 2 })
    await until(() => reader.isHeld())
    for (const n of [3, 4, 5]) publisher.publish('trade', { n })
    await until(() => publisher.counts.written === 5)
    await redis.client().del('mts:stream:trade')
    reader.release()
    await until(() => follower.missed() > 0)
    expect(follower.followed.find((each) => each.kind === 'loss')).toMatchObject({ type: 'trade', nextId: null })
    expect(follower.missed()).toBeGreaterThanOrEqual(3)
    expect(follower.numbers().length + follower.missed()).toBe(5)
  })

  it('says at once that there is no Redis', async () => {
    const redis = await startRedis()
    await redis.kill()
    const { url } = redis
    const none = { url, clock, types: ['trade'], signal: new AbortController().signal } as const
    const following = followStreams({
      ...none,
      onFollowed: () => undefined,
      onChange: () => undefined,
      ready: async () => undefined,
    })
    await expect(following).rejects.toMatchObject({ exitCode: 69, message: expect.stringContaining('ECONNREFUSED') })
  })
})

needs('redis-server')('a collector', () => {
  it('goes on without Redis in bounded memory, counts what falls out and tells it where it is missing', async () => {
    const redis = await startRedis()
    const { publisher, losses, changes } = await publisherAt(redis, { maxBytes: 50_000 })
    const follower = await follow(redis)
    publisher.publish('trade', { n: 1 })
    await until(() => follower.numbers().length === 1)
    await redis.kill()
    await until(() => changes.some((each) => each.startsWith('disconnected')))
    for (const n of numbersTo(1_000).slice(1)) publisher.publish('trade', { n })
    expect(publisher.counts.waitingBytes).toBeLessThanOrEqual(50_000)
    await redis.start()
    await until(() => follower.numbers().at(-1) === 1_000)
    const { lost } = publisher.counts
    expect(lost).toBeGreaterThan(500)
    expect(follower.numbers()).toEqual([1, ...numbersTo(1_000).slice(1 + lost)])
    const bodies = follower.followed.flatMap((each) => (each.kind === 'event' ? [JSON.parse(each.body)] : []))
    expect(bodies[1]).toEqual({ lost })
    await publisher.close()
    expect(losses.reduce((sum, each) => sum + each, 0)).toBe(lost)
  })

  it('holds back what a full server refuses and sends it when there is room', async () => {
    const redis = await startRedis()
    const { publisher, changes } = await publisherAt(redis)
    const client = redis.client()
    await until(() => changes.includes('connected'))
    await client.config('SET', 'maxmemory', '1mb')
    publisher.publish('trade', { n: 1 })
    await until(() => changes.some((each) => each.startsWith('refused OOM')))
    await client.config('SET', 'maxmemory', '0')
    await until(() => publisher.counts.written === 1)
    expect(await client.xlen('mts:stream:trade')).toBe(1)
    expect(publisher.counts.lost).toBe(0)
  })

  it('counts what the server will never take', async () => {
    const redis = await startRedis()
    await redis.client().set('mts:stream:trade', 'no stream')
    const { publisher, changes, losses } = await publisherAt(redis)
    publisher.publish('trade', { n: 1 })
    publisher.publish('book', { n: 2 })
    await until(() => publisher.counts.written === 1)
    expect(publisher.counts.lost).toBe(1)
    expect(losses).toEqual([1])
    expect(changes.at(-1)).toMatch(/^refused WRONGTYPE/)
  })

  it('writes the newest book again after a restart that forgot it, and takes it back at its end', async () => {
    const redis = await startRedis()
    const { publisher, changes } = await publisherAt(redis)
    const client = redis.client()
    publisher.latest('orderbook:x:Y', { n: 1 })
    publisher.latest('orderbook:x:Y', { n: 2 })
    await answer(
      () => client.get('orderbook:x:Y'),
      (text) => text === '{"n":2}',
    )
    await redis.kill()
    await until(() => changes.some((each) => each.startsWith('disconnected')))
    await redis.start()
    await answer(
      () => client.get('orderbook:x:Y'),
      (text) => text === '{"n":2}',
    )
    expect(await client.ttl('orderbook:x:Y')).toBeGreaterThan(20)
    await publisher.close()
    expect(await client.exists('orderbook:x:Y')).toBe(0)
  })
})

needs('redis-server')('the newest book in Redis', () => {
  it('is there while the book can be read, and gone as soon as its connection is lost', async () => {
    const redis = await startRedis()
    let isCut = false
    const live = await startLive({
      reconnectMs: 60_000,
      gate: (outgoing) => {
        if (isCut && outgoing.kind === 'frame') outgoing.peer.destroy()
        else openGate(outgoing)
      },
    })
    const sink = await openRedisSink(live.outputs, () => [...live.feed.exchanges].map((each) => each.pipeline), {
      url: redis.url,
      streamLength: 1_000,
      render: JSON.stringify,
      clock,
      random: () => 0.5,
      types: typesOf(STREAM_CHANNELS),
      storeIntervalMs: 1_000,
      depth: 5,
      limits: DEFAULT_LIMITS,
    })
    onTestFinished(() => sink.close())
    const client = redis.client()
    const bybit = (await exchangesOf('bybit')).get('bybit')
    if (bybit === undefined) throw new Error('no bybit')
    live.feed.add(bybit, books('BTCUSDT'))
    const text = await answer(
      () => client.get('orderbook:bybit:BTCUSDT'),
      (value) => value !== null,
    )
    expect(JSON.parse(text ?? '')).toMatchObject({ type: 'book', exchange: 'bybit', symbol: 'BTCUSDT' })
    isCut = true
    await answer(
      () => client.exists('orderbook:bybit:BTCUSDT'),
      (count) => count === 0,
    )
    expect(live.state('bybit', 'BTCUSDT').sync.book).toBeUndefined()
  })
})

needs('redis-server')('the health of a server', () => {
  it('tells its policy, and why it cannot be asked', async () => {
    const redis = await startRedis()
    const client = redis.client()
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await redisHealth(redis.url, clock)).toMatchObject({ policy: 'allkeys-lru', maxBytes: 0, isReplica: false })
    await client.config('SET', 'requirepass', 'hidden-word')
    await expect(redisHealth(redis.url, clock)).rejects.toMatchObject({ message: expect.stringContaining('NOAUTH') })
    await redis.kill()
    await expect(redisHealth(redis.url, clock)).rejects.toMatchObject({ message: expect.stringContaining('ECONNREFUSED') })
  })
})
