/** A Redis server of its own for a test: on a free port, in a folder of its own, gone with the test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'

export interface TestRedis {
  readonly url: string
  /** A plain client, to see what others see. */
  client(): Redis
  start(): Promise<void>
  /** As a power cut. */
  kill(): Promise<void>
}

/** `isDurable`: what was acknowledged outlives a kill. */
export async function startRedis(options: { readonly isDurable?: boolean } = {}): Promise<TestRedis> {
  const port = await freePort()
  const folder = mkdtempSync(path.join(tmpdir(), 'mts-redis-'))
  const durable = options.isDurable === true ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']
  let server: ChildProcess | undefined
  const start = async () => {
    const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...durable]
    const started = spawn('redis-server', own, { stdio: ['ignore', 'pipe', 'inherit'] })
    server = started
    await new Promise<void>((resolve, reject) => {
      let text = ''
      started.stdout?.on('data', (chunk: Buffer) => {
        text += chunk
        if (text.includes('Ready to accept connections')) resolve()
      })
      started.on('exit', () => reject(new Error(text)))
    })
  }
  const kill = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const ended = once(server, 'exit')
    server.kill('SIGKILL')
    await ended
  }
  const clients: Redis[] = []
  onTestFinished(async () => {
    for (const client of clients) client.disconnect()
    await kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await start()
  const url = `redis://127.0.0.1:${port}`
  return {
    url,
    client: () => {
      const client = new Redis(url, { protocol: 2, retryStrategy: () => 20 })
      // The test kills the server under it.
      client.on('error', () => undefined)
      clients.push(client)
      return client
    },
    start,
    kill,
  }
}

async function freePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
