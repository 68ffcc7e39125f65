/** Bybit's side of the wire, as far as the simulated market needs it: names, the public linear stream and, in its file, REST. */
import { BugError } from '../../errors.js'
import type {
  SandboxAsset,
  SandboxData,
  SandboxExchange,
  SandboxLevel,
  SandboxListing,
  SandboxReply,
  SandboxSession,
  SandboxTopic,
} from '../sandbox-contract.js'
import { intervalNamed } from './intervals.js'
import { rest } from './sandbox-rest.js'
import { decimalsOf, shortText, sideText, tickerRow, tradeId, updateId } from './sandbox-text.js'
import { splitCoin, symbols } from './symbols.js'
import { BOOK_DEPTHS, readTopic, SOCKET } from './topics.js'

const PUSH_MS: Readonly<Record<string, number>> = { '1': 10, '50': 20, '200': 100, '1000': 200 }
/** Money is quoted in, not listed. */
const MONEY = ['USD', 'USDT', 'USDC']
/** A lot is worth USD 15 to 150: 0.001 BTC, 0.01 ETH, 1 SOL. */
const LOT_USD = 150

export const sandbox: SandboxExchange = { id: 'bybit', list, socket, topic, message, frame, rest }

function list({ base, price }: SandboxAsset): SandboxListing | undefined {
  if (MONEY.includes(base)) return undefined
  const symbol = symbols.main(base)
  const { multiplier } = splitCoin(symbol.slice(0, -'USDT'.length))
  const unitPrice = price * multiplier
  const significant = unitPrice >= 1000 ? 5 : 4
  return {
    symbol,
    multiplier,
    tickSize: power(Math.log10(unitPrice) - significant + 1e-9),
    lotSize: power(Math.log10(LOT_USD / unitPrice)),
  }
}

/** A step that is a power of ten, parsed from text so that it is the float64 nearest to it. */
function power(exponent: number): number {
  return Number(`1e${Math.floor(exponent)}`)
}

function socket(path: string): string | undefined {
  return path === '/v5/public/linear' ? SOCKET : undefined
}

function topic(name: string): SandboxTopic | undefined {
  const wire = readTopic(name)
  if (wire === undefined || symbols.parse(wire.symbol) === undefined) return undefined
  const { symbol } = wire
  switch (wire.kind) {
    case 'book': {
      const depth = BOOK_DEPTHS.find((each) => Number(each) === wire.depth)
      if (depth === undefined) return undefined
      // One level is pushed whole each time.
      return { kind: 'book', symbol, depth: wire.depth, everyMs: PUSH_MS[depth] ?? 0, hasSnapshot: true, isWhole: depth === '1' }
    }
    case 'trades':
      // Each as it happens, on the exchange.
      return { kind: 'trade', symbol, everyMs: 10 }
    case 'ticker':
      return { kind: 'ticker', symbol, everyMs: 100 }
    case 'liquidations':
      return { kind: 'liquidation', symbol, everyMs: 500 }
    case 'candles':
      return { kind: 'candle', symbol, interval: wire.interval, everyMs: 1000 }
    case 'ignored':
      return undefined
  }
}

interface Message {
  readonly req_id?: unknown
  readonly op?: unknown
  readonly args?: unknown
}

/** One bad or running topic refuses the whole message, and the refusal names the first such topic only. */
function message(text: string, session: SandboxSession): SandboxReply {
  const { req_id, op, args } = readMessage(text)
  const echo = { conn_id: `sandbox-${session.connection}`, req_id: typeof req_id === 'string' ? req_id : '', op }
  const refuse = (ret_msg: string): SandboxReply => ({ frames: [JSON.stringify({ success: false, ret_msg, ...echo })] })
  if (op === 'ping') return { frames: [JSON.stringify({ success: true, ret_msg: 'pong', ...echo })] }
  if (typeof op !== 'string')
    return { frames: [JSON.stringify({ success: false, ret_msg: 'Failed to decode incoming data', ...echo, op: '' })] }
  if ((op !== 'subscribe' && op !== 'unsubscribe') || !isTexts(args) || args.length === 0) return refuse('Params Error')
  const unknown = args.find((name) => topic(name) === undefined)
  if (unknown !== undefined) return refuse(`error:handler not found,topic:${unknown}`)
  const accepted = [JSON.stringify({ success: true, ret_msg: '', ...echo })]
  if (op === 'unsubscribe') return { frames: accepted, unsubscribe: args }
  const running = args.find((name, i) => session.topics.has(name) || args.indexOf(name) < i)
  return running === undefined ? { frames: accepted, subscribe: args } : refuse(`error:already subscribed,topic:${running}`)
}

function readMessage(text: string): Message {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

/** Key order as recorded: it differs from topic to topic. */
function frame(name: string, data: SandboxData, _: SandboxSession, listing: SandboxListing): string {
  const { price, quantity } = decimalsOf(listing)
  const levels = (side: readonly SandboxLevel[]) => side.map(([p, q]) => [p.toFixed(price), q === 0 ? '0' : q.toFixed(quantity)])
  const { symbol: s, timestamp: ts } = data
  switch (data.kind) {
    case 'book': {
      const body = { s, b: levels(data.bids), a: levels(data.asks), u: updateId(data.count), seq: data.lastId }
      const type = data.isSnapshot ? 'snapshot' : 'delta'
      const head = name.startsWith('orderbook.1.') ? { topic: name, ts, type } : { topic: name, type, ts }
      return JSON.stringify({ ...head, data: body, cts: ts })
    }
    case 'ticker': {
      const row = tickerRow(listing, data.ticker, data.isSnapshot ? undefined : data.changed)
      return JSON.stringify({ topic: name, type: data.isSnapshot ? 'snapshot' : 'delta', data: row, cs: ts, ts })
    }
    case 'trade': {
      const rows = data.trades.map((trade) => ({
        T: trade.timestamp,
        s,
        S: sideText(trade.side),
        v: trade.quantity.toFixed(quantity),
        p: trade.price.toFixed(price),
        L: trade.side === 'buy' ? 'PlusTick' : 'MinusTick',
        i: tradeId(trade),
        BT: false,
        RPI: false,
        seq: trade.engineId,
      }))
      return JSON.stringify({ topic: name, type: 'snapshot', ts, data: rows })
    }
    case 'liquidation': {
      const rows = data.liquidations.map((liquidation) => ({
        T: liquidation.timestamp,
        s,
        S: liquidation.liquidated === 'long' ? 'Buy' : 'Sell',
        v: liquidation.quantity.toFixed(quantity),
        p: liquidation.bankruptcyPrice.toFixed(price),
      }))
      return JSON.stringify({ topic: name, type: 'snapshot', ts, data: rows })
    }
    case 'candle':
      return candleFrame(name, data, listing)
    case 'quote':
    case 'mark':
      throw new BugError(`bybit has no topic of this kind: ${data.kind}`)
  }
}

function candleFrame(name: string, data: SandboxData & { kind: 'candle' }, listing: SandboxListing): string {
  const { price, quantity } = decimalsOf(listing)
  const { wire, ms } = intervalNamed(data.interval)
  const { candle, timestamp } = data
  const row = {
    start: candle.openTime,
    end: candle.openTime + ms - 1,
    interval: wire,
    open: shortText(candle.open, price),
    close: shortText(candle.close, price),
    high: shortText(candle.high, price),
    low: shortText(candle.low, price),
    volume: shortText(candle.volume, quantity),
    turnover: shortText(candle.quoteVolume, 4),
    confirm: candle.openTime + ms <= timestamp,
    timestamp,
  }
  return JSON.stringify({ topic: name, data: [row], ts: timestamp, type: 'snapshot' })
}
