/** A market of formulas for providers: the same on every run, without the simulated one. */
import type { ProviderMarket } from '../../src/core/providers/sandbox-contract.js'

export const NOW = Date.UTC(2026, 10, 21, 15, 1, 22, 400)

export const PROVIDER_MARKET: ProviderMarket = {
  now: NOW,
  firstTime: Date.UTC(2020, 0, 1),
  assets: ['BTC', 'ETH', 'SOL', 'PEPE'],
  price: (asset, at) => (asset === 'PEPE' ? 6e-6 : 100 * asset.charCodeAt(0)) * (1 + 0.1 * Math.sin(at / 5e8)),
  volume24h: (_, at) => 1e9 * (1.5 + Math.sin(at / 3e8)),
  chance: (name, place) => {
    const wave = Math.sin(name.length * 12.9898 + place * 78.233) * 43_758.5453
    return Math.min(0.999, Math.max(0.001, wave - Math.floor(wave)))
  },
}
