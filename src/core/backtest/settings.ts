/** What a user says of a backtest, as texts, brought to the engine's configuration. */
import { ExecutionError, UsageError } from '../errors.js'
import type { Reader } from '../storage/reader.js'
import type { ParameterValues } from '../strategies/parameters.js'
import { type BacktestConfig, DEFAULT_CONFIG, type Fees, type FillMode, type Sizing, type Slippage } from './config.js'
import type { MarketData } from './data.js'
import { bookSamples } from './load/books.js'
import type { LoadedMarket } from './load/market.js'
import { medianSpreadBps } from './load/spreads.js'

export interface RunSettings {
  readonly cash: number
  /** `exchange`, `0.0005`, `0.0002/0.0005` (maker/taker), `0.0005+2` (and an amount a fill). */
  readonly commission: string
  /** `0`, `5bps`, `half-spread`, `half-spread:2bps`, `volume:0.1`, `books`, `books:5bps`. */
  readonly slippage: string
  readonly fill: FillMode
  /** `fraction:0.5`, `units:1`, `notional:1000`, `volatility:0.2`, `kelly:0.5`; by the number of assets when not given. */
  readonly sizing: string | undefined
  readonly leverage: number | undefined
  readonly participation: number | undefined
  readonly maxDrawdown: number | undefined
  readonly maxExposure: number | undefined
  readonly isLongOnly: boolean
  readonly strict: boolean
  readonly seed: number
}

export interface Configured {
  readonly config: BacktestConfig
  /** With the order books that slippage asks for; the reader stays in use as long as it. */
  readonly data: MarketData
  /** What was assumed where the user said nothing. */
  readonly notes: readonly string[]
}

/** A year's: of the notional that has to stay, and of the fee when a position is closed by force. */
const MAINTENANCE_RATE = 0.005
const LIQUIDATION_FEE = 0.005
const FALLBACK_BPS = 5
const VOLATILITY_BARS = 30
const KELLY = { minTrades: 20, fallback: 0.1 } as const

/** Errors: `USAGE_BACKTEST` naming what may be said; `BACKTEST_NO_BOOKS` where spreads or books are asked for and none are stored. */
export function configure(settings: RunSettings, parameters: ParameterValues, market: LoadedMarket, reader: Reader): Configured {
  const notes: string[] = []
  const { cash, fill, leverage, participation, maxDrawdown, maxExposure, strict, seed } = settings
  const fees = feesOf(settings.commission, market, notes)
  const slippage = slippageOf(settings.slippage, market, reader)
  checkVolume(slippage.slippage, market)
  const sizing = settings.sizing === undefined ? usualSizing(market, notes) : sizingFrom(settings.sizing)
  if (sizing.kind === 'fraction' && sizing.fraction > (leverage ?? 1)) notes.push(tooLarge(sizing.fraction, leverage ?? 1))
  const config: BacktestConfig = {
    parameters,
    cash,
    start: market.start,
    end: market.end,
    fill,
    allowShort: !settings.isLongOnly,
    sizing,
    margin:
      leverage === undefined
        ? DEFAULT_CONFIG.margin
        : {
            kind: 'isolated',
            leverage,
            maintenanceRate: Math.min(MAINTENANCE_RATE, 0.5 / leverage),
            liquidationFee: LIQUIDATION_FEE,
          },
    fees,
    ...slippage,
    ...(participation !== undefined && { participation }),
    risk: { ...(maxDrawdown !== undefined && { maxDrawdown }), ...(maxExposure !== undefined && { maxExposure }) },
    strict,
    seed,
  }
  const books = slippage.slippage.kind === 'book-samples' ? bookSamples(reader, market) : []
  return { config, data: { ...market.data, books }, notes }
}

function feesOf(text: string, market: LoadedMarket, notes: string[]): Fees {
  if (text === 'exchange') {
    if (market.exchange !== undefined) return { ...market.exchange.fees, fixed: 0 }
    const { taker } = DEFAULT_CONFIG.fees
    notes.push(`${market.source} is no exchange: ${taker * 10_000} bps a fill are taken as fees; say others with --commission`)
    return DEFAULT_CONFIG.fees
  }
  return feesFrom(text)
}

/** `0.0005`, `0.0002/0.0005`, `0.0005+2`. Errors: `USAGE_BACKTEST`. */
export function feesFrom(text: string): Fees {
  const [, first, second, fixed = '0'] = /^(-?[\d.]+(?:e-\d+)?)(?:\/([\d.]+(?:e-\d+)?))?(?:\+([\d.]+))?$/.exec(text.trim()) ?? []
  const rates = [Number(first), Number(second ?? first), Number(fixed)]
  if (first === undefined || rates.some(Number.isNaN)) {
    throw bad('commission', text, ['exchange', '0.0005 (5 bps a fill)', '0.0002/0.0005 (maker/taker)', '0.0005+2 (and 2 a fill)'])
  }
  return { maker: rates[0] ?? 0, taker: rates[1] ?? 0, fixed: rates[2] ?? 0 }
}

const SLIPPAGES = ['0', '5bps', 'half-spread (of stored spreads)', 'half-spread:2bps', 'volume:0.1', 'books', 'books:5bps']

function slippageOf(text: string, market: LoadedMarket, reader: Reader): Pick<BacktestConfig, 'slippage' | 'slippageOf'> {
  const [kind = '', argument] = text.trim().toLowerCase().split(':')
  const amount = argument === undefined ? undefined : Number(argument.replace(/bps$/, ''))
  if (amount !== undefined && !(amount >= 0)) throw bad('slippage', text, SLIPPAGES)
  if (kind === '0' || kind === 'none') return { slippage: { kind: 'none' } }
  const bps = /^([\d.]+)bps$/.exec(kind)?.[1]
  if (bps !== undefined && argument === undefined && Number(bps) >= 0) return { slippage: { kind: 'bps', bps: Number(bps) } }
  if (kind === 'half-spread' && amount !== undefined) return { slippage: { kind: 'half-spread', spreadBps: amount } }
  if (kind === 'half-spread') return storedSpreads(market, reader)
  if (kind === 'volume' && amount !== undefined) return { slippage: { kind: 'volume-share', impact: amount } }
  if (kind === 'books') return { slippage: { kind: 'book-samples', fallbackBps: amount ?? FALLBACK_BPS } }
  throw bad('slippage', text, SLIPPAGES)
}

function storedSpreads(market: LoadedMarket, reader: Reader): Pick<BacktestConfig, 'slippage' | 'slippageOf'> {
  const spreads = new Map<string, Slippage>()
  for (const coin of market.coins) {
    const instrument = market.instruments.get(coin)
    const spreadBps = instrument === undefined ? undefined : medianSpreadBps(reader, instrument)
    if (spreadBps === undefined) {
      throw new ExecutionError('BACKTEST_NO_BOOKS', `There are no stored spreads of ${coin} on ${market.source}`, {
        suggestions: [
          `Store some: mts stream --exchanges ${market.exchange?.id ?? 'binance'} --symbols ${coin} --channels book`,
          'Or say one: --slippage half-spread:2bps',
        ],
      })
    }
    spreads.set(coin, { kind: 'half-spread', spreadBps })
  }
  const [first = DEFAULT_CONFIG.slippage] = spreads.values()
  return { slippage: first, slippageOf: Object.fromEntries(spreads) }
}

/** Without volume a share of it would be taken for the whole of it. */
function checkVolume(slippage: Slippage, { data, source }: LoadedMarket): void {
  if (slippage.kind !== 'volume-share') return
  const bare = data.traded.find(({ columns }) => columns.volume.some(Number.isNaN))
  if (bare === undefined) return
  throw new UsageError(
    'USAGE_BACKTEST',
    `Slippage by volume needs the volume of every bar, and ${bare.asset} from ${source} has bars without`,
    {
      suggestions: [
        `Take candles of an exchange: mts collect --source binance --coins ${bare.asset} --interval ${bare.interval}`,
        'Or --slippage 5bps',
      ],
    },
  )
}

function usualSizing({ coins }: LoadedMarket, notes: string[]): Sizing {
  if (coins.length === 1) return DEFAULT_CONFIG.sizing
  notes.push(`Each of the ${coins.length} assets may take 1/${coins.length} of equity; say otherwise with --sizing`)
  return { kind: 'fraction', fraction: 1 / coins.length }
}

function tooLarge(fraction: number, leverage: number): string {
  return `${fraction} times equity is more than the account can hold, ${leverage} times: it takes that; borrow with --leverage`
}

/** `fraction:0.5` and the others. Errors: `USAGE_BACKTEST` naming them. */
export function sizingFrom(text: string): Sizing {
  const [kind = '', argument = ''] = text.trim().toLowerCase().split(':')
  const amount = argument === '' ? Number.NaN : Number(argument)
  const sizing = SIZINGS[kind]
  if (sizing !== undefined && amount > 0 && amount < Number.POSITIVE_INFINITY) return sizing(amount)
  throw bad('sizing', text, [
    'fraction:0.5 (of equity)',
    'units:1',
    'notional:1000',
    'volatility:0.2 (a year)',
    'kelly:0.5 (half of Kelly)',
  ])
}

const SIZINGS: Readonly<Record<string, (amount: number) => Sizing>> = {
  fraction: (fraction) => ({ kind: 'fraction', fraction }),
  units: (units) => ({ kind: 'units', units }),
  notional: (notional) => ({ kind: 'notional', notional }),
  volatility: (target) => ({ kind: 'volatility-target', target, bars: VOLATILITY_BARS, maxFraction: 1 }),
  kelly: (multiplier) => ({ kind: 'kelly', multiplier, ...KELLY, maxFraction: 1 }),
}

function bad(flag: string, text: string, forms: readonly string[]): UsageError {
  return new UsageError('USAGE_BACKTEST', `--${flag} cannot be ${text === '' ? 'empty' : text}`, {
    suggestions: [`One of: ${forms.join(', ')}`],
  })
}
