/** CoinGecko as the simulated market speaks it: its samples, caches, limits and refusals. */
import { COINS, type Coin, coinOf } from '../../market/coins.js'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../market/time.js'
import type { ProviderMarket, ProviderSandboxAnswer, ProviderSandboxRequest, SandboxProvider } from '../sandbox-contract.js'

const SECOND_MS = 1_000
const REACH_MS = 365 * DAY_MS
/** A minute, of one address. */
const LIMITS = { public: 30, pro: 500 }
/** The day that is over is told so long after midnight. */
const MIDNIGHT_DELAY_MS = 35 * MINUTE_MS

/** Coins in the world; the rank follows from price and number. */
const SUPPLY: Readonly<Record<string, number>> = {
  BTC: 19_950_000,
  ETH: 120_700_000,
  SOL: 550_000_000,
  XRP: 60_000_000_000,
  BNB: 138_000_000,
  DOGE: 151_000_000_000,
  SHIB: 589_000_000_000_000,
  PEPE: 420_000_000_000_000,
  LTC: 76_500_000,
  LINK: 690_000_000,
  ADA: 36_000_000_000,
  AVAX: 427_000_000,
}
/** Others with a good ticker: nobody trades them, and the list has them all the same. */
const NAMESAKES = [
  { id: 'bitcoin-bep2', symbol: 'btc', name: 'Bitcoin BEP2' },
  { id: 'bridged-sol', symbol: 'sol', name: 'Bridged SOL' },
]

interface Call extends ProviderSandboxRequest {
  readonly market: ProviderMarket
  readonly isPro: boolean
}
type Handler = (call: Call, coin: Coin) => ProviderSandboxAnswer

export const sandbox: SandboxProvider = {
  id: 'coingecko',
  endpoints: { public: '/api/v3', pro: '/pro/api/v3' },
  answer(request, market) {
    const isPro = request.path.startsWith('/pro/')
    const call = { ...request, market, isPro }
    const refusal = refusalFor(call)
    if (refusal !== undefined) return refusal
    const path = request.path.replace(/^(?:\/pro)?\/api\/v3/, '')
    if (path === '/ping') return ok({ gecko_says: '(V3) To the Moon!' })
    if (path === '/coins/list') return ok([...listed(market).map(coinRow), ...NAMESAKES])
    if (path === '/coins/markets') return markets(call)
    const [, id = '', rest = ''] = /^\/coins\/([^/]+)\/(.+)$/.exec(path) ?? []
    const handler = HANDLERS[rest]
    if (handler === undefined)
      return { status: 404, body: JSON.stringify({ error: 'Incorrect path. Please check https://docs.coingecko.com' }) }
    const coin = listed(market).find((each) => each.id === decodeURIComponent(id))
    return coin === undefined ? { status: 404, body: JSON.stringify({ error: 'coin not found' }) } : handler(call, coin)
  },
}

const HANDLERS: Readonly<Record<string, Handler>> = {
  market_chart: (call, coin) => {
    const days = call.query.get('days')
    if (!call.query.has('vs_currency')) return missing('vs_currency')
    if (days === null) return missing('days')
    const span = days === 'max' ? Number.POSITIVE_INFINITY : Number(days) * DAY_MS
    if (!(span > 0)) return refused(422, 'Invalid days')
    const isDaily = call.query.get('interval') === 'daily'
    return chart(call, coin, call.market.now - Math.min(span, call.market.now - call.market.firstTime), call.market.now, isDaily)
  },
  'market_chart/range': (call, coin) => {
    for (const name of ['vs_currency', 'from', 'to']) if (!call.query.has(name)) return missing(name)
    const [from, to] = [timeOf(call.query.get('from')), timeOf(call.query.get('to'))]
    if (!(from < to)) return refused(422, 'Invalid from or to')
    return chart(call, coin, from, to, false)
  },
  ohlc,
}

function refusalFor({ headers, query, recent, isPro, market }: Call): ProviderSandboxAnswer | undefined {
  if ((headers['user-agent'] ?? '') === '') {
    return status(403, 403, 'Please add a descriptive User-Agent to your request. See https://docs.coingecko.com')
  }
  const demo = headers['x-cg-demo-api-key'] ?? query.get('x_cg_demo_api_key')
  const pro = headers['x-cg-pro-api-key'] ?? query.get('x_cg_pro_api_key')
  if (isPro && demo !== undefined && demo !== null) {
    return status(
      400,
      10011,
      'If you are using Demo API key, please change your root URL from pro-api.coingecko.com to api.coingecko.com',
    )
  }
  if (isPro && (pro === undefined || pro === null)) return status(401, 10002, 'API Key Missing')
  if (!isPro && pro !== undefined && pro !== null) {
    return status(
      400,
      10010,
      'If you are using Pro API key, please change your root URL from api.coingecko.com to pro-api.coingecko.com',
    )
  }
  if (recent <= (isPro ? LIMITS.pro : LIMITS.public)) return undefined
  return tooMany(recent, market.now)
}

/** Some answers name the pause, some the time, some neither, and some do not even have the status. */
function tooMany(recent: number, now: number): ProviderSandboxAnswer {
  const answer = status(
    429,
    429,
    "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing to subscribe",
  )
  const reset = new Date(Math.ceil(now / MINUTE_MS) * MINUTE_MS).toISOString()
  const forms = [
    { ...answer, headers: { 'retry-after': '30' } },
    { ...answer, headers: { 'x-ratelimit-reset': `${reset.slice(0, 10)} ${reset.slice(11, 19)} +0000` } },
    answer,
    { ...answer, status: 200 },
  ]
  return forms[recent % forms.length] ?? answer
}

/** Sampled as CoinGecko does: the closer to now and the shorter, the finer, and never on a grid; last the live price. */
function chart({ market, isPro, query }: Call, coin: Coin, from: number, to: number, isDaily: boolean): ProviderSandboxAnswer {
  const { now } = market
  if (!isPro && from < now - REACH_MS) return tooOld()
  const begin = Math.max(from, market.firstTime)
  const end = Math.min(to, now)
  const stamps = stampsBetween(coin, market, begin, end, spacingFor(isDaily, from, to, now))
  if (to >= now) stamps.push(Math.floor(now / SECOND_MS) * SECOND_MS)
  const digits = query.get('precision') === 'full' ? undefined : 2
  const point = (value: (at: number) => number) => stamps.map((at) => [at, rounded(value(at), digits)])
  const price = (at: number) => market.price(coin.ticker, at)
  return ok({
    prices: point(price),
    market_caps: point((at) => price(at) * (SUPPLY[coin.ticker] ?? 0)),
    total_volumes: point((at) => market.volume24h(coin.ticker, at)),
  })
}

function spacingFor(isDaily: boolean, from: number, to: number, now: number): number {
  if (isDaily || to - from > 90 * DAY_MS) return DAY_MS
  const isLastDay = to - from <= DAY_MS + MINUTE_MS && to >= now - 5 * MINUTE_MS
  return isLastDay ? 5 * MINUTE_MS : HOUR_MS
}

function stampsBetween(coin: Coin, market: ProviderMarket, from: number, to: number, spacing: number): number[] {
  const stamps: number[] = []
  const isDaily = spacing === DAY_MS
  for (let place = Math.floor(from / spacing); place * spacing < to; place++) {
    // Some seconds after the grid, each time others; now and then one is not taken at all.
    const drift = isDaily ? 0 : Math.floor(market.chance(`${coin.id} sample`, place) * Math.min(spacing / 5, 5 * MINUTE_MS))
    const at = place * spacing + drift
    const isSkipped = !isDaily && market.chance(`${coin.id} skip`, place) < 0.004
    const isTold = !isDaily || market.now >= at + MIDNIGHT_DELAY_MS
    if (at >= from && at < to && isTold && !isSkipped) stamps.push(at)
  }
  return stamps
}

/** Stamps are the times at which candles close; the last row is the running one. */
function ohlc({ market, query, isPro }: Call, coin: Coin): ProviderSandboxAnswer {
  if (!query.has('vs_currency')) return missing('vs_currency')
  const days = Number(query.get('days'))
  if (![1, 7, 14, 30, 90, 180, 365].includes(days) && !isPro) return refused(422, 'Invalid days parameter')
  const length = days <= 2 ? HOUR_MS / 2 : days <= 30 ? 4 * HOUR_MS : 4 * DAY_MS
  const rows: number[][] = []
  for (let open = Math.ceil((market.now - days * DAY_MS) / length) * length; open < market.now; open += length) {
    const close = Math.min(open + length, market.now)
    const samples: number[] = []
    for (let at = open; at < close; at += length / 12) samples.push(market.price(coin.ticker, at))
    const stamp = close === market.now ? Math.floor(close / SECOND_MS) * SECOND_MS : close
    rows.push([stamp, samples[0] ?? 0, Math.max(...samples), Math.min(...samples), samples.at(-1) ?? 0])
  }
  return ok(rows)
}

function markets({ market, query }: Call): ProviderSandboxAnswer {
  if (!query.has('vs_currency')) return missing('vs_currency')
  const size = Math.min(250, Number(query.get('per_page') ?? 100))
  const page = Number(query.get('page') ?? 1)
  if (!(size >= 1 && page >= 1)) return refused(422, 'Invalid page')
  const ranked = listed(market)
    .map((coin) => marketRow(coin, market))
    .sort((a, b) => b.market_cap - a.market_cap)
    .map((row, i) => ({ ...row, market_cap_rank: i + 1 }))
  const ids = query.get('ids')?.split(',')
  const symbols = query.get('symbols')?.toLowerCase().split(',')
  const wanted = ranked.filter(({ id, symbol }) => (ids?.includes(id) ?? true) && (symbols?.includes(symbol) ?? true))
  return ok(wanted.slice((page - 1) * size, page * size))
}

function marketRow(coin: Coin, market: ProviderMarket) {
  // From a cache of a minute.
  const at = Math.floor(market.now / MINUTE_MS) * MINUTE_MS
  const price = market.price(coin.ticker, at)
  const day = Array.from({ length: 25 }, (_, i) => market.price(coin.ticker, at - i * HOUR_MS))
  const before = day.at(-1) ?? price
  return {
    ...coinRow(coin),
    image: '',
    current_price: price,
    market_cap: price * (SUPPLY[coin.ticker] ?? 0),
    market_cap_rank: 0,
    fully_diluted_valuation: null,
    total_volume: market.volume24h(coin.ticker, at),
    high_24h: Math.max(...day),
    low_24h: Math.min(...day),
    price_change_24h: price - before,
    price_change_percentage_24h: (price / before - 1) * 100,
    circulating_supply: SUPPLY[coin.ticker] ?? null,
    total_supply: null,
    max_supply: null,
    roi: null,
    last_updated: new Date(at).toISOString(),
  }
}

/** The well-known coins that the market trades. */
function listed(market: ProviderMarket): readonly Coin[] {
  return COINS.filter(({ ticker }) => market.assets.includes(ticker) && coinOf(ticker)?.ticker === ticker)
}

function coinRow({ id, ticker, name }: Coin) {
  return { id, symbol: ticker.toLowerCase(), name }
}

/** Seconds, or ISO. */
function timeOf(text: string | null): number {
  const seconds = Number(text)
  return Number.isNaN(seconds) ? Date.parse(text ?? '') : seconds * SECOND_MS
}

function rounded(value: number, digits: number | undefined): number {
  return digits === undefined || value < 1 ? Number(value.toPrecision(12)) : Number(value.toFixed(digits))
}

function ok(body: unknown): ProviderSandboxAnswer {
  return { status: 200, body: JSON.stringify(body) }
}

function missing(name: string): ProviderSandboxAnswer {
  return refused(422, `Missing parameter ${name}`)
}

function refused(status: number, error: string): ProviderSandboxAnswer {
  return { status, body: JSON.stringify({ error }) }
}

function status(http: number, code: number, message: string): ProviderSandboxAnswer {
  return { status: http, body: JSON.stringify({ status: { error_code: code, error_message: message } }) }
}

function tooOld(): ProviderSandboxAnswer {
  const message =
    'Your request exceeds the allowed time range. Public API users are limited to querying historical data within the past 365 days. Upgrade to a paid plan'
  return { status: 401, body: JSON.stringify({ error: { status: { error_code: 10012, error_message: message } } }) }
}
