/** USD-M futures' side of the wire: what is listed, which socket carries which stream. Frames and REST have their own files. */

import { INTERVALS } from '../binance-shared/intervals.js'
import { message, opened, powerOfTen } from '../binance-shared/sandbox.js'
import type { SandboxAsset, SandboxExchange, SandboxListing, SandboxTopic } from '../sandbox-contract.js'
import { routeOf } from './routes.js'
import { frame } from './sandbox-frames.js'
import { rest } from './sandbox-rest.js'
import { names, symbols } from './symbols.js'

/** Money is quoted in, not listed. */
const MONEY = ['USD', 'USDT', 'BUSD']

/** Sockets of the old address without a route open and acknowledge, and carry nothing. */
const UNROUTED = 'unrouted'

export const sandbox: SandboxExchange = { id: 'binance', list, socket, topic, opened, message, frame, rest }

function list({ base, price }: SandboxAsset): SandboxListing | undefined {
  if (MONEY.includes(base)) return undefined
  const listed = names.listedAs(base)
  const { multiplier } = names.split(listed)
  const magnitude = Math.floor(Math.log10(price * multiplier) + 1e-9)
  return {
    symbol: symbols.main(base),
    multiplier,
    // As on the exchange: 0.1 for BTC, 0.01 for ETH and SOL, 0.0001 for XRP.
    tickSize: powerOfTen(magnitude < 3 ? magnitude - 4 : Math.min(-1, magnitude - 5)),
    // 0.001 for BTC and ETH, 0.01 for SOL, 1 for XRP and less.
    lotSize: powerOfTen(Math.min(0, Math.max(-3, -magnitude))),
  }
}

function socket(path: string): string | undefined {
  const match = /^(?:\/(public|market))?\/(?:ws|stream)(?:\/|$)/.exec(path)
  return match === null ? undefined : (match[1] ?? UNROUTED)
}

/** Milliseconds between two frames of a stream without a speed in its name. */
const SPEEDS: Readonly<Record<string, number>> = { depth: 250, markPrice: 3000 }

function topic(name: string, route: string): SandboxTopic | undefined {
  const at = name.indexOf('@')
  if (routeOf(name) !== route || at < 1) return undefined
  const head = name.slice(0, at)
  const symbol = head.toUpperCase()
  if (head !== symbol.toLowerCase()) return undefined
  const [stream = '', speed] = name.slice(at + 1).split('@')
  const [, kind = '', argument = ''] = /^(depth|kline_|[A-Za-z]+)(.*)$/.exec(stream) ?? []
  const everyMs = speed === undefined ? (SPEEDS[kind] ?? 0) : Number.parseInt(speed, 10) * (speed.endsWith('ms') ? 1 : 1000)
  switch (kind) {
    case 'depth':
      return depthTopic(symbol, argument, everyMs)
    case 'kline_':
      return Object.hasOwn(INTERVALS, argument) ? { kind: 'candle', symbol, interval: argument, everyMs: 250 } : undefined
    case 'bookTicker':
      return { kind: 'quote', symbol, everyMs: 0 }
    case 'trade':
      return { kind: 'trade', symbol, everyMs: 0 }
    case 'aggTrade':
      return { kind: 'trade', symbol, everyMs: 100 }
    case 'markPrice':
      return { kind: 'mark', symbol, everyMs }
    case 'ticker':
    case 'miniTicker':
      return { kind: 'ticker', symbol, everyMs: 2000 }
    case 'forceOrder':
      return { kind: 'liquidation', symbol, everyMs: 1000 }
    default:
      return undefined
  }
}

function depthTopic(symbol: string, levels: string, everyMs: number): SandboxTopic {
  if (levels === '') return { kind: 'book', symbol, depth: 0, everyMs, hasSnapshot: false }
  return { kind: 'book', symbol, depth: Number(levels), everyMs, hasSnapshot: true, isWhole: true }
}
