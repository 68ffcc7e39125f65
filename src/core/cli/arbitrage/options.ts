import { DEFAULT_ARBITRAGE } from '../../analysis/arbitrage/contract.js'
import { nearest, UsageError } from '../../errors.js'
import { EXCHANGE_IDS } from '../../exchanges/registry.js'
import { OPPORTUNITY_KINDS, type OpportunityKind, type ScanOptions } from '../../live/arbitrage/options.js'
import { HOUR_MS } from '../../market/time.js'
import type { Config } from '../config/settings.js'

/** What `mts arb scan` may say instead of the configuration. */
export interface ArbitrageFlags {
  readonly type?: readonly string[] | undefined
  readonly 'min-profit-bps'?: number | undefined
  readonly size?: number | undefined
  readonly 'max-age'?: number | undefined
  readonly 'max-skew'?: number | undefined
  readonly 'max-deviation-bps'?: number | undefined
  readonly latency?: number | undefined
  readonly hold?: number | undefined
  readonly 'cross-kind'?: boolean
  readonly 'cross-quote'?: boolean
  readonly fees?: readonly string[] | undefined
}

/** How opportunities are looked for: flags over configuration. Throws `UsageError` for a kind or fee that makes no sense. */
export function arbitrageOptions({ arbitrage, funding }: Config, flags: ArbitrageFlags = {}): ScanOptions {
  const maxNotional = flags.size ?? arbitrage.size
  const latencyMs = flags.latency ?? arbitrage.latency
  return {
    kinds: new Set(parseKinds(flags.type ?? OPPORTUNITY_KINDS)),
    settings: {
      ...DEFAULT_ARBITRAGE,
      ...{ maxNotional, latencyMs },
      minProfitBps: flags['min-profit-bps'] ?? arbitrage.minProfitBps,
      maxAgeMs: flags['max-age'] ?? arbitrage.maxAge,
      maxSkewMs: flags['max-skew'] ?? arbitrage.maxSkew,
      maxDeviationBps: flags['max-deviation-bps'] ?? arbitrage.maxDeviationBps,
      isCrossKind: flags['cross-kind'] ?? false,
      isCrossQuote: flags['cross-quote'] ?? false,
    },
    funding: {
      ...{ notional: maxNotional, latencyMs },
      minRateDiff: funding.minRateDiff,
      minProfitBps: flags['min-profit-bps'] ?? funding.minProfitBps,
      holdHours: (flags.hold ?? arbitrage.hold) / HOUR_MS,
    },
    fees: parseFees(flags.fees),
  }
}

function parseKinds(names: readonly string[]): OpportunityKind[] {
  return names.map((name) => {
    const found = OPPORTUNITY_KINDS.find((each) => each === name.toLowerCase())
    if (found !== undefined) return found
    throw new UsageError('USAGE_UNKNOWN_TYPE', `Unknown type of opportunity: ${name}`, {
      suggestions: [`There are ${OPPORTUNITY_KINDS.join(' and ')}; spot against perpetuals (basis) is --cross-kind`],
    })
  })
}

const STORED_TYPES = ['spread', 'basis', 'funding'] as const

/** Types of stored opportunities; all when missing. Throws `UsageError` for a type that there is not. */
export function storedTypes(names: readonly string[] | undefined): string[] | undefined {
  return names?.map((name) => {
    const found = STORED_TYPES.find((each) => each === name.toLowerCase())
    if (found !== undefined) return found
    throw new UsageError('USAGE_UNKNOWN_TYPE', `Unknown type of opportunity: ${name}`, {
      suggestions: [`There are ${STORED_TYPES.join(', ')}`],
    })
  })
}

/** `binance=4,bybit=5.5`, in bps. */
function parseFees(texts: readonly string[] = []): Map<string, number> {
  return new Map(texts.map(parseFee))
}

function parseFee(text: string): readonly [exchange: string, fee: number] {
  const [exchange = '', bps = ''] = text.split('=')
  const fee = bps.trim() === '' ? Number.NaN : Number(bps)
  if (!EXCHANGE_IDS.includes(exchange)) {
    const near = nearest(exchange, EXCHANGE_IDS)
    throw new UsageError('USAGE_UNKNOWN_EXCHANGE', `Unknown exchange in --fees: ${exchange}`, {
      suggestions: [`Did you mean ${(near.length > 0 ? near : EXCHANGE_IDS).join(', ')}?`],
    })
  }
  if (Math.abs(fee) < 1_000) return [exchange, fee / 10_000]
  throw new UsageError('USAGE_BAD_NUMBER', `Not a fee: ${text}`, { suggestions: ['Give bps, such as binance=4,bybit=5.5'] })
}
