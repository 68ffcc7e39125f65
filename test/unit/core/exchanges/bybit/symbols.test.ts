import { describe, expect, it } from 'vitest'
import { symbols } from '../../../../../src/core/exchanges/bybit/symbols.js'

describe('the name of a bybit contract', () => {
  it.each([
    ['BTCUSDT', 'BTC/USDT:USDT', 'BTC', 1, 'perpetual'],
    ['BTCPERP', 'BTC/USDC:USDC', 'BTC', 1, 'perpetual'],
    ['PERPUSDT', 'PERP/USDT:USDT', 'PERP', 1, 'perpetual'],
    ['USDCUSDT', 'USDC/USDT:USDT', 'USDC', 1, 'perpetual'],
    ['SHIB1000USDT', '1000SHIB/USDT:USDT', 'SHIB', 1000, 'perpetual'],
    ['SHIB1000PERP', '1000SHIB/USDC:USDC', 'SHIB', 1000, 'perpetual'],
    ['1000PEPEUSDT', '1000PEPE/USDT:USDT', 'PEPE', 1000, 'perpetual'],
    ['10000SATSUSDT', '10000SATS/USDT:USDT', 'SATS', 10_000, 'perpetual'],
    ['1000000MOGUSDT', '1000000MOG/USDT:USDT', 'MOG', 1_000_000, 'perpetual'],
    ['1000XUSDT', '1000X/USDT:USDT', 'X', 1000, 'perpetual'],
    ['1INCHUSDT', '1INCH/USDT:USDT', '1INCH', 1, 'perpetual'],
    ['4USDT', '4/USDT:USDT', '4', 1, 'perpetual'],
    ['0GUSDT', '0G/USDT:USDT', '0G', 1, 'perpetual'],
    ['2ZUSDT', '2Z/USDT:USDT', '2Z', 1, 'perpetual'],
    ['币安人生USDT', '币安人生/USDT:USDT', '币安人生', 1, 'perpetual'],
    ['BTCUSDT-26DEC25', 'BTC/USDT:USDT-251226', 'BTC', 1, 'future'],
    ['BTC-26DEC25', 'BTC/USDC:USDC-251226', 'BTC', 1, 'future'],
  ])('%s is %s', (symbol, pair, base, multiplier, kind) => {
    expect(symbols.parse(symbol)).toMatchObject({ exchange: 'bybit', symbol, pair, base, multiplier, kind })
  })

  it('gives a dated contract its delivery at 08:00 UTC', () => {
    expect(symbols.parse('BTCUSDT-14AUG26')?.expiry).toBe(1_786_694_400_000)
  })

  it.each([
    '',
    'BTC',
    'USDT',
    'PERP',
    'BTCUSD',
    'BTCUSDU23',
    'btcusdt',
    'BTC-USDT',
    'BTC/USDT',
    'BTC-31FEB25',
    'BTC-26XXX25',
    'BTCUSDT ',
  ])('%j is none', (symbol) => {
    expect(symbols.parse(symbol)).toBeUndefined()
  })
})

describe('the main contract of an asset', () => {
  it.each([
    ['BTC', 'BTCUSDT'],
    ['eth', 'ETHUSDT'],
    ['SHIB', 'SHIB1000USDT'],
    ['1000SHIB', 'SHIB1000USDT'],
    ['PEPE', '1000PEPEUSDT'],
    ['SATS', '10000SATSUSDT'],
    ['1INCH', '1INCHUSDT'],
  ])('%s is %s', (base, symbol) => {
    expect(symbols.main(base)).toBe(symbol)
  })
})
