import { expect, it } from 'vitest'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { WantedEvents } from '../../src/core/live/wanted-events.js'

const binance = await loadExchange('binance')
const known = new Map([[binance.id, binance]])
const of = (symbol: string, pair: string, exchange = 'binance') => ({ exchange, symbol, pair })
const BTC = of('BTCUSDT', 'BTC/USDT:USDT')
const wanted = (symbols: readonly string[], exchanges?: readonly string[]) => new WantedEvents({ symbols, exchanges, known })

it('takes a base asset for the main contract of the exchange alone, as everywhere', () => {
  const events = wanted(['btc'])
  expect(events.has(BTC)).toBe(true)
  expect(events.has(of('BTCUSDC', 'BTC/USDC:USDC'))).toBe(false)
  expect(events.has(of('ETHUSDT', 'ETH/USDT:USDT'))).toBe(false)
})

it('keeps what concerns a whole connection, and nothing of exchanges that were not asked for', () => {
  const events = wanted(['ETH'], ['binance'])
  expect(events.has(of('', ''))).toBe(true)
  expect(events.has(of('', '', ''))).toBe(true)
  expect(events.has(of('ETHUSDT', 'ETH/USDT:USDT', 'bybit'))).toBe(false)
})

it('knows the names of which nothing comes, once something comes of others', () => {
  const events = wanted(['BTC', 'NOPE'])
  expect(events.unheard).toEqual([])
  events.has(BTC)
  expect(events.unheard).toEqual(['NOPE'])
  expect(events.symbols).toEqual(['BTCUSDT'])
})
