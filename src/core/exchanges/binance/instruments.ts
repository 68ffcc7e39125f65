/** The list of contracts. https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data/rest-api/Exchange-Information */
import { z } from 'zod'
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import { throwRefusal, zFilters } from '../binance-shared/rest.js'
import type { AnswerShape, RestSource } from '../contract.js'
import { parseBody } from '../wire.js'
import { names } from './symbols.js'

const ID = 'binance'
const PATH = '/fapi/v1/exchangeInfo'

const zSymbol = z.object({
  symbol: z.string(),
  contractType: z.string(),
  status: z.string(),
  deliveryDate: z.number(),
  baseAsset: z.string(),
  quoteAsset: z.string(),
  marginAsset: z.string(),
  filters: zFilters,
})

const zExchangeInfo = z.object({ symbols: z.array(zSymbol) })

/** As documented and recorded up to 2026-11. */
const SHAPE: AnswerShape = {
  keys: {
    '': ['timezone', 'serverTime', 'futuresType', 'rateLimits', 'exchangeFilters', 'assets', 'symbols'],
    'symbols[]':
      'symbol pair contractType deliveryDate onboardDate status maintMarginPercent requiredMarginPercent baseAsset quoteAsset marginAsset pricePrecision quantityPrecision baseAssetPrecision quotePrecision underlyingType underlyingSubType settlePlan triggerProtect liquidationFee marketTakeBound maxMoveOrderLimit filters orderTypes timeInForce permissionSets'.split(
        ' ',
      ),
  },
  values: {
    'symbols[].contractType': [
      '',
      'PERPETUAL',
      'TRADIFI_PERPETUAL',
      'CURRENT_MONTH',
      'NEXT_MONTH',
      'CURRENT_QUARTER',
      'NEXT_QUARTER',
      'PERPETUAL DELIVERING',
      'PERPETUAL_DELIVERING',
      'CURRENT_QUARTER DELIVERING',
    ],
    'symbols[].filters[].filterType': [
      'PRICE_FILTER',
      'LOT_SIZE',
      'MARKET_LOT_SIZE',
      'MAX_NUM_ORDERS',
      'MAX_NUM_ALGO_ORDERS',
      'MIN_NOTIONAL',
      'PERCENT_PRICE',
      'POSITION_RISK_CONTROL',
    ],
  },
}

/** `PERPETUAL`, `TRADIFI_PERPETUAL`, `""` while pending; the others (`CURRENT_QUARTER`, `NEXT_MONTH`, …) are delivered. */
const DATED = /QUARTER|MONTH/

function instrumentOf(row: z.infer<typeof zSymbol>): Instrument {
  const isDated = DATED.test(row.contractType)
  const bare = bareInstrument({
    exchange: ID,
    symbol: row.symbol,
    kind: isDated ? 'future' : 'perpetual',
    ...names.split(row.baseAsset),
    quote: row.quoteAsset,
    settle: row.marginAsset,
    ...(isDated ? { expiry: row.deliveryDate } : {}),
  })
  return { ...bare, ...row.filters, isTrading: row.status === 'TRADING' }
}

export const instruments: RestSource<Record<string, never>, Instrument> = {
  path: PATH,
  request: () => ({ path: PATH, query: {}, budget: 'weight', weight: 1 }),
  parse(body) {
    throwRefusal(body, ID)
    return { rows: parseBody(zExchangeInfo, body, ID, PATH).symbols.map(instrumentOf) }
  },
  shape: SHAPE,
}
