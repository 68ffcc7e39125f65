/** Smallest steps and orders as the user says them: exchanges change theirs, and bars do not tell which held when. */
import { UsageError } from '../../errors.js'
import { coinOf } from '../../market/coins.js'
import type { AssetRules } from '../data.js'

export interface RuleTexts {
  /** `0.001` for all, `BTC=0.001,ETH=0.01` for some; base units. */
  readonly lot?: string | undefined
  /** The same in quote currency. */
  readonly minNotional?: string | undefined
}

/** Of each asset that has any; empty where nothing was said. Errors: `USAGE_BACKTEST`. */
export function rulesOf({ lot, minNotional }: RuleTexts, coins: readonly string[]): Record<string, AssetRules> {
  const lots = numbersOf('lot', lot, coins)
  const notionals = numbersOf('min-notional', minNotional, coins)
  const named = coins.filter((coin) => lots.has(coin) || notionals.has(coin))
  return Object.fromEntries(
    named.map((coin) => [coin, { lotSize: lots.get(coin) ?? 0, minNotional: notionals.get(coin) ?? 0 }] as const),
  )
}

function numbersOf(flag: string, text: string | undefined, coins: readonly string[]): ReadonlyMap<string, number> {
  if (text === undefined) return new Map()
  const found = new Map<string, number>()
  for (const part of text.split(',')) {
    const [, name, number = ''] = /^\s*(?:([^=]+)=)?([\d.]+(?:e-?\d+)?)\s*$/i.exec(part) ?? []
    const value = Number(number)
    const meant =
      name === undefined ? coins : coins.filter((coin) => coin === (coinOf(name.trim())?.id ?? name.trim().toLowerCase()))
    if (number === '' || !(value > 0) || meant.length === 0) {
      throw new UsageError('USAGE_BACKTEST', `--${flag} cannot be ${text}`, {
        suggestions: [`A number above 0 for all, or ${coins.map((coin) => `${coin}=0.001`).join(',')}`],
      })
    }
    for (const coin of meant) found.set(coin, value)
  }
  return found
}

/** As `--lot` and `--min-notional` would say it; empty where there is none. */
export function ruleWords(rules: Readonly<Record<string, AssetRules>>): string[] {
  const word = (flag: string, of: (rule: AssetRules) => number): string[] => {
    const parts = Object.entries(rules).filter(([, rule]) => of(rule) > 0)
    return parts.length === 0 ? [] : [`--${flag} ${parts.map(([coin, rule]) => `${coin}=${of(rule)}`).join(',')}`]
  }
  return [...word('lot', ({ lotSize }) => lotSize), ...word('min-notional', ({ minNotional }) => minNotional)]
}
