import { RateLimitError, UsageError } from '../errors.js'
import { coinOf, nearestCoins } from '../market/coins.js'
import { nextOpenTime, openTimeOf } from '../market/interval.js'
import { DAY_MS, MINUTE_MS } from '../market/time.js'
import type { Http } from '../net/contract.js'
import { createProviderClient, type ProviderClient } from '../net/provider-client.js'
import type { Access, CoinProvider, CoinRank } from '../providers/contract.js'
import type { CandleRow } from '../storage/rows.js'
import { lengthOf } from './grid.js'
import { isPassingError, type RetryWorld, retrying } from './retry.js'
import type { CandleSource, Found, Target, Wish } from './source.js'

/** A bar at the edge may gain a sample that came late. */
const REVISED_BARS = 2
const HISTORY_PRIORITY = 2
/** Samples of a bar are told at the latest so long after its end, ms. */
const SETTLE_MS = 45 * MINUTE_MS

export interface ProviderWorld extends RetryWorld {
  readonly isSandbox: boolean
  readonly http: Http
  readonly access: Access
  readonly onPause?: (ms: number, reason: string) => void
}

/** Bars of a provider's samples: what they can and cannot say is in their quality. */
export function coinSource(world: ProviderWorld, provider: CoinProvider): CandleSource {
  const { clock, http, access, signal, onPause } = world
  const send = { signal, priority: HISTORY_PRIORITY }
  const heard = listening(http)
  const client = createProviderClient({ http: heard, clock, provider, access, send, ...(onPause && { onPause }) })
  const ask = repeating(world, client)
  const { plan: planName } = access
  const startedAt = clock.now()
  return {
    id: provider.id,
    isSimulated: world.isSandbox,
    revisedBars: REVISED_BARS,
    // Its own requests are long, and few are allowed: everything that is missing is one piece.
    barsPerPiece: Number.POSITIVE_INFINITY,
    barsPerJoin: Number.POSITIVE_INFINITY,
    find: (wish) => find(provider, ask, wish),
    now: async () => startedAt,
    settledBy: () => heard.time() - SETTLE_MS,
    plan(asked, period, now) {
      const { to } = period
      // The last day has the finest samples, and it has moved on since the command line was read.
      const from =
        period.isBack && period.from < now - DAY_MS
          ? Math.max(period.from, Math.min(period.from + MINUTE_MS, now - DAY_MS))
          : period.from
      const { interval, clampedFrom } = provider.plan({ coin: '', interval: asked, from, to, now, plan: planName })
      const ms = lengthOf(interval)
      const reach =
        clampedFrom ??
        (period.isBack && canBegin(provider, interval, openTimeOf(from, ms), now, planName) ? openTimeOf(from, ms) : from)
      return {
        interval,
        range: { from: nextOpenTime(reach, ms), to },
        overBy: now - SETTLE_MS,
        warnings: clampWarning(provider, planName, clampedFrom),
      }
    },
    async *pages({ symbol: coin, coin: id }, interval, { from, to }) {
      const { pieces } = provider.plan({ coin, interval, from, to, now: startedAt, plan: planName })
      for (const piece of pieces) {
        const { rows: points } = await ask(provider.rest.chart, piece.query)
        const bars = provider.sampled(points, { interval, from: piece.from, to: piece.to, now: Math.min(startedAt, heard.time()) })
        yield bars
          .filter(({ quality }) => !quality.split(',').includes('partial'))
          .map(({ timestamp, open, high, low, close, volume, quality }): CandleRow => {
            return { source: provider.id, cryptocurrency: id, interval, timestamp, open, high, low, close, volume, quality }
          })
      }
    },
  }
}

/** By a clock of ours that is ahead, a bar would be over that is not: each answer tells the time at its sender. */
function listening(http: Pick<Http, 'send'>) {
  let latest: number | undefined
  return {
    send: async (...args: Parameters<Http['send']>) => {
      const answer = await http.send(...args)
      const told = Date.parse(answer.headers['date'] ?? '')
      if (Number.isFinite(told)) latest = Math.max(latest ?? told, told)
      return answer
    },
    /** ms; infinite as long as none was told. */
    time: () => latest ?? Number.POSITIVE_INFINITY,
  }
}

/** The client waits through the pauses that the provider asks for; what it throws of them is final. */
function repeating(world: RetryWorld, client: ProviderClient): ProviderClient['page'] {
  const isPassing = (error: unknown) => isPassingError(error) && !(error instanceof RateLimitError)
  return (source, query, page) => retrying(world, () => client.page(source, query, page), isPassing)
}

/** A bar that begins a little earlier may lie beyond what can be had. */
function canBegin(provider: CoinProvider, interval: string, from: number, now: number, plan: string): boolean {
  try {
    return provider.plan({ coin: '', interval, from, to: now, now, plan }).clampedFrom === undefined
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

function clampWarning({ name }: CoinProvider, plan: string, from: number | undefined): string[] {
  if (from === undefined) return []
  return [`${name} tells the last 365 days under the plan ${plan}: bars before ${new Date(from).toISOString()} cannot be had there`]
}

async function find(provider: CoinProvider, ask: ProviderClient['page'], { coins, top }: Wish): Promise<Found> {
  const { ranks } = provider.rest
  if (coins === undefined) {
    const rows: CoinRank[] = []
    let page: Parameters<typeof ranks.request>[1]
    do {
      const answered = await ask(ranks, { count: top }, page)
      rows.push(...answered.rows)
      page = answered.next
    } while (page !== undefined && rows.length < top)
    return { targets: provider.largest(rows, top).map(targetOf), warnings: [] }
  }
  // A pair is known here by its coin.
  const names = coins.map((name) => name.split('/')[0] ?? name)
  const unknown = names.filter((name) => coinOf(name) === undefined).map((name) => name.toLowerCase())
  const known: CoinRank[] = []
  if (unknown.length > 0) {
    known.push(...(await ask(ranks, { count: unknown.length, ids: unknown })).rows)
    known.push(...(await ask(ranks, { count: unknown.length, symbols: unknown })).rows)
  }
  const chosen = names.map((name) => provider.choose(name, known) ?? unknownCoin(provider, name))
  return {
    targets: [...new Map(chosen.map((coin) => [coin.id, targetOf(coin)])).values()],
    warnings: chosen
      .filter(({ by, others }) => by === 'rank' && others.length > 0)
      .map(
        ({ id, symbol, others }) =>
          `${symbol.toUpperCase()} is taken for ${id}, the largest of ${others.length + 1} coins of that ticker`,
      ),
  }
}

function targetOf({ id, symbol }: Pick<CoinRank, 'id' | 'symbol'>): Target {
  return { coin: id, ticker: symbol.toUpperCase(), symbol: id, multiplier: 1 }
}

function unknownCoin({ id }: CoinProvider, name: string): never {
  const near = nearestCoins(name)
  throw new UsageError('USAGE_UNKNOWN_COIN', `Unknown coin at ${id}: ${name}`, {
    suggestions: [
      near.length > 0 ? `Did you mean ${near.join(', ')}?` : 'Give its CoinGecko id, which is in the address of its page there',
    ],
  })
}
