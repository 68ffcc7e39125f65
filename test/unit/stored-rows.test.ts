import { expect, it } from 'vitest'
import { loadExchange } from '../../src/core/exchanges/registry.js'
import { storedQuery } from '../../src/core/live/stored-rows.js'
import type { StreamTable } from '../../src/core/storage/rows.js'

const known = new Map(
  (await Promise.all(['binance', 'bybit'].map((id) => loadExchange(id)))).map((exchange) => [exchange.id, exchange]),
)
const of = (exchange: string, symbol: string) => ({ exchange, symbol, newest: 1 })
const streamed = [of('binance', 'BTCUSDT'), of('binance', 'ETHUSDT'), of('bybit', 'BTCUSDT')]
const reader = { instruments: (table: StreamTable) => (table === 'coverage' ? streamed : [of('binance', 'BTCUSDT')]) }

function query(names: readonly string[], exchanges?: readonly string[]) {
  return storedQuery(reader, 'large_trades', known, { names, exchanges, since: 0, until: 1 })
}

it('refuses a name that nothing is stored of, also beside one that is', () => {
  expect(() => query(['BTC', 'NOPE'])).toThrow(
    expect.objectContaining({ code: 'USAGE_UNKNOWN_SYMBOL', message: 'Nothing is stored of NOPE', exitCode: 2 }),
  )
  expect(() => query(['BTCUSD'])).toThrow(expect.objectContaining({ suggestions: ['Did you mean BTCUSDT?'] }))
})

it('says of an instrument that was watched, and of which this table has nothing, that it has nothing', () => {
  const { query: found, warnings } = query(['btc', 'ETH'])
  expect(found).toMatchObject({ symbols: ['BTCUSDT'], exchanges: ['binance'] })
  expect(warnings).toStrictEqual(['Nothing of this kind is stored of ETH'])
})

it('finds everything when nothing is named, and tells nothing twice where nothing is found', () => {
  expect(query([])).toMatchObject({ query: { symbols: ['BTCUSDT'] }, warnings: [] })
  expect(query(['ETH'])).toMatchObject({ query: { symbols: [] }, warnings: [] })
  expect(query(['BTC'], ['bybit'])).toMatchObject({ query: { symbols: [] }, warnings: [] })
})
