import type { Clock, Timer } from '../../clock.js'
import type { ExchangeFeed } from '../../feed/exchange-feed.js'
import type { LiveFeed } from '../../feed/live-feed.js'
import { HOUR_MS } from '../../market/time.js'
import { encodeRisks } from './known-risks.js'
import { placeOf } from './markets.js'
import type { LiveSignalOptions } from './options.js'

/** Says now, and each hour, how much what is subscribed to moves: bars come while a run goes on. */
export function tellRisks(feed: LiveFeed, readRisks: NonNullable<LiveSignalOptions['readRisks']>, clock: Clock): Timer {
  const tell = () => {
    const assets = new Map([...feed.exchanges].map((exchange) => [exchange, assetsOf(exchange)]))
    const risks = readRisks([...new Set([...assets.values()].flatMap((own) => [...own]))].sort(), clock.now())
    for (const [exchange, own] of assets) exchange.know(encodeRisks(risks.filter(({ asset }) => own.has(asset))))
  }
  tell()
  return clock.every(HOUR_MS, tell)
}

function assetsOf({ subscriptions, pipeline }: ExchangeFeed): Set<string> {
  return new Set([...subscriptions].map(({ symbol }) => placeOf(pipeline.state(symbol).instrument).asset))
}
