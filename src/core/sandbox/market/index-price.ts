/** What a data service sees of the market: prices over all exchanges, and what was traded in a day. Pure functions of time. */
import { MINUTE_MS } from '../../market/time.js'
import type { ProviderMarket } from '../../providers/sandbox-contract.js'
import { activityBefore } from './instrument.js'
import type { Market } from './market.js'
import type { AssetPath } from './path.js'
import { mix, mixText, unit } from './random.js'
import { DAY_MINUTES, HISTORY_START_MS, stepAt } from './time.js'

/** Of the whole volume, the simulated exchanges have this part. */
const SHARE_OF_WORLD = 0.4

export function providerMarket(market: Market, seed: number): ProviderMarket {
  const paths = new Map(market.instruments.map(({ path }) => [path.asset.base, path]))
  const places = new Map(market.instruments.map(({ path, places: count }) => [path.asset.base, count]))
  return {
    get now() {
      return market.now
    },
    firstTime: HISTORY_START_MS,
    assets: [...paths.keys()],
    price(asset, at) {
      const path = paths.get(asset)
      const { minute, step } = stepAt(at)
      return path === undefined ? 0 : Math.exp(path.logPriceAt(minute, step))
    },
    volume24h(asset, at) {
      const path = paths.get(asset)
      return path === undefined
        ? 0
        : tradedInDay(path, Math.floor(at / MINUTE_MS)) * (places.get(asset) ?? 1) * (1 / SHARE_OF_WORLD)
    },
    chance: (name, place) => unit(mix(mixText(seed, name), place)),
  }
}

/** USD on one exchange in the day before a minute: busy days trade more. */
function tradedInDay(path: AssetPath, minute: number): number {
  const activity = (activityBefore(path, minute) - activityBefore(path, minute - DAY_MINUTES)) / DAY_MINUTES
  return path.asset.dailyTurnover * activity
}
