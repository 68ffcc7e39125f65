/** What trades, liquidations and losses of trades tell the instruments of a run. */
import { type LargeTradeThresholds, largeTrade } from '../../feed/large-trades.js'
import type { StructureSampler } from '../../feed/structure.js'
import type { EventType, MarketEvent } from '../../market/event.js'
import { marketName } from './market.js'
import type { Markets } from './markets.js'

export const NOTED_EVENTS: ReadonlySet<EventType> = new Set(['trade', 'liquidation', 'gap'])

interface Notes {
  readonly markets: Markets
  readonly structure: StructureSampler | undefined
  /** Undefined where the strategy does not look at large trades. */
  readonly largeTrades: LargeTradeThresholds | undefined
}

export function noteEvent({ markets, structure, largeTrades }: Notes, event: MarketEvent): void {
  if (event.type !== 'trade' && event.type !== 'liquidation' && event.type !== 'gap') return
  const market = markets.named(marketName(event))
  if (event.type === 'gap') {
    if (event.channel === 'trades') market?.hour.lost(event.receivedAt)
    return
  }
  if (event.type === 'trade') structure?.trade(event)
  if (market === undefined || largeTrades === undefined) return
  if (event.type === 'trade') market.hour.watched(event.receivedAt)
  const large = largeTrade(event, market.base, largeTrades)
  if (large !== undefined) market.hour.add(large)
}
