/** Names of assets that Binance quotes by the thousand or more, on futures and spot alike. */

/** Listed name, asset, units of the asset in one unit of the listed name. */
export type Multiplied = readonly (readonly [listed: string, base: string, multiplier: number])[]

export interface ListedNames {
  /** The asset behind a listed name: `1000SHIB` → SHIB × 1000; a name that is not in the table is the asset's own. */
  split(listed: string): { readonly base: string; readonly multiplier: number }
  /** The listed name of an asset: `shib`, `SHIB` and `1000SHIB` → `1000SHIB`. */
  listedAs(asset: string): string
}

export function listedNames(table: Multiplied): ListedNames {
  const split = new Map(table.map(([listed, base, multiplier]) => [listed, { base, multiplier }]))
  const listedAs = new Map(
    table.flatMap(([listed, base, multiplier]) => [
      [base, listed],
      [`${multiplier}${base}`, listed],
    ]),
  )
  return {
    split: (listed) => split.get(listed) ?? { base: listed, multiplier: 1 },
    listedAs: (asset) => listedAs.get(asset.toUpperCase()) ?? asset.toUpperCase(),
  }
}
