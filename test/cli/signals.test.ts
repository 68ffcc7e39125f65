import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '../../src/core/net/system-clock.js'
import { cleanEnvironment, runMts, temporaryFolder } from '../support/run-mts.js'
import { candleRows, DAY_MS, storeBars } from '../support/stored-bars.js'

const cwd = temporaryFolder()
const start = Math.floor(systemClock().now() / DAY_MS) * DAY_MS - 100 * DAY_MS

async function mts(...args: readonly string[]) {
  const ended = await runMts(args, { cwd, env: cleanEnvironment() })
  return { ...ended, document: () => JSON.parse(ended.stdout) }
}

beforeAll(() => {
  storeBars(path.join(cwd, 'data/crypto_data.db'), (history) => {
    history.upsertCandles(candleRows({ interval: '1d', stepMs: DAY_MS, start, count: 100 }))
  })
})

describe('mts signals', () => {
  it('from cron keeps what was said and says nothing, but what failed and the command that mends it', async () => {
    const { code, stdout, stderr } = await mts('signals', '--strategies', 'buyhold', '--assets', 'BTC,SOL')
    expect([code, stdout]).toEqual([3, ''])
    expect(stderr).toBe(
      'Failed: buyhold solana: There are no bars of solana. Get them: mts collect --source binance --coins solana --days 365 (DATA_MISSING)\n',
    )
    const [file = ''] = readdirSync(path.join(cwd, 'data/signals'))
    const written = JSON.parse(readFileSync(path.join(cwd, 'data/signals', file), 'utf8'))
    expect(written.signals).toMatchObject([{ strategy: 'buyhold', asset: 'bitcoin', signal: 'long', strength: 'STRONG' }])
    expect(written.not_run).toMatchObject([{ strategy: 'buyhold', asset: 'solana', code: 'DATA_MISSING' }])
    const listed = await mts('signals', 'list', '--json')
    expect(
      listed
        .document()
        .data.map((row: { strategy: string }) => row.strategy)
        .sort(),
    ).toEqual(['buyhold', 'combined'])
    const none = await mts('signals', 'list', '--strategy', 'buyhol', '--json')
    expect(none.document().warnings).toEqual(['No signal of that kind is stored; there are some of buyhold, combined'])
  })

  it('gives one JSON document in the contract, and with --no-store leaves nothing behind', async () => {
    const before = existsSync(path.join(cwd, 'data/signals')) ? readdirSync(path.join(cwd, 'data/signals')).length : 0
    const { code, document } = await mts('signals', '--strategies', 'buyhold', '--assets', 'BTC', '--no-store', '--json')
    expect(code).toBe(0)
    expect(document()).toMatchObject({
      schema_version: 1,
      command: 'signals',
      data: {
        signals: [
          { strategy: 'buyhold', position_size: expect.any(Number), expires_at: expect.any(Number), fate: expect.any(String) },
        ],
        market_context: {
          vix_level: null,
          correlation_btc_vix: null,
          reasons: { vix_level: expect.stringContaining('mts macro') },
        },
      },
      failures: [],
    })
    const after = existsSync(path.join(cwd, 'data/signals')) ? readdirSync(path.join(cwd, 'data/signals')).length : 0
    expect(after).toBe(before)
  })

  it('ends with 65 where no strategy could look at anything', async () => {
    const { code, document } = await mts('signals', '--assets', 'SOL', '--json')
    expect(code).toBe(65)
    expect(document().error).toMatchObject({ code: 'DATA_MISSING', exit_code: 65 })
  })
})
