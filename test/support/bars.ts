/** Made-up bars and strategies for tests of the backtest. */
import fc from 'fast-check'
import type { CandleColumns } from '../../src/core/backtest/data.js'
import {
  defineStrategy,
  type OrderIntent,
  type Signal,
  type Sink,
  type Strategy,
  type View,
} from '../../src/core/strategies/contract.js'

export const HOUR_MS = 3_600_000

type Quad = readonly [open: number, high: number, low: number, close: number, volume?: number]

/** Bars of an hour from the epoch on. */
export function bars(...rows: readonly Quad[]): CandleColumns {
  return {
    timestamp: Float64Array.from(rows, (_, i) => i * HOUR_MS),
    open: Float64Array.from(rows, ([open]) => open),
    high: Float64Array.from(rows, ([, high]) => high),
    low: Float64Array.from(rows, ([, , low]) => low),
    close: Float64Array.from(rows, ([, , , close]) => close),
    volume: Float64Array.from(rows, ([, , , , volume = 1000]) => volume),
  }
}

const step = fc.record({
  gap: fc.double({ min: -0.05, max: 0.05, noNaN: true }),
  move: fc.double({ min: -0.1, max: 0.1, noNaN: true }),
  up: fc.double({ min: 0, max: 0.05, noNaN: true }),
  down: fc.double({ min: 0, max: 0.05, noNaN: true }),
  volume: fc.double({ min: 1, max: 100, noNaN: true }),
})

/** A price that walks, with gaps. */
export const walk: fc.Arbitrary<CandleColumns> = fc.array(step, { minLength: 5, maxLength: 60 }).map((steps) => {
  let price = 100
  return bars(
    ...steps.map(({ gap, move, up, down, volume }): Quad => {
      const open = price * (1 + gap)
      const close = open * (1 + move)
      price = close
      return [open, Math.max(open, close) * (1 + up), Math.min(open, close) * (1 - down), close, volume]
    }),
  )
})

/** What a strategy might do on a bar, prices as shares of the close. */
export interface Whim {
  readonly signal?: Signal['signal']
  readonly order?: Pick<OrderIntent, 'side' | 'type' | 'timeInForce'> & { readonly quantity: number; readonly distance: number }
  readonly stop: number | undefined
  readonly target: number | undefined
  readonly trail: number | undefined
}

const share = fc.double({ min: 0.01, max: 0.1, noNaN: true })

const whim: fc.Arbitrary<Whim> = fc.record(
  {
    signal: fc.constantFrom('long', 'short', 'flat'),
    order: fc.record({
      side: fc.constantFrom('buy', 'sell'),
      type: fc.constantFrom('market', 'limit', 'stop', 'stop-limit', 'stop-loss', 'take-profit', 'trailing-stop'),
      timeInForce: fc.constantFrom('gtc', 'ioc', 'fok', 'day'),
      quantity: fc.double({ min: 0.1, max: 5, noNaN: true }),
      distance: share,
    }),
    stop: fc.option(share, { nil: undefined }),
    target: fc.option(share, { nil: undefined }),
    trail: fc.option(share, { nil: undefined }),
  },
  { requiredKeys: ['stop', 'target', 'trail'] },
)

export const whims: fc.Arbitrary<readonly (Whim | undefined)[]> = fc.array(fc.option(whim, { nil: undefined, freq: 2 }), {
  minLength: 5,
  maxLength: 60,
})

/** Follows a list of whims, one a bar. */
export function whimsical(list: readonly (Whim | undefined)[]): Strategy {
  return each('whimsical', (view, sink) => {
    const now = list[view.bars.length - 1]
    if (now === undefined) return
    const close = view.bars.close(0)
    if (now.signal !== undefined) {
      const side = now.signal === 'long' ? 1 : -1
      sink.signal({ signal: now.signal, strength: 1, confidence: 1, reason: 'whim', ...exits(now, close, side) })
    }
    if (now.order !== undefined) sink.order(orderOf(now, now.order, close))
  })
}

function orderOf(
  now: Whim,
  { side, type, timeInForce = 'gtc', quantity, distance }: NonNullable<Whim['order']>,
  close: number,
): OrderIntent {
  const direction = side === 'buy' ? 1 : -1
  return {
    side,
    type,
    timeInForce,
    quantity,
    limit: close * (1 - direction * distance),
    stop: close * (1 + direction * distance),
    trail: distance,
    reason: 'whim',
    ...exits(now, close, direction),
  }
}

function exits({ stop, target, trail }: Whim, close: number, direction: number) {
  return {
    ...(stop !== undefined && { stopLoss: close * (1 - direction * stop) }),
    ...(target !== undefined && { takeProfit: close * (1 + direction * target) }),
    ...(trail !== undefined && { trailingStop: trail }),
  }
}

/** A strategy of one function. */
export function each(name: string, onBar: (view: View, sink: Sink) => void): Strategy {
  return defineStrategy({ name, description: 'A test', parameters: {}, warmup: () => 0, create: () => ({ onBar }) })
}

/** Gives the orders listed for a bar, by its row. */
export function ordering(orders: Readonly<Record<number, readonly OrderIntent[]>>): Strategy {
  return each('ordering', (view, sink) => {
    for (const order of orders[view.bars.length - 1] ?? []) sink.order(order)
  })
}
