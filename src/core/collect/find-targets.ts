/** Which contracts of an exchange the user means: one a coin, its main one. */
import { UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import { resolveSymbol } from '../exchanges/resolve.js'
import { coinOf, nearestCoins } from '../market/coins.js'
import type { Instrument } from '../market/instrument.js'
import { type ExchangeWorld, exchangeRows } from './exchange-pages.js'
import type { Found, Target, Wish } from './source.js'

/** Throws `UsageError` for a name that the exchange does not have, `ApiError`. */
export async function findTargets(world: ExchangeWorld, exchange: Exchange, { coins, top }: Wish): Promise<Found> {
  const instruments = await exchangeRows(world, exchange, exchange.rest.instruments, {})
  const listed = new Map(instruments.map((each) => [each.symbol, each]))
  const symbols =
    coins === undefined ? await largest(world, exchange, listed, top) : coins.map((name) => mainSymbol(exchange, listed, name))
  const targets = symbols.flatMap((symbol) => targetOf(listed.get(symbol)))
  const foreign = targets.filter(({ ticker }) => coinOf(ticker) === undefined)
  const instead = targets.filter(({ symbol, ticker }) => exchange.symbols.main(ticker) !== symbol)
  const halted = symbols.filter((symbol) => listed.get(symbol)?.isTrading === false)
  return {
    targets: [...new Map(targets.map((target) => [target.coin, target])).values()],
    warnings: [
      ...foreign.map(({ coin, ticker }) => `${ticker} is not in the table of coins: it is stored as ${coin}`),
      ...instead.map(
        ({ symbol, coin, ticker }) =>
          `${exchange.id} does not list ${exchange.symbols.main(ticker)}: bars of ${symbol} are stored as those of ${coin}, also beside older ones of the other`,
      ),
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
  const rows = await exchangeRows(world, exchange, tickers, {})
  return rows
    .filter(({ symbol }) => {
      const instrument = listed.get(symbol)
      return instrument !== undefined && instrument.isTrading !== false && exchange.symbols.main(instrument.base) === symbol
    })
    .toSorted((a, b) => (b.quoteVolume24h ?? 0) - (a.quoteVolume24h ?? 0) || (a.symbol < b.symbol ? -1 : 1))
    .slice(0, top)
    .map(({ symbol }) => symbol)
}
