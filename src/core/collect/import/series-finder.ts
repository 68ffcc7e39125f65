/** From what a flag, a row or a file's name says to the one series that a row belongs to. */
import { DataValidationError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange } from '../../exchanges/registry.js'
import { coinOf } from '../../market/coins.js'
import { intervalMs } from '../../market/interval.js'
import type { CandleTarget, FundingTarget } from './contract.js'
import { type Clues, intervalNamed } from './file-name.js'
import { hasInverse, type Market, type NamedInstrument, readInstrument, sourceOf, sourcesOf } from './instrument-names.js'

export interface SeriesFinder {
  /** Both throw `DataValidationError` for what the clues leave open, with the flag that says it. */
  candles(clues: Clues): CandleTarget
  funding(clues: Clues, rateKind: FundingTarget['rateKind']): FundingTarget
}

export async function createSeriesFinder(path: string): Promise<SeriesFinder> {
  const exchanges = new Map(await Promise.all(EXCHANGE_IDS.map(async (id) => [id, await loadExchange(id)] as const)))
  return {
    candles(clues) {
      const named = clues.symbol === undefined ? undefined : readInstrument(clues.symbol)
      const source = clues.source?.toLowerCase() ?? sourceFor(path, clues, named)
      const own = ownInstrument(exchanges.get(source), clues.symbol, named)
      if (own !== undefined) checkMain(path, source, exchanges, own)
      const { coin, multiplier } = coinFor(path, clues, own ?? named)
      const interval = intervalFor(path, clues.interval)
      const symbol = own?.symbol ?? named?.compact ?? null
      return { kind: 'ohlcv', name: `${source} ${coin} ${interval.name}`, source, coin, ...lengths(interval), multiplier, symbol }
    },
    funding(clues, rateKind) {
      const { symbol } = clues
      if (symbol === undefined) throw identity(path, 'its rates name no contract', 'Give it: --symbol BTCUSDT')
      const named = readInstrument(symbol)
      // Spot pays no funding.
      const market = clues.market ?? 'linear'
      const exchange = clues.source?.toLowerCase() ?? sourceFor(path, { ...clues, market }, named)
      const own = ownInstrument(exchanges.get(exchange), symbol, named)
      const found = own?.symbol ?? symbol.trim().replace(/\s+perpetual$/i, '')
      const step = clues.interval === undefined ? undefined : intervalMs(clues.interval)
      return { kind: 'funding', name: `${exchange} ${found}`, exchange, symbol: found, rateKind, intervalMs: step }
    },
  }
}

interface OwnInstrument {
  readonly symbol: string
  readonly base: string
  readonly multiplier: number
}

/** By the exchange's own rules; a unified name is written without its signs there. */
function ownInstrument(
  exchange: Exchange | undefined,
  symbol: string | undefined,
  named: NamedInstrument | undefined,
): OwnInstrument | undefined {
  if (exchange === undefined || symbol === undefined) return undefined
  return exchange.symbols.parse(symbol.trim()) ?? (named === undefined ? undefined : exchange.symbols.parse(named.compact))
}

function sourceFor(path: string, { exchange, market }: Clues, named: NamedInstrument | undefined): string {
  if (exchange === undefined)
    throw identity(path, 'nothing says whose data it holds', 'Say it: --source binance-spot, or --exchange')
  const source = sourceOf(exchange, marketFor(exchange, market, named))
  if (source !== undefined) return source
  throw identity(path, `nothing says which market of ${exchange} it holds`, `Say it: --source ${sourcesOf(exchange).join(' or ')}`)
}

/** "Perpetual" says nothing of what it is settled in; the symbol may. */
function marketFor(exchange: string, market: Market | undefined, named: NamedInstrument | undefined): Market | undefined {
  const ofName = market ?? named?.market
  const isInverse = named?.market === 'inverse' || (named?.quote === 'USD' && hasInverse(exchange))
  return ofName === 'linear' && isInverse ? 'inverse' : ofName
}

/** Bars of two contracts of one coin in one series would be no series. */
function checkMain(path: string, source: string, exchanges: ReadonlyMap<string, Exchange>, { base, symbol }: OwnInstrument): void {
  const main = exchanges.get(source)?.symbols.main(base)
  if (main === undefined || main === symbol) return
  throw new DataValidationError('DATA_IMPORT_MIXED', `${path}: ${source} bars of ${base} are those of ${main}, not ${symbol}`, {
    suggestions: [`Keep them apart under another name: --source ${source}-${symbol.toLowerCase()}`],
  })
}

function coinFor(path: string, { coin }: Clues, instrument: Pick<OwnInstrument, 'base' | 'multiplier'> | undefined) {
  if (coin === undefined && instrument === undefined)
    throw identity(path, 'nothing says of which coin it is', 'Say it: --coin bitcoin')
  const ofSymbol = instrument === undefined ? undefined : coinId(instrument.base)
  const id = coin === undefined ? ofSymbol : coinId(coin)
  return { coin: id ?? '', multiplier: id === ofSymbol ? (instrument?.multiplier ?? 1) : 1 }
}

function coinId(name: string): string {
  return coinOf(name)?.id ?? name.trim().toLowerCase()
}

function intervalFor(path: string, text: string | undefined) {
  if (text === undefined) throw identity(path, 'nothing says how long its bars are', 'Say it: --interval 1h')
  const name = intervalNamed(text) ?? text
  const ms = intervalMs(name)
  if (ms !== undefined) return { name, ms }
  throw identity(path, `its bars cannot be ${text} long`, 'Lengths are like 1m, 1h, 1d, 1w')
}

function lengths({ name, ms }: { readonly name: string; readonly ms: number }) {
  return { interval: name, intervalMs: ms }
}

function identity(path: string, what: string, advice: string): DataValidationError {
  return new DataValidationError('DATA_IMPORT_IDENTITY', `${path}: ${what}`, { suggestions: [advice] })
}
