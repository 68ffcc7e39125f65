/** Which instruments can be held against each other, and as what. */
import type { Instrument } from '../../market/instrument.js'
import type { ArbitrageSettings, OpportunityType } from './contract.js'

/** Quote currencies that stand for a dollar each, by promise: never taken as equal, only as worth a conversion. */
const DOLLARS: ReadonlySet<string> = new Set(['USD', 'USDT', 'USDC'])

export interface Comparison {
  readonly type: OpportunityType
  /** The sold leg's money is not the bought leg's. */
  readonly isConverted: boolean
}

type Choice = Pick<ArbitrageSettings, 'isCrossKind' | 'isCrossQuote'>

/**
 * As what two instruments can be held against each other; `undefined`: not at all. The same asset, quote, kind, settlement and
 * delivery is the same thing at two prices. Contracts that settle in different currencies pay differently and are never compared.
 */
export function compareInstruments(a: Instrument, b: Instrument, choice: Choice): Comparison | undefined {
  const isSameBook = a.exchange === b.exchange && a.symbol === b.symbol
  if (isSameBook || a.base !== b.base || !isLinear(a) || !isLinear(b)) return undefined
  const isConverted = a.quote !== b.quote
  if (isConverted && !(choice.isCrossQuote && DOLLARS.has(a.quote) && DOLLARS.has(b.quote))) return undefined
  const isSameKind = a.kind === b.kind && a.expiry === b.expiry
  if (!isSameKind && !choice.isCrossKind) return undefined
  return { type: isSameKind ? 'spread' : 'basis', isConverted }
}

/** Whether its book turns money of `from` into money of `to`: by a sale to bids, or by a purchase from asks. */
export function conversionBy(instrument: Instrument, from: string, to: string): 'sale' | 'purchase' | undefined {
  if (instrument.kind !== 'spot' || instrument.multiplier !== 1) return undefined
  if (instrument.base === from && instrument.quote === to) return 'sale'
  return instrument.base === to && instrument.quote === from ? 'purchase' : undefined
}

/** An inverse contract's profit is in the asset itself: two such legs do not cancel out as linear ones do. */
function isLinear({ settle, base }: Instrument): boolean {
  return settle !== base
}
