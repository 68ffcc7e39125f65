/**
 * The other side of the same wire: what a provider's folder tells the simulated market, so that it can speak the provider's real
 * protocol. Loaded by nobody but the sandbox.
 */

/** Exported as `sandbox` by `<provider>/sandbox.ts`. Pure. */
export interface SandboxProvider {
  readonly id: string
  /** For each of the provider's endpoints its path behind the sandbox's prefix. */
  readonly endpoints: Readonly<Record<string, string>>
  /** The answer to a GET; its path is without the prefix. */
  answer(request: ProviderSandboxRequest, market: ProviderMarket): ProviderSandboxAnswer
}

export interface ProviderSandboxRequest {
  readonly path: string
  readonly query: URLSearchParams
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Requests of the last minute, this one included; 0 where nothing is limited. */
  readonly recent: number
}

export interface ProviderSandboxAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What a provider may know of the simulated market. Times are ms UTC; prices USD of one unit of the asset. */
export interface ProviderMarket {
  readonly now: number
  /** There is nothing before. */
  readonly firstTime: number
  readonly assets: readonly string[]
  /** Index price, over all exchanges. */
  price(asset: string, at: number): number
  /** Traded on all exchanges in the 24 h before. */
  volume24h(asset: string, at: number): number
  /** Chance: the same number for the same name and place, 0 < x < 1. */
  chance(name: string, place: number): number
}
