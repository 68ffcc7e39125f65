/** The public client ccxt, written for the real exchanges, with nothing changed but the addresses it talks to. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'

export type CcxtLevels = readonly (readonly [price: number, amount: number, ...rest: unknown[]])[]

export interface CcxtBook {
  readonly bids: CcxtLevels
  readonly asks: CcxtLevels
  readonly nonce: number | undefined
}

export interface CcxtTrade {
  readonly timestamp: number
  readonly price: number
  readonly amount: number
  readonly side: 'buy' | 'sell'
}

export interface CcxtExchange {
  readonly urls: { api: Urls }
  enableLastJsonResponse: boolean
  readonly last_json_response: unknown
  handleMessage(client: unknown, message: unknown): unknown
  fetchOrderBook(symbol: string, limit: number): Promise<CcxtBook>
  watchOrderBook(symbol: string): Promise<CcxtBook>
  fetchFundingRate(
    symbol: string,
  ): Promise<{ readonly fundingRate: number; readonly fundingTimestamp: number; readonly markPrice: number }>
  fetchOHLCV(symbol: string, interval: string, since: undefined, limit: number): Promise<readonly (readonly number[])[]>
  watchTrades(symbol: string): Promise<readonly CcxtTrade[]>
  loadHttpProxyAgent(): Promise<unknown>
  close(): Promise<void>
}

type Urls = string | { readonly [name: string]: Urls }
type Options = Readonly<Record<string, unknown>>

const MODULE = path.resolve(import.meta.dirname, '../../bench/node_modules/ccxt/js/ccxt.js')

/** ccxt's exchange `name`, talking to `root` (`127.0.0.1:1234/binance`). */
export async function ccxtAt(name: string, root: string, options: Options = {}): Promise<CcxtExchange> {
  const { default: ccxt } = (await import(pathToFileURL(MODULE).href)) as {
    readonly default: { readonly pro: Readonly<Record<string, new (settings: Options) => CcxtExchange>> }
  }
  const Constructor = ccxt.pro[name]
  if (Constructor === undefined) throw new Error(`ccxt has no ${name}`)
  const exchange = new Constructor({ options })
  exchange.urls.api = moved(exchange.urls.api, root)
  exchange.enableLastJsonResponse = true
  // Without it ccxt 4.5 opens plain ws:// with an agent for TLS.
  await exchange.loadHttpProxyAgent()
  return exchange
}

function moved(urls: Urls, root: string): Urls {
  if (typeof urls !== 'string') return Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, moved(url, root)]))
  const { protocol, pathname } = new URL(urls.replace('{hostname}', 'localhost'))
  return `${protocol.startsWith('ws') ? 'ws' : 'http'}://${root}${pathname === '/' ? '' : pathname}`
}
