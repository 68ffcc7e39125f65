/**
 * Which route carries which stream. A stream on the wrong route is acknowledged and then silent, so nothing is sent that this
 * table does not know. https://developers.binance.com/docs/derivatives/usds-margined-futures/websocket-market-streams
 */
import { BugError } from '../../errors.js'

export type Route = 'public' | 'market'

/** Patterns of what follows the symbol's first `@`. */
const ROUTES: readonly (readonly [RegExp, Route])[] = [
  [/^depth(5|10|20)?(@(0|100|250|500)ms)?$/, 'public'],
  [/^bookTicker$/, 'public'],
  [/^rpiDepth@500ms$/, 'public'],
  [/^trade$/, 'public'],
  [/^aggTrade$/, 'market'],
  [/^markPrice(@1s)?$/, 'market'],
  [/^kline_\d+[smhdwM]$/, 'market'],
  [/^(ticker|miniTicker)$/, 'market'],
  [/^forceOrder$/, 'market'],
]

const ALL_MARKET: Readonly<Record<string, Route>> = {
  '!bookTicker': 'public',
  '!markPrice@arr': 'market',
  '!markPrice@arr@1s': 'market',
  '!ticker@arr': 'market',
  '!miniTicker@arr': 'market',
  '!forceOrder@arr': 'market',
  '!contractInfo': 'market',
}

/** The route of a stream's name, `undefined` for a name that is not known. */
export function routeOf(stream: string): Route | undefined {
  if (stream.startsWith('!')) return Object.hasOwn(ALL_MARKET, stream) ? ALL_MARKET[stream] : undefined
  const at = stream.indexOf('@')
  const suffix = at > 0 ? stream.slice(at + 1) : ''
  return ROUTES.find(([pattern]) => pattern.test(suffix))?.[1]
}

/** As `routeOf`; throws `BugError` for an unknown name: it would be silent. */
export function knownRoute(stream: string): Route {
  const route = routeOf(stream)
  if (route === undefined) throw new BugError(`binance: no route is known for the stream ${stream}`)
  return route
}
