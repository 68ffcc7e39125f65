import type { Finding, OpportunityType } from './contract.js'

const OFFSET_HIGH = 0xcbf29ce4
const OFFSET_LOW = 0x84222325
const PRIME_LOW = 0x1b3
const TWO_32 = 2 ** 32

/** 16 hexadecimal digits: the same two books at the same moment give the same id, in a replay too. */
export function opportunityId(type: OpportunityType, { buy, sell }: Pick<Finding, 'buy' | 'sell'>): string {
  const legs = [buy, sell].map(({ exchange, symbol, sequence, stamp }) => `${exchange} ${symbol} ${sequence} ${stamp}`)
  return fnv1a64([type, ...legs].join('\n'))
}

export interface FundingIdLeg {
  readonly exchange: string
  readonly symbol: string
  readonly fundingRate: number
  /** ms */
  readonly receivedAt: number
}

/** The same of two funding rates. */
export function fundingOpportunityId(long: FundingIdLeg, short: FundingIdLeg): string {
  const legs = [long, short].map((leg) => `${leg.exchange} ${leg.symbol} ${leg.fundingRate} ${leg.receivedAt}`)
  return fnv1a64(['funding', ...legs].join('\n'))
}

/** FNV-1a of the text's UTF-16 units, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv), in halves: `bigint` takes ten times as long. */
function fnv1a64(text: string): string {
  let high = OFFSET_HIGH
  let low = OFFSET_LOW
  for (let i = 0; i < text.length; i++) {
    low = (low ^ text.charCodeAt(i)) >>> 0
    // Times the prime 2^40 + 0x1b3: each product is below 2^53.
    const product = low * PRIME_LOW
    high = (high * PRIME_LOW + Math.floor(product / TWO_32) + low * 256) % TWO_32
    low = product % TWO_32
  }
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0')
}
