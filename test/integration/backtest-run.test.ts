import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FinishedRun, runReported } from '../../src/core/backtest/run.js'
import type { BacktestFlags } from '../../src/core/cli/backtest/flags.js'
import { type Prepared, prepareBacktest } from '../../src/core/cli/backtest/prepare.js'
import type { MtsError } from '../../src/core/errors.js'
import { openReader, type Reader } from '../../src/core/storage/reader.js'
import { USUAL_FLAGS } from '../support/backtest-flags.js'
import { type TemporaryFolder, temporaryFolder } from '../support/storage.js'
import { candleRows, DAY_MS, START, storeBars } from '../support/stored-bars.js'

const USUAL: BacktestFlags = { ...USUAL_FLAGS, strategy: 'sma-cross', symbols: ['BTC'] }

let folder: TemporaryFolder
let reader: Reader

beforeAll(() => {
  folder = temporaryFolder()
  const file = folder.file('crypto_data.db')
  storeBars(file, (history) => {
    history.upsertCandles(candleRows({ count: 1500 }))
    history.upsertCandles(candleRows({ coin: 'ethereum', count: 1500 }))
    const sampled = { source: 'coingecko', interval: '4h', stepMs: DAY_MS / 6, count: 300, quality: 'sampled' }
    history.upsertCandles(candleRows({ coin: 'dogecoin', ...sampled }).map((row) => ({ ...row, volume: null })))
  })
  reader = openReader(file)
})

afterAll(() => {
  reader.close()
  folder.remove()
})

function prepare(flags: Partial<BacktestFlags> = {}): Promise<Prepared> {
  return prepareBacktest({ config: { symbols: ['BTC'] } as never }, reader, { ...USUAL, ...flags })
}

async function run(flags: Partial<BacktestFlags> = {}): Promise<FinishedRun> {
  const prepared = await prepare(flags)
  const { strategy, file } = prepared
  const names = { strategyName: flags.strategy ?? strategy.name, strategyHash: file?.hash ?? null }
  return runReported({ ...prepared, ...names, hasBenchmark: true, version: '1.2.3' })
}

async function failure(flags: Partial<BacktestFlags>): Promise<[code: string, exitCode: number, text: string]> {
  return run(flags).then(
    () => expect.fail('it ran'),
    ({ code, exitCode, message, suggestions }: MtsError) => [code, exitCode, [message, ...suggestions].join(' | ')],
  )
}

function strategyFile(name: string, text: string): string {
  const file = folder.file(`${name}.mjs`)
  writeFileSync(file, text)
  return file
}

describe('a backtest refuses', () => {
  it.each<[Partial<BacktestFlags>, string, number, RegExp]>([
    [{ strategy: 'sma-cros' }, 'USAGE_UNKNOWN_STRATEGY', 2, /Did you mean sma-cross/],
    [{ strategy: './none.mjs' }, 'USAGE_STRATEGY_FILE', 2, /no file \.\/none\.mjs.*mts strategies new/],
    [{ strategy: 'mine.ts' }, 'USAGE_STRATEGY_FILE', 2, /mine\.ts/],
    [{ param: ['fats=3'] }, 'USAGE_UNKNOWN_PARAMETER', 2, /Did you mean fast.*Its parameters: fast, slow, short/],
    [{ param: ['fast=0'] }, 'USAGE_BAD_PARAMETER', 2, /fast: integer, 1 to 5000 bars/],
    [{ param: ['fast=40'] }, 'USAGE_BAD_PARAMETER', 2, /fast \(40\) has to be smaller than slow \(30\)/],
    [{ param: ['fast'] }, 'USAGE_BAD_PARAMETER', 2, /--param fast=10/],
    [{ param: ['fast=3', 'fast=4'] }, 'USAGE_BAD_PARAMETER', 2, /given twice/],
    [{ slippage: '5' }, 'USAGE_BACKTEST', 2, /5bps/],
    [{ slippage: '-5bps' }, 'USAGE_BACKTEST', 2, /half-spread:2bps/],
    [{ slippage: 'volume:x' }, 'USAGE_BACKTEST', 2, /volume:0\.1/],
    [{ commission: 'cheap' }, 'USAGE_BACKTEST', 2, /0\.0002\/0\.0005/],
    [{ commission: '5' }, 'USAGE_BACKTEST', 2, /0\.001 is 10 bps/],
    [{ sizing: 'half' }, 'USAGE_BACKTEST', 2, /fraction:0\.5/],
    [{ cash: 0 }, 'USAGE_BACKTEST', 2, /cash 0/],
    [{ start: '2026-02-30' }, 'USAGE_BAD_TIME', 2, /--start: not a time: 2026-02-30/],
    [{ start: '2026-02-02', end: '2026-02-01' }, 'USAGE_BAD_PERIOD', 2, /--start has to lie before --end/],
    [{ source: 'binanc' }, 'USAGE_UNKNOWN_SOURCE', 2, /Did you mean binance/],
    [{ interval: '1M' }, 'USAGE_UNKNOWN_INTERVAL', 2, /fixed length/],
    [{ symbols: ['SOL'] }, 'DATA_MISSING', 65, /mts collect --source binance --coins solana --days 365/],
    [{ interval: '5m' }, 'DATA_MISSING', 65, /--interval 5m.*Stored: binance bitcoin 1h/],
    [{ slippage: 'half-spread' }, 'BACKTEST_NO_BOOKS', 65, /mts stream --exchanges binance --symbols bitcoin --channels book/],
    [{ slippage: 'books' }, 'BACKTEST_NO_BOOKS', 65, /mts stream/],
    [{ strict: true }, 'DATA_FUNDING', 65, /funding payments of bitcoin are missing/],
    [{ symbols: ['DOGE'], slippage: 'volume:0.1' }, 'USAGE_BACKTEST', 2, /needs the volume of every bar.*dogecoin/],
    [{ symbols: ['DOGE'], leverage: 3 }, 'BACKTEST_SAMPLED_BARS', 65, /liquidation.*mts collect --source binance --coins dogecoin/],
  ])('%j', async (flags, code, exitCode, says) => {
    expect(await failure(flags)).toEqual([code, exitCode, expect.stringMatching(says)])
  })
})

describe('a strategy of the user that fails', () => {
  const onBar = (text: string): string => `export default { name: 'broken', description: 'Fails', warmup: () => 1,
    parameters: { n: { kind: 'integer', unit: 'bars', min: 1, max: 9, default: 4, description: 'n' } },
    create: () => ({ onBar(view, sink) { if (view.bars.length > 9) { ${text} } } }) }`

  it.each<[string, string, string, RegExp]>([
    ['throws', onBar('null.close'), 'BACKTEST_STRATEGY_THREW', /bar 9 of bitcoin, 2026-01-01T09:00:00.000Z.*parameters were n 4/],
    [
      'nan',
      onBar(`sink.signal({ signal: 'long', strength: NaN, confidence: 1, reason: '' })`),
      'BACKTEST_BAD_SIGNAL',
      /bar 9 .*strength NaN/,
    ],
    [
      'unsaid',
      onBar(`sink.signal({ signal: 'long', strength: 1, reason: 'no confidence' })`),
      'BACKTEST_BAD_SIGNAL',
      /confidence undefined does not lie between 0 and 1/,
    ],
    [
      'dumb',
      onBar(`sink.order({ side: 'buy', type: 'market', quantity: 1 })`),
      'BACKTEST_BAD_ORDER',
      /reason undefined is no text/,
    ],
    [
      'misspelt',
      onBar(`sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'no stop', stoploss: 9 })`),
      'BACKTEST_BAD_SIGNAL',
      /nothing reads stoploss; did you mean stopLoss\?/,
    ],
    [
      'forever',
      onBar(`sink.order({ side: 'buy', type: 'market', quantity: 1, timeInForce: 'GTX', reason: 'x' })`),
      'BACKTEST_BAD_ORDER',
      /timeInForce GTX is none of gtc, ioc, fok, day, gtd/,
    ],
    ['ahead', onBar('view.bars.close(-1)'), 'BACKTEST_OUT_OF_REACH', /bar 9 /],
    ['cut', 'export default { name: "x" ', 'BACKTEST_STRATEGY_FILE', /cannot be loaded/],
    [
      'shape',
      'export default { name: "x", parameters: {} }',
      'BACKTEST_STRATEGY_FILE',
      /description has to be a text.*warmup has to be a function/,
    ],
    [
      'range',
      onBar('').replace('default: 4', 'default: 40'),
      'BACKTEST_STRATEGY_FILE',
      /parameters\.n\.default 40 is not integer, 1 to 9 bars/,
    ],
    ['kind', onBar('').replace("'integer'", "'int'"), 'BACKTEST_STRATEGY_FILE', /parameters\.n/],
    [
      'warmup',
      onBar('').replace('warmup: () => 1', 'warmup: () => NaN'),
      'BACKTEST_STRATEGY_FILE',
      /whole number of bars, and gave NaN/,
    ],
    ['run', onBar('').replace(/create: .*/, 'create: () => 3 }'), 'BACKTEST_STRATEGY_FILE', /an object with onBar/],
    ['none', 'export const a = 1, b = 2', 'BACKTEST_STRATEGY_FILE', /exports no strategy/],
  ])('is named with what and where: %s', async (name, text, code, says) => {
    expect(await failure({ strategy: strategyFile(name, text) })).toEqual([code, 65, expect.stringMatching(says)])
  })
})

it('warns of ruin, with the day and what funding took, also where it came to who only held', async () => {
  const file = folder.file('ruin.db')
  // A price that stands still, and a rate that costs a tenth of the position three times a day.
  storeBars(file, (history) => {
    history.upsertCandles(candleRows({ count: 200 }).map((row) => ({ ...row, open: 100, high: 100, low: 100, close: 100 })))
    history.upsertFunding(
      Array.from({ length: 25 }, (_, i) => ({
        ...{ exchange: 'binance', symbol: 'BTCUSDT', kind: 'settled' as const, fundingRate: 0.1, predictedRate: null },
        ...{ timestamp: START + (i * DAY_MS) / 3, fundingTime: null, intervalHours: 8, metadata: null },
      })),
    )
  })
  const costly = openReader(file)
  try {
    const ruins = async (strategy: string) => {
      const prepared = await prepareBacktest({ config: { symbols: ['BTC'] } as never }, costly, { ...USUAL, strategy })
      const names = { strategyName: strategy, strategyHash: null }
      const { document } = runReported({ ...prepared, ...names, hasBenchmark: true, version: '1.2.3' })
      return document.warnings.filter((warning) => warning.includes('ruined'))
    }
    const words = 'after 99,950 of funding: nothing was left'
    expect(await ruins('buyhold')).toEqual([expect.stringContaining(`The account was ruined on 2026-01-04, ${words}`)])
    // It needs 30 bars before it, and so does who holds beside it.
    expect(await ruins('sma-cross')).toEqual([expect.stringContaining(`Buying and holding was ruined on 2026-01-05, ${words}`)])
  } finally {
    costly.close()
  }
})

describe('bars made of samples', () => {
  it('never fill a stop, and are told of', async () => {
    const stop = strategyFile(
      'stopped',
      `export default { name: 'stopped', description: 'Buys with a stop', parameters: {}, warmup: () => 1,
        create: () => ({ onBar(view, sink) {
          const stopLoss = view.bars.close(0) * 0.9
          if (view.position.quantity === 0) sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'in', stopLoss })
        } }) }`,
    )
    expect(await failure({ strategy: stop, symbols: ['DOGE'] })).toEqual([
      'BACKTEST_SAMPLED_BARS',
      65,
      expect.stringContaining('cannot fill a stop'),
    ])
    expect((await run({ symbols: ['DOGE'] })).document.warnings).toContainEqual(expect.stringContaining('made of samples'))
  })
})

describe('the document of a run', () => {
  it('adds up: months to the whole, costs to their parts, equity to the trades', async () => {
    const { document, result } = await run({ symbols: ['BTC', 'ETH'], slippage: '5bps' })
    const { costs, trades, openPositions } = document
    const months = document.monthlyReturns.reduce((growth, month) => growth * (1 + month.return), 1) - 1
    expect(months).toBeCloseTo(document.result.totalReturn, 12)
    const hold = document.monthlyReturns.reduce((growth, month) => growth * (1 + (month.benchmark ?? 0)), 1) - 1
    expect(hold).toBeCloseTo(document.result.benchmarkReturn ?? Number.NaN, 12)
    expect(costs.total).toBeCloseTo(costs.fees + costs.slippage - costs.funding, 9)
    expect(costs.fees).toBeCloseTo(
      result.fills.reduce((sum, { fee }) => sum + fee, 0),
      9,
    )
    const won =
      trades.reduce((sum, { pnl }) => sum + pnl, 0) + openPositions.reduce((sum, open) => sum + open.unrealised - open.fees, 0)
    expect(won).toBeCloseTo(document.result.netProfit, 6)
    expect(document.config.sizing).toEqual({ kind: 'fraction', fraction: 0.5 })
  })

  it('compares with holding equal parts over the same bars, which is what buyhold itself makes', async () => {
    const { document } = await run({ strategy: 'buyhold' })
    expect(document.result.benchmarkReturn).toBeCloseTo(document.result.totalReturn, 12)
  })

  it('has one id for one run, another for any other input', async () => {
    const id = async (flags: Partial<BacktestFlags> = {}) => (await run(flags)).document.id
    const ids = [
      await id(),
      await id({ param: ['fast=9'] }),
      await id({ slippage: '1bps' }),
      await id({ seed: 1 }),
      await id({ end: '2026-02-01' }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(await id()).toBe(ids[0])
  })
})
