import { describe, expect, it } from 'vitest'
import { symbols as futures } from '../../../../../src/core/exchanges/binance/symbols.js'
import { symbols as spot } from '../../../../../src/core/exchanges/binance-spot/symbols.js'

const DELIVERY = Date.UTC(2026, 11, 25, 8)

describe('symbols of Binance futures', () => {
  it.each([
    ['BTCUSDT', 'BTC/USDT:USDT', 'BTC', 1],
    ['BTCUSDC', 'BTC/USDC:USDC', 'BTC', 1],
    ['USDCUSDT', 'USDC/USDT:USDT', 'USDC', 1],
    ['1000SHIBUSDT', '1000SHIB/USDT:USDT', 'SHIB', 1000],
    ['1000XUSDT', '1000X/USDT:USDT', 'X', 1000],
    ['1000000MOGUSDT', '1000000MOG/USDT:USDT', 'MOG', 1_000_000],
    ['1MBABYDOGEUSDT', '1000000BABYDOGE/USDT:USDT', 'BABYDOGE', 1_000_000],
    ['1INCHUSDT', '1INCH/USDT:USDT', '1INCH', 1],
    ['4USDT', '4/USDT:USDT', '4', 1],
    ['0GUSDT', '0G/USDT:USDT', '0G', 1],
    ['2ZUSDT', '2Z/USDT:USDT', '2Z', 1],
    ['币安人生USDT', '币安人生/USDT:USDT', '币安人生', 1],
  ])('reads %s as %s', (symbol, pair, base, multiplier) => {
    expect(futures.parse(symbol)).toMatchObject({ symbol, pair, base, multiplier, kind: 'perpetual', exchange: 'binance' })
  })

  it('reads the delivery out of a dated contract', () => {
    const dated = { pair: 'BTC/USDT:USDT-261225', kind: 'future', expiry: DELIVERY }
    expect(futures.parse('BTCUSDT_261225')).toMatchObject(dated)
  })

  it.each(['', 'USDT', 'btcusdt', 'BTCUSD_PERP', 'BTC-USDT', 'BTCUSDT_261332', 'BTCUSDT_26122', 'BTCUSDT ', 'BTC/USDT:USDT'])(
    'does not take %j for a symbol',
    (text) => {
      expect(futures.parse(text)).toBeUndefined()
    },
  )

  it('finds the main contract of an asset, whatever its listed name', () => {
    const wanted = ['BTC', 'shib', '1000SHIB', 'BABYDOGE', '1INCH']
    expect(wanted.map(futures.main)).toEqual(['BTCUSDT', '1000SHIBUSDT', '1000SHIBUSDT', '1MBABYDOGEUSDT', '1INCHUSDT'])
  })
})

describe('symbols of Binance spot', () => {
  it.each([
    ['BTCUSDT', 'BTC/USDT'],
    ['BTCFDUSD', 'BTC/FDUSD'],
    ['BTCTUSD', 'BTC/TUSD'],
    ['TUSDT', 'T/USDT'],
    ['ETHBTC', 'ETH/BTC'],
    ['WBETHETH', 'WBETH/ETH'],
    ['USDTTRY', 'USDT/TRY'],
    ['SHIBUSDT', 'SHIB/USDT'],
    ['1000SATSUSDT', '1000SATS/USDT'],
  ])('reads %s as %s', (symbol, pair) => {
    expect(spot.parse(symbol)).toMatchObject({ symbol, pair, kind: 'spot', settle: undefined })
  })

  it('multiplies only what spot multiplies', () => {
    expect(['SHIB', 'SATS'].map(spot.main)).toEqual(['SHIBUSDT', '1000SATSUSDT'])
  })
})
