import { CancelledError, MtsError, UsageError } from '../errors.js'
import type { Exchange, Subscription } from '../exchanges/contract.js'
import { resolveSymbol } from '../exchanges/resolve.js'
import type { LiveFeed } from '../feed/live-feed.js'
import type { ScanOptions } from './arbitrage/options.js'
import { type StreamChannel, subscriptionsOf } from './channels.js'
import type { LiveSignalOptions } from './signals/options.js'
import type { StreamFailure } from './stream-end.js'

export interface TargetOptions {
  readonly exchanges: readonly Exchange[]
  /** Instruments as the user names them. */
  readonly symbols: readonly string[]
  readonly channels: readonly StreamChannel[]
  /** Which of them are looked for: spreads need books, fundings their rates. */
  readonly opportunities?: Pick<ScanOptions, 'kinds'>
  /** Which rules look for signals: each needs its own. */
  readonly signals?: LiveSignalOptions | undefined
  readonly depth: number
}

export interface Targets {
  readonly targets: readonly { readonly exchange: Exchange; readonly subscriptions: readonly Subscription[] }[]
  /** By exchange. */
  readonly failures: Map<string, StreamFailure>
  readonly warnings: readonly string[]
  /** No exchange answered: the first one's reason. */
  readonly unreachable: MtsError | undefined
}

/**
 * Asks each exchange for its instruments and finds what the user named. Throws `UsageError` for names that no exchange knows; an
 * exchange that does not answer has its names taken by its rules, and is a failure.
 */
export async function findTargets(feed: LiveFeed, options: TargetOptions): Promise<Targets> {
  checkOffered(options)
  const failures = new Map<string, StreamFailure>()
  const warnings: string[] = []
  const errors: MtsError[] = []
  const listed = await Promise.all(
    options.exchanges.map(async (exchange) => {
      try {
        return { exchange, instruments: await feed.exchange(exchange).loadInstruments() }
      } catch (error) {
        // Who stops meanwhile has not heard that an exchange failed.
        if (!(error instanceof MtsError) || error instanceof CancelledError) throw error
        errors.push(error)
        failures.set(exchange.id, { exchange: exchange.id, code: error.code, message: error.message })
        return { exchange, instruments: new Map() }
      }
    }),
  )
  const unreachable = errors.length === options.exchanges.length ? errors[0] : undefined
  const unknown = new Map<string, UsageError[]>()
  const targets = listed.map(({ exchange, instruments }) => {
    const symbols: string[] = []
    for (const name of options.symbols) {
      try {
        symbols.push(resolveSymbol(exchange, instruments, name))
      } catch (error) {
        if (!(error instanceof UsageError)) throw error
        unknown.set(name, [...(unknown.get(name) ?? []), error])
      }
    }
    return { exchange, subscriptions: subscriptionsOf(exchange, [...new Set(symbols)], sourcesOf(options), options.depth) }
  })
  for (const [name, found] of unknown) {
    const [error] = found
    if (error !== undefined && found.length === options.exchanges.length) throw error
    warnings.push(`${name}: ${found.map((each) => each.message).join('; ')}`)
  }
  return { targets: targets.filter((each) => each.subscriptions.length > 0), failures, warnings, unreachable }
}

function checkOffered({ exchanges, channels }: TargetOptions): void {
  const silent = channels.filter((channel) => exchanges.every((each) => subscriptionsOf(each, ['x'], [channel], 1).length === 0))
  if (silent.length === 0) return
  throw new UsageError('USAGE_CHANNEL_NOT_OFFERED', `None of these exchanges has the channel ${silent.join(', ')}`)
}

function sourcesOf({ channels, opportunities, signals }: TargetOptions): StreamChannel[] {
  return channels.flatMap((channel) => {
    if (channel === 'opportunities' && opportunities !== undefined) return opportunitySources(opportunities)
    return channel === 'signals' && signals !== undefined ? signalSources(signals) : [channel]
  })
}

function opportunitySources({ kinds }: Pick<ScanOptions, 'kinds'>): StreamChannel[] {
  return [...kinds].map((kind) => (kind === 'spread' ? 'book' : kind))
}

function signalSources({ triggers, books }: LiveSignalOptions): StreamChannel[] {
  const isByCandles = triggers.some(({ settings }) => settings.parameters['live.from'] === 'candles')
  const ofBooks: readonly StreamChannel[] = ['book', 'trades', 'liquidations', 'funding', 'open-interest']
  const wanted = [...triggers.flatMap(({ trigger }) => trigger.channels), ...(books.length > 0 ? ofBooks : [])]
  return [...new Set<StreamChannel>([...wanted, ...(isByCandles ? (['candles'] as const) : [])])]
}
