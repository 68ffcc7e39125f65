/** The names of topics: what they carry, and the frames that are known but of no interest. */
import { UsageError } from '../../errors.js'
import type { Subscription } from '../contract.js'
import { INTERVALS, intervalNamed, intervalOnWire } from './intervals.js'

export const BOOK_DEPTHS = ['50', '1', '200', '1000'] as const
export const CANDLE_OPTIONS: readonly string[] = INTERVALS.map((interval) => interval.name)

/** The one class of socket. */
export const SOCKET = 'linear'

export type Topic =
  | { readonly kind: 'book'; readonly symbol: string; readonly depth: number }
  | { readonly kind: 'trades' | 'ticker' | 'liquidations' | 'ignored'; readonly symbol: string }
  | { readonly kind: 'candles'; readonly symbol: string; readonly interval: string }

/** `liquidation.` told one a second at most; it gave way to `allLiquidation.` in 2025. */
const IGNORED = ['liquidation', 'orderbook.rpi', 'orderbook.full', 'priceLimit', 'insurance', 'adlAlert']
const PLAIN: Readonly<Record<string, 'trades' | 'ticker' | 'liquidations'>> = {
  publicTrade: 'trades',
  tickers: 'ticker',
  allLiquidation: 'liquidations',
}

/** What a topic's name says; `undefined` when it is none that we know. */
export function readTopic(name: string): Topic | undefined {
  const last = name.lastIndexOf('.')
  const symbol = name.slice(last + 1)
  const head = name.slice(0, Math.max(0, last))
  if (symbol === '') return undefined
  const kind = Object.hasOwn(PLAIN, head) ? PLAIN[head] : undefined
  if (kind !== undefined) return { kind, symbol }
  if (IGNORED.includes(head)) return { kind: 'ignored', symbol }
  const [channel, option = '', ...rest] = head.split('.')
  if (rest.length > 0) return undefined
  if (channel === 'orderbook' && /^[1-9]\d{0,3}$/.test(option)) return { kind: 'book', symbol, depth: Number(option) }
  const interval = channel === 'kline' ? intervalOnWire(option) : undefined
  return interval === undefined ? undefined : { kind: 'candles', symbol, interval: interval.name }
}

/** The topic of a subscription; throws `UsageError` for an option that Bybit does not have. */
export function topicOf({ channel, symbol, option }: Subscription): string {
  switch (channel) {
    case 'book':
      return `orderbook.${bookDepth(option ?? BOOK_DEPTHS[0])}.${symbol}`
    case 'candles':
      return `kline.${intervalNamed(option ?? '1m').wire}.${symbol}`
    case 'trades':
      return `publicTrade.${symbol}`
    case 'liquidations':
      return `allLiquidation.${symbol}`
    // One topic tells all three.
    case 'ticker':
    case 'funding':
    case 'open-interest':
      return `tickers.${symbol}`
  }
}

function bookDepth(option: string): string {
  if (BOOK_DEPTHS.some((depth) => depth === option)) return option
  throw new UsageError('USAGE_UNKNOWN_OPTION', `bybit streams no book of ${option} levels`, {
    suggestions: [`Take one of ${BOOK_DEPTHS.join(', ')}`],
  })
}
