import { ProtocolError, UsageError } from '../errors.js'
import type { Endpoints, Exchange, RestSource } from '../exchanges/contract.js'
import { resolveSymbol } from '../exchanges/resolve.js'
import { coinOf, nearestCoins } from '../market/coins.js'
import type { Candle } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import type { Http } from '../net/contract.js'
import { readAnswer } from '../net/rest-body.js'
import type { CandleRow } from '../storage/rows.js'
import { autoInterval } from './choose-interval.js'
import { lengthOf } from './grid.js'
import { wholeBars } from './period.js'
import { type RetryWorld, retrying } from './retry.js'
import type { CandleSource, Found, Target, Wish } from './source.js'

/** Live requests go first where both share a budget. */
const HISTORY_PRIORITY = 2
/** The last bars of some exchanges change for a while: late trades, corrections. */
const REVISED_BARS = 5
/** Some pages of every exchange. */
const BARS_PER_PIECE = 5_000
/** About a page. */
const BARS_PER_JOIN = 300
/** The last trades of a bar may reach it this late. */
const SETTLE_MS = 2_000

export interface ExchangeWorld extends RetryWorld {
  readonly isSandbox: boolean
  readonly http: Http
  endpoints(exchange: Exchange): Endpoints
}

/** True candles of an exchange's main contracts. Throws `UsageError` where it gives none. */
export function exchangeSource(world: ExchangeWorld, exchange: Exchange): CandleSource {
  const { candles } = exchange.rest
  if (candles === undefined) {
    throw new UsageError('USAGE_NO_CANDLES', `${exchange.id} gives no candles here`, {
      suggestions: ['Take another --source, such as binance or bybit'],
    })
  }
  return {
    id: exchange.id,
    isSimulated: world.isSandbox,
    revisedBars: REVISED_BARS,
    barsPerPiece: BARS_PER_PIECE,
    barsPerJoin: BARS_PER_JOIN,
    find: (wish) => find(world, exchange, wish),
    now: () => serverNow(world, exchange),
    plan(asked, period, now) {
      const interval = asked === 'auto' ? autoInterval(period.to - period.from) : asked
      return { interval, range: wholeBars(period, lengthOf(interval)), overBy: now - SETTLE_MS, warnings: [] }
    },
    async *pages(target, interval, { from, to }) {
      const query = { symbol: target.symbol, interval, from, to }
      for await (const rows of exchangePages(world, exchange, candles, query)) {
        yield ofSymbol(exchange, target.symbol, rows).map((row) => candleRow(row, exchange.id, target))
      }
    },
  }
}

/** Every page of a capability, each asked for with the tries that `world.retry` allows. @public */
export async function* exchangePages<Query, Row>(
  world: ExchangeWorld,
  exchange: Exchange,
  source: RestSource<Query, Row>,
  query: Query,
): AsyncGenerator<readonly Row[]> {
  const root = world.endpoints(exchange).rest
  let page: Parameters<typeof source.request>[1]
  do {
    const asked = page
    const answered = await retrying(world, async () => {
      const request = source.request(query, asked)
      const answer = await world.http.send(exchange, root, request, { signal: world.signal, priority: HISTORY_PRIORITY })
      return readAnswer(exchange, source.path, answer, (body) => source.parse(body, query, asked))
    })
    yield answered.rows
    page = answered.next
  } while (page !== undefined)
}

/** The rows of an answer. Throws `ProtocolError` where they are another symbol's: a cache on the way may mix answers up. */
export function ofSymbol<Row extends { readonly symbol: string }>(
  { id }: Pick<Exchange, 'id'>,
  symbol: string,
  rows: readonly Row[],
): readonly Row[] {
  const other = rows.find((row) => row.symbol !== symbol)
  if (other === undefined) return rows
  throw new ProtocolError(`${id} was asked for ${symbol} and answers with ${other.symbol}; nothing of it is stored`, id)
}

async function all<Query, Row>(world: ExchangeWorld, exchange: Exchange, source: RestSource<Query, Row>, query: Query) {
  const rows: Row[] = []
  for await (const page of exchangePages(world, exchange, source, query)) rows.push(...page)
  return rows
}

async function serverNow(world: ExchangeWorld, exchange: Exchange): Promise<number> {
  const [now] = await all(world, exchange, exchange.rest.serverTime, {})
  return now ?? world.clock.now()
}

async function find(world: ExchangeWorld, exchange: Exchange, { coins, top }: Wish): Promise<Found> {
  const instruments = await all(world, exchange, exchange.rest.instruments, {})
  const listed = new Map(instruments.map((each) => [each.symbol, each]))
  const symbols =
    coins === undefined ? await largest(world, exchange, listed, top) : coins.map((name) => mainSymbol(exchange, listed, name))
  const targets = symbols.flatMap((symbol) => targetOf(listed.get(symbol)))
  const foreign = targets.filter(({ ticker }) => coinOf(ticker) === undefined)
  const halted = symbols.filter((symbol) => listed.get(symbol)?.isTrading === false)
  return {
    targets: [...new Map(targets.map((target) => [target.coin, target])).values()],
    warnings: [
      ...foreign.map(({ coin, ticker }) => `${ticker} is not in the table of coins: it is stored as ${coin}`),
      ...halted.map((symbol) => `${exchange.id} does not trade ${symbol} at present: bars since it stopped are told as holes`),
    ],
  }
}

function targetOf(instrument: Instrument | undefined): Target[] {
  if (instrument === undefined) return []
  const { symbol, base, multiplier } = instrument
  return [{ coin: coinOf(base)?.id ?? base.toLowerCase(), ticker: base, symbol, multiplier }]
}

/** A series has one instrument: bars of two contracts of one coin in one series would be no series. */
function mainSymbol(exchange: Exchange, listed: ReadonlyMap<string, Instrument>, name: string): string {
  const symbol = symbolOf(exchange, listed, name)
  const instrument = listed.get(symbol)
  const main = instrument === undefined ? symbol : exchange.symbols.main(instrument.base)
  if (main === symbol || !listed.has(main)) return symbol
  throw new UsageError(
    'USAGE_NOT_MAIN_CONTRACT',
    `${exchange.id} bars of ${instrument?.base} are those of ${main}, not ${symbol}`,
    {
      suggestions: [`Give ${instrument?.base}: candles are kept by coin, and two contracts would be mixed`],
    },
  )
}

function symbolOf(exchange: Exchange, listed: ReadonlyMap<string, Instrument>, name: string): string {
  const ticker = coinOf(name)?.ticker
  try {
    return resolveSymbol(exchange, listed, ticker ?? name)
  } catch (error) {
    if (!(error instanceof UsageError) || ticker !== undefined) throw error
    const near = nearestCoins(name)
    if (near.length === 0) throw error
    throw new UsageError(error.code, error.message, { suggestions: [`Did you mean ${near.join(', ')}?`, ...error.suggestions] })
  }
}

/** Main contracts by what was traded in 24 h, in quote currency, the largest first. */
async function largest(
  world: ExchangeWorld,
  exchange: Exchange,
  listed: ReadonlyMap<string, Instrument>,
  top: number,
): Promise<string[]> {
  const { tickers } = exchange.rest
  if (tickers === undefined) {
    throw new UsageError('USAGE_NO_RANKS', `${exchange.id} tells no volumes to rank coins by`, {
      suggestions: ['Name them: --coins BTC,ETH'],
    })
  }
  const rows = await all(world, exchange, tickers, {})
  return rows
    .filter(({ symbol }) => {
      const instrument = listed.get(symbol)
      return instrument !== undefined && instrument.isTrading !== false && exchange.symbols.main(instrument.base) === symbol
    })
    .toSorted((a, b) => (b.quoteVolume24h ?? 0) - (a.quoteVolume24h ?? 0) || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, top)
    .map(({ symbol }) => symbol)
}

/** Prices and volumes of one coin, also where the contract counts a thousand of them. */
function candleRow(candle: Candle, source: string, { coin, multiplier }: Target): CandleRow {
  const { timestamp, interval, open, high, low, close, volume } = candle
  const price = (value: number) => (multiplier === 1 ? value : undusted(value / multiplier))
  return {
    source,
    cryptocurrency: coin,
    interval,
    timestamp,
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: multiplier === 1 ? volume : undusted(volume * multiplier),
    quality: '',
  }
}

/** Without the dust of binary fractions: 0.0071234 / 1000 = 0.0000071234. */
function undusted(value: number): number {
  return Number(value.toPrecision(15))
}
