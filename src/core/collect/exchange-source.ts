import { UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { Candle } from '../market/event.js'
import type { CandleRow } from '../storage/rows.js'
import { autoInterval } from './choose-interval.js'
import { type ExchangeWorld, exchangePages, exchangeRows, ofSymbol } from './exchange-pages.js'
import { findTargets } from './find-targets.js'
import { lengthOf } from './grid.js'
import { wholeBars } from './period.js'
import type { CandleSource, Target } from './source.js'

/** The last bars of some exchanges change for a while: late trades, corrections. */
const REVISED_BARS = 5
/** Some pages of every exchange. */
const BARS_PER_PIECE = 5_000
/** About a page. */
const BARS_PER_JOIN = 300
/** The last trades of a bar may reach it this late. */
const SETTLE_MS = 2_000

/** True candles of an exchange's main contracts. Throws `UsageError` where it gives none. */
export function exchangeSource(world: ExchangeWorld, exchange: Exchange): CandleSource {
  const { candles } = exchange.rest
  if (candles === undefined) {
    throw new UsageError('USAGE_NO_CANDLES', `${exchange.id} gives no candles here`, {
      suggestions: ['Take another --source, such as binance or bybit'],
    })
  }
  return {
    id: exchange.id,
    isSimulated: world.isSandbox,
    revisedBars: REVISED_BARS,
    barsPerPiece: BARS_PER_PIECE,
    barsPerJoin: BARS_PER_JOIN,
    find: (wish) => findTargets(world, exchange, wish),
    now: () => serverNow(world, exchange),
    plan(asked, period, now) {
      const interval = asked === 'auto' ? autoInterval(period.to - period.from) : asked
      return { interval, range: wholeBars(period, lengthOf(interval)), overBy: now - SETTLE_MS, warnings: [] }
    },
    async *pages(target, interval, { from, to }) {
      const query = { symbol: target.symbol, interval, from, to }
      for await (const rows of exchangePages(world, exchange, candles, query)) {
        yield ofSymbol(exchange, target.symbol, rows).map((row) => candleRow(row, exchange.id, target))
      }
    },
  }
}

async function serverNow(world: ExchangeWorld, exchange: Exchange): Promise<number> {
  const [now] = await exchangeRows(world, exchange, exchange.rest.serverTime, {})
  return now ?? world.clock.now()
}

/** Prices and volumes of one coin, also where the contract counts a thousand of them. */
function candleRow(candle: Candle, source: string, { coin, multiplier }: Target): CandleRow {
  const { timestamp, interval, open, high, low, close, volume } = candle
  const price = (value: number) => (multiplier === 1 ? value : undusted(value / multiplier))
  return {
    source,
    cryptocurrency: coin,
    interval,
    timestamp,
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: multiplier === 1 ? volume : undusted(volume * multiplier),
    quality: '',
  }
}

/** Without the dust of binary fractions: 0.0071234 / 1000 = 0.0000071234. */
function undusted(value: number): number {
  return Number(value.toPrecision(15))
}
