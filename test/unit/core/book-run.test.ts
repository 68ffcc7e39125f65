import { describe, expect, it } from 'vitest'
import { BookRun } from '../../../src/core/backtest/books/book-run.js'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../../src/core/backtest/config.js'
import { exchange as bybit } from '../../../src/core/exchanges/bybit/index.js'
import { Outputs } from '../../../src/core/feed/outputs.js'
import { Replay } from '../../../src/core/feed/replay.js'
import { DEFAULT_LIMITS } from '../../../src/core/feed/validation.js'
import type { Level } from '../../../src/core/market/event.js'
import { type BookSink, defineBookStrategy, type StepView } from '../../../src/core/strategies/book-contract.js'

const START = Date.UTC(2026, 10, 21, 10)
const STEP_MS = 1_000

/** A run over books that are written down, of a strategy that does as it is told at each step. */
function written(onStep: (view: StepView, sink: BookSink) => void, change: Partial<BacktestConfig> = {}) {
  const strategy = defineBookStrategy({
    name: 'told',
    description: 'Does as it is told',
    parameters: {},
    needs: () => ({ stepMs: STEP_MS, maxBookAgeMs: 5_000 }),
    create: () => ({ onStep }),
  })
  const outputs = new Outputs()
  const pipeline = new Replay(new Map([['bybit', bybit]]), outputs, DEFAULT_LIMITS).pipelines.get('bybit')
  if (pipeline === undefined) throw new Error('no pipeline')
  const fees = { maker: 0, taker: 0.001, fixed: 0 }
  const config: BacktestConfig = { ...DEFAULT_CONFIG, fill: 'book', latencyMs: 100, fees, ...change }
  const run = new BookRun(() => [pipeline], { strategy, config, largeTrades: {} })
  run.follow(outputs)
  let id = 0
  return {
    run,
    /** The whole book of a symbol, `afterMs` after the start. */
    book(afterMs: number, bids: readonly Level[], asks: readonly Level[], symbol = 'BTCUSDT') {
      id += 1
      const ts = START + afterMs
      const data = { s: symbol, b: bids.map(asText), a: asks.map(asText), u: id, seq: id }
      const frame = JSON.stringify({ topic: `orderbook.50.${symbol}`, type: 'snapshot', ts, data, cts: ts })
      outputs.advance(ts)
      pipeline.frame(1, ts * 1_000, Buffer.from(frame))
    },
    pass: (afterMs: number) => outputs.advance(START + afterMs),
  }
}

function asText([price, quantity]: Level): [string, string] {
  return [String(price), String(quantity)]
}

const DEEP: readonly Level[] = [[100, 50]]

describe('a run on order books', () => {
  it('tells what a strategy throws as its fault, with the step and its parameters, and from its start on', () => {
    const { book, pass } = written(() => {
      throw new TypeError('it is broken')
    })
    book(500, DEEP, [[101, 50]])
    expect(() => pass(STEP_MS)).toThrow(
      expect.objectContaining({
        code: 'BACKTEST_STRATEGY_THREW',
        message: 'told failed on the step that ends at 2026-11-21T10:00:01.000Z: it is broken',
      }),
    )
    const broken = defineBookStrategy({
      name: 'broken',
      description: 'Does not start',
      parameters: {},
      needs: () => ({ stepMs: STEP_MS, maxBookAgeMs: 5_000 }),
      create: () => {
        throw new TypeError('it is broken')
      },
    })
    expect(() => new BookRun(() => [], { strategy: broken, config: DEFAULT_CONFIG, largeTrades: {} })).toThrow(
      expect.objectContaining({ code: 'BACKTEST_STRATEGY_THREW', message: 'broken failed to start: it is broken' }),
    )
  })

  it('fills at the book that stands when the order arrives, level by level, with the fee of a taker', () => {
    const { run, book, pass } = written((view, sink) => {
      const [market] = view.markets
      if (market?.position.quantity === 0 && !market.hasWorkingOrders)
        sink.signal({ market, signal: 'long', quantity: 3, strength: 1, confidence: 1, reason: 'told' })
    })
    book(500, [[99, 50]], [[100, 5]])
    book(
      1_050,
      [[99, 50]],
      [
        [101, 1],
        [103, 9],
      ],
    )
    pass(1_500)
    expect(run.journal.decisions).toMatchObject([{ timestamp: START + 1_000, order: 1, block: null }])
    const price = (101 + 2 * 103) / 3
    const [fill] = run.journal.fills
    expect(fill).toMatchObject({ timestamp: START + 1_100, side: 'buy', quantity: 3, liquidity: 'taker' })
    expect(fill?.price).toBeCloseTo(price, 12)
    expect(fill?.fee).toBeCloseTo(3 * price * 0.001, 12)
    expect(fill?.slippage).toBeCloseTo(3 * (price - 100), 12)
  })

  it('takes what the known book has, tells what is missing, and does not find it there a second time', () => {
    const { run, book, pass } = written((view, sink) => {
      const [market] = view.markets
      if (market !== undefined && !market.hasWorkingOrders)
        sink.signal({ market, signal: 'long', quantity: 10, strength: 1, confidence: 1, reason: 'told' })
    })
    book(500, DEEP, [[101, 4]])
    pass(2_500)
    expect(run.journal.fills.map(({ quantity }) => quantity)).toEqual([4])
    expect(run.journal.summary()).toMatchObject([{ reason: 'no-depth', count: 2 }])
    book(2_600, DEEP, [[101, 5]])
    pass(3_500)
    expect(run.journal.fills.map(({ quantity }) => quantity)).toEqual([4, 5])
  })

  it('sends legs of a group together or not at all, and fills neither where one book cannot be read on arrival', () => {
    const bothLegs = (latencyMs: number) => {
      const { run, book, pass } = written(
        (view, sink) => {
          const [btc, eth] = view.markets
          if (btc === undefined || eth === undefined) sink.silent('one leg alone')
          else
            for (const market of [btc, eth])
              sink.signal({ market, signal: 'long', quantity: 1, strength: 1, confidence: 1, reason: 'told', group: 'both' })
        },
        { latencyMs },
      )
      book(500, DEEP, [[101, 4]])
      book(4_600, [[9, 5]], [[10, 5]], 'ETHUSDT')
      pass(5_700)
      return run
    }
    const filled = bothLegs(400)
    expect(filled.journal.fills.map(({ asset, timestamp }) => [asset, timestamp - START])).toEqual([
      ['bybit:BTCUSDT', 5_400],
      ['bybit:ETHUSDT', 5_400],
    ])
    expect(filled.decisions.silences).toMatchObject([{ reason: 'one leg alone', asset: null, steps: 4 }])
    // By then the first book is older than five seconds.
    const refused = bothLegs(600)
    expect(refused.journal.decisions.map(({ order }) => order)).toEqual([1, 1])
    expect(refused.journal.fills).toEqual([])
    expect(refused.journal.summary()).toMatchObject([{ reason: 'no-book', count: 2 }])
  })

  it('shows no book that is too old, says that it is stale, and prices no order from it', () => {
    const seen: (string | undefined)[] = []
    const { run, book, pass } = written(
      (view, sink) => {
        const [market] = view.markets
        if (market === undefined) return
        seen.push(market.book === undefined ? market.unreadable : 'readable')
        if (view.time === START + 5_000)
          sink.signal({ market, signal: 'long', quantity: 1, strength: 1, confidence: 1, reason: 'told' })
      },
      { latencyMs: 900 },
    )
    book(500, DEEP, [[101, 4]])
    pass(7_000)
    expect(seen).toEqual(['readable', 'readable', 'readable', 'readable', 'readable', 'stale', 'stale'])
    expect(run.journal.fills).toEqual([])
    expect(run.journal.summary()).toMatchObject([{ reason: 'no-book', count: 1, timestamp: START + 5_900 }])
  })

  it('opens no more than its money pays for, and all legs of a group by the same share', () => {
    const { run, book, pass } = written(
      (view, sink) => {
        for (const market of view.markets)
          sink.signal({ market, signal: 'short', quantity: 10, strength: 1, confidence: 1, reason: 'told', group: 'both' })
      },
      { cash: 1_000, latencyMs: 0 },
    )
    book(400, DEEP, [[101, 40]])
    book(500, DEEP, [[101, 40]], 'ETHUSDT')
    pass(1_500)
    const [btc, eth] = run.journal.fills
    expect(btc?.quantity).toBeCloseTo(1_000 / (2 * 100 * 1.001), 9)
    expect(eth?.quantity).toBe(btc?.quantity)
  })

  it('steps through a silence in the order of time, however late it is told of it', () => {
    const steps = (passes: readonly number[]) => {
      const times: number[] = []
      const { book, pass } = written((view) => times.push(view.time))
      book(500, DEEP, [[101, 4]])
      for (const each of passes) pass(each)
      book(9_500, DEEP, [[101, 4]])
      pass(10_500)
      return times
    }
    const often = steps(Array.from({ length: 90 }, (_, i) => 600 + 100 * i))
    expect(often).toHaveLength(10)
    expect(steps([])).toEqual(often)
  })

  it('closes everything and opens nothing more once equity has fallen by the limit', () => {
    const { run, book, pass } = written(
      (view, sink) => {
        const [market] = view.markets
        if (market?.position.quantity === 0)
          sink.signal({ market, signal: 'long', quantity: 10, strength: 1, confidence: 1, reason: 'told' })
      },
      { cash: 2_000, risk: { maxDrawdown: 0.1 } },
    )
    book(500, [[99, 50]], DEEP)
    book(1_500, [[60, 50]], [[61, 50]])
    pass(5_000)
    expect(run.journal.trades).toMatchObject([{ exitReason: 'drawdown-limit', quantity: 10, exitPrice: 60 }])
    expect(run.journal.decisions.at(-1)).toMatchObject({ block: 'drawdown-limit' })
  })
})
