import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { startRedis } from '../support/redis.js'
import { needs } from '../support/require.js'
import { cleanEnvironment, RUN, runMts, temporaryFolder } from '../support/run-mts.js'

interface Line {
  readonly type: string
  readonly detail?: string
}

/** What a collector says of its own connection is no event of the market. */
function isOwn(text: string): boolean {
  const { type, detail = '' } = JSON.parse(text) as Line
  return type === 'summary' || detail.startsWith('redis ')
}

needs('redis-server')('mts stream by Redis', () => {
  it('gives a follower the collector’s own lines, byte for byte, and leaves the keys of the contract', async () => {
    const redis = await startRedis()
    const env = cleanEnvironment({ REDIS_URL: redis.url })
    const follower = spawn(process.execPath, [RUN, 'stream', '--from-redis'], { env, cwd: temporaryFolder() })
    const exited = once(follower, 'exit')
    const followed: string[] = []
    const lines = createInterface({ input: follower.stdout })
    const ended = new Promise<void>((resolve) => {
      lines.on('line', (line) => {
        followed.push(line)
        if (line.includes('the collector ended')) resolve()
      })
    })
    await once(lines, 'line')
    const listener = redis.client()
    const heard = new Set<string>()
    await listener.psubscribe('mts:events:*')
    listener.on('pmessage', (_pattern, channel: string) => heard.add(channel))

    const client = redis.client()
    const latest: string[] = []
    listener.on('pmessage', () => {
      if (latest.length === 0) void client.mget('orderbook:bybit:BTCUSDT').then(([text]) => text != null && latest.push(text))
    })
    const args = ['stream', '--sandbox', '--redis', '--no-store', '--duration', '3s', '--channels', 'book,trades,funding']
    const collected = await runMts(args, { env, cwd: temporaryFolder() })
    await ended
    follower.kill('SIGINT')
    expect(await exited).toEqual([130, null])

    const own = collected.stdout.trimEnd().split('\n')
    expect(own.filter((line) => !isOwn(line)).length).toBeGreaterThan(20)
    expect(followed.filter((line) => !isOwn(line))).toEqual(own.filter((line) => !isOwn(line)))
    expect(JSON.parse(own.at(-1) ?? '')).toMatchObject({ redis: { lost: 0, repeated: 0, outages: 0, waiting_bytes: 0 } })
    expect(JSON.parse(followed.at(-1) ?? '')).toMatchObject({ type: 'summary', missed: 0 })

    expect([...heard].toSorted()).toEqual(expect.arrayContaining(['mts:events:book', 'mts:events:spread', 'mts:events:trade']))
    expect(JSON.parse(latest[0] ?? 'null')).toMatchObject({ type: 'book', exchange: 'bybit', symbol: 'BTCUSDT' })
    // The collector has ended: nobody vouches for its books any more.
    expect(await client.exists('orderbook:bybit:BTCUSDT')).toBe(0)
    await expectLife(client, 'orderbook:bybit:BTCUSDT:', 3_600)
    await expectLife(client, 'funding:binance:BTCUSDT:', 86_400)
  })

  it('says in band that there is no Redis, and collects all the same', async () => {
    const env = cleanEnvironment({ REDIS_URL: 'redis://me:hidden-word@127.0.0.1:1' })
    const args = ['stream', '--sandbox', '--redis', '--no-store', '--duration', '2s', '--channels', 'book']
    const { stdout, stderr, code } = await runMts(args, { env, cwd: temporaryFolder() })
    const lines = stdout.trimEnd().split('\n')
    expect(code).toBe(0)
    expect(lines.filter((line) => line.includes('redis 127.0.0.1:1/0: connect ECONNREFUSED'))).toHaveLength(1)
    expect(lines.filter((line) => JSON.parse(line).type === 'book').length).toBeGreaterThan(3)
    const { redis } = JSON.parse(lines.at(-1) ?? '')
    expect(redis.lost).toBeGreaterThan(3)
    expect(stderr).toContain(`${redis.lost} events or keys never reached Redis`)
    expect(stdout + stderr).not.toContain('hidden-word')
  })

  it('does not publish a simulated market unless it is asked to', async () => {
    const redis = await startRedis()
    const args = ['stream', '--sandbox', '--no-store', '--duration', '1s', '--exchanges', 'bybit']
    await runMts(args, { env: cleanEnvironment({ REDIS_URL: redis.url }), cwd: temporaryFolder() })
    expect(await redis.client().dbsize()).toBe(0)
  })

  it('refuses what a follower cannot do', async () => {
    const flags = [['--redis'], ['--record'], ['--monitor-only'], ['--dry-run'], ['--exchanges', 'nowhere']]
    const runs = flags.map((flag) => runMts(['stream', '--from-redis', ...flag], { cwd: temporaryFolder() }))
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual(flags.map(() => 2))
  })
})

async function expectLife(client: ReturnType<Awaited<ReturnType<typeof startRedis>>['client']>, prefix: string, seconds: number) {
  const keys = await client.keys(`${prefix}*`)
  expect(keys.length).toBeGreaterThan(0)
  for (const key of keys) {
    expect(key.slice(prefix.length)).toMatch(/^\d{13}$/)
    expect(await client.ttl(key)).toBeGreaterThan(seconds - 60)
    expect(await client.ttl(key)).toBeLessThanOrEqual(seconds)
  }
}
