/** The list of contracts. https://bybit-exchange.github.io/docs/v5/market/instrument */
import { z } from 'zod'
import { bareInstrument, type Instrument } from '../../market/instrument.js'
import type { AnswerShape, RestCapabilities } from '../contract.js'
import { zNumber } from '../wire.js'
import { open, request } from './envelope.js'
import { splitCoin } from './symbols.js'

const PATH = '/v5/market/instruments-info'
const PER_PAGE = 1000

const Contract = z.object({
  symbol: z.string().min(1),
  contractType: z.string(),
  status: z.string(),
  baseCoin: z.string().min(1),
  quoteCoin: z.string().min(1),
  settleCoin: z.string().min(1),
  symbolType: z.string().optional(),
  deliveryTime: zNumber,
  priceFilter: z.object({ tickSize: zNumber }),
  lotSizeFilter: z.object({ qtyStep: zNumber, minNotionalValue: zNumber.optional() }),
  /** Minutes, where tickers and streams say hours. */
  fundingInterval: z.number().nonnegative().optional(),
  isPreListing: z.boolean().optional(),
})
const Contracts = z.object({ list: z.array(Contract), nextPageCursor: z.string() })

/** Stocks, currencies and commodities share the names of coins. */
const COIN_TYPES: readonly (string | undefined)[] = [undefined, '', 'innovation']

/** As documented and recorded up to 2026-11. */
const SHAPE: AnswerShape = {
  keys: {
    'result.list[]':
      'symbol contractType status baseCoin quoteCoin launchTime deliveryTime deliveryFeeRate priceScale leverageFilter priceFilter lotSizeFilter unifiedMarginTrade fundingInterval settleCoin copyTrading upperFundingRate lowerFundingRate isPreListing preListingInfo riskParameters displayName symbolType forbidUplWithdrawal symbolId'.split(
        ' ',
      ),
    'result.list[].priceFilter': ['minPrice', 'maxPrice', 'tickSize'],
    'result.list[].lotSizeFilter': 'maxOrderQty minOrderQty qtyStep postOnlyMaxOrderQty maxMktOrderQty minNotionalValue'.split(' '),
  },
  values: {
    'result.list[].contractType': ['LinearPerpetual', 'LinearFutures'],
    'result.list[].symbolType': ['', 'innovation', 'commodity', 'stock', 'forex'],
  },
}

export const instruments: RestCapabilities['instruments'] = {
  path: PATH,
  request: (_, cursor) => request(PATH, { limit: PER_PAGE, cursor }),
  parse(body) {
    const { result } = open(Contracts, body, PATH)
    const rows = result.list.filter((contract) => COIN_TYPES.includes(contract.symbolType)).map(toInstrument)
    return result.nextPageCursor === '' ? { rows } : { rows, next: result.nextPageCursor }
  },
  shape: SHAPE,
}

function toInstrument(contract: z.infer<typeof Contract>): Instrument {
  const isPerpetual = contract.contractType.endsWith('Perpetual')
  const bare = bareInstrument({
    exchange: 'bybit',
    symbol: contract.symbol,
    kind: isPerpetual ? 'perpetual' : 'future',
    ...splitCoin(contract.baseCoin),
    quote: contract.quoteCoin,
    settle: contract.settleCoin,
    // A perpetual has one too, once its delisting is fixed.
    ...(isPerpetual ? {} : { expiry: contract.deliveryTime }),
  })
  return {
    ...bare,
    tickSize: contract.priceFilter.tickSize,
    lotSize: contract.lotSizeFilter.qtyStep,
    minNotional: contract.lotSizeFilter.minNotionalValue,
    fundingIntervalHours: isPerpetual && contract.fundingInterval ? contract.fundingInterval / 60 : undefined,
    isTrading: contract.status === 'Trading' && contract.isPreListing !== true,
  }
}
