import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
/** Reserved for documentation (RFC 5737): nobody answers there, should the guard fail. */
const ELSEWHERE = '192.0.2.1'

const folder = mkdtempSync(path.join(tmpdir(), 'mts-frame-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('the last line of a test run', () => {
  it('counts tests, not files, and a file that does not load as failed', () => {
    writeFileSync(
      path.join(folder, 'a.test.js'),
      "it('a', () => {}); it('b', () => {}); it.skip('c', () => {}); it('d', () => { throw Error() })",
    )
    writeFileSync(path.join(folder, 'b.test.js'), "describe('e', () => { beforeAll(() => { throw Error() }); it('f', () => {}) })")
    writeFileSync(path.join(folder, 'c.test.js'), "throw new Error('does not load')")
    const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs')
    const reporter = path.join(ROOT, 'test/support/summary-reporter.ts')
    const run = spawnSync(
      process.execPath,
      [vitest, 'run', '--globals', '--root', folder, '--reporter', 'dot', '--reporter', reporter],
      {
        encoding: 'utf8',
        env: { ...process.env, NO_COLOR: '1' },
      },
    )
    const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/.exec(run.stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(counts?.slice(1).map(Number)).toEqual([2, 3, 2])
    expect(run.status).toBe(1)
  })
})

describe('the network of a test', () => {
  it('ends at loopback', async () => {
    const error = await new Promise((resolve) => net.connect({ host: ELSEWHERE, port: 80 }).once('error', resolve))
    expect(String(error)).toContain('tests stay on loopback')
  })

  it('ends at loopback for a Node process that the test starts', () => {
    const script = `require('node:net').connect(80, '${ELSEWHERE}').on('error', (error) => process.stdout.write(error.message))`
    const run = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })
    expect(run.stdout).toContain('tests stay on loopback')
  })

  it('reaches loopback by name and by number', async () => {
    const server = net.createServer((socket) => socket.end()).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as net.AddressInfo
    for (const connect of [
      () => net.connect(port),
      () => net.connect(port, '127.0.0.1'),
      () => net.connect({ port, host: 'localhost' }),
    ]) {
      const socket = connect().resume()
      await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject))
    }
    server.close()
  })
})
