import type { Finding, OpportunityType } from './contract.js'

const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n

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

/** FNV-1a of the text's UTF-16 units, 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv). */
function fnv1a64(text: string): string {
  let hash = OFFSET
  for (let i = 0; i < text.length; i++) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * PRIME)
  return hash.toString(16).padStart(16, '0')
}
