/** `mts macro`: series of a provider, each as one transaction, with the moment from which anybody could know each value. */
import { ConfigError, DataValidationError, MtsError, RateLimitError, StorageError } from '../errors.js'
import { DAY_MS } from '../market/time.js'
import type { Http } from '../net/contract.js'
import { createProviderClient, type ProviderClient } from '../net/provider-client.js'
import type { Access, Frequency, MacroProvider, MacroSeries, Observation } from '../providers/contract.js'
import { keyName } from '../providers/prepare.js'
import type { History } from '../storage/history.js'
import type { MacroSpan } from '../storage/replace-macro.js'
import type { MacroRow, MacroVintageRow } from '../storage/rows.js'
import { categoryOf } from './failures.js'
import { type Fill, fillDays } from './fill.js'
import { findRevisions, type Revisions } from './macro-revisions.js'
import { eachAtOnce } from './pool.js'
import { isPassingError, type RetryWorld, retrying } from './retry.js'
import { checkKind, SIMULATED } from './simulated.js'

/** The budget of the provider bounds the requests. */
const SERIES_AT_ONCE = 2
/** An observation says something of the days after it for so long: a few releases of its frequency. */
const FILL_DAYS: Readonly<Record<Frequency, number>> = { daily: 10, weekly: 21, monthly: 92, quarterly: 200 }

export interface MacroOptions {
  readonly provider: MacroProvider
  readonly series: readonly MacroSeries[]
  /** Days of observation, both inclusive, `YYYY-MM-DD`. */
  readonly firstDay: string
  readonly lastDay: string
  readonly fills: ReadonlySet<Fill>
  readonly withVintages: boolean
}

export interface MacroWorld extends RetryWorld {
  readonly http: Http
  readonly access: Access
  readonly isSandbox: boolean
  readonly history: History
  /** After a series is stored. Throws `StorageError`. */
  onStored(indicator: string): void
  onProgress(done: number, expected: number): void
}

export interface MacroResult {
  readonly source: string
  readonly indicator: string
  readonly series: string
  /** Days that the provider told of, and of these without a value. */
  readonly observations: number
  readonly missing: number
  readonly interpolated: number
  readonly forwardFilled: number
  /** Rows: new, changed, told once more, and filled ones that nothing stands for any more. */
  readonly stored: number
  readonly updated: number
  readonly unchanged: number
  readonly removed: number
  /** Days told otherwise than when the provider was asked last, and days that came later than their lag: known from now on. */
  readonly revised: number
  readonly late: number
  /** Vintages that were new. */
  readonly vintages: number | null
  readonly first: string | null
  readonly last: string | null
  readonly failure: MtsError | undefined
}

/**
 * Brings the stored rows of every series up to what the provider has. What fails for one series is in its result; throws
 * `ConfigError` for the key, `StorageError`, and the signal's reason.
 */
export async function collectMacro(world: MacroWorld, options: MacroOptions): Promise<MacroResult[]> {
  const { provider, series, withVintages } = options
  const { http, clock, access, signal } = world
  const hasKey = provider.plans[access.plan]?.key !== undefined
  if (withVintages && !hasKey) throw vintagesNeedKey(provider)
  const client = createProviderClient({ http, clock, provider, access, send: { signal, priority: 2 } })
  const isPassing = (error: unknown) => isPassingError(error) && !(error instanceof RateLimitError)
  const all: ProviderClient['all'] = (source, query) => retrying(world, () => client.all(source, query), isPassing)
  const results = new Map<string, MacroResult>()
  await eachAtOnce(series, SERIES_AT_ONCE, async (each) => {
    results.set(each.indicator, await collectOne(world, options, each, { all, hasKey }))
    world.onProgress(results.size, series.length)
  })
  return series.flatMap(({ indicator }) => results.get(indicator) ?? [])
}

interface Asking {
  readonly all: ProviderClient['all']
  readonly hasKey: boolean
}

interface Told {
  readonly rows: readonly MacroRow[]
  readonly vintages: readonly MacroVintageRow[]
}

async function collectOne(world: MacroWorld, options: MacroOptions, series: MacroSeries, asking: Asking): Promise<MacroResult> {
  const { provider, firstDay, lastDay, fills, withVintages } = options
  const { indicator, id, frequency } = series
  const base = { source: provider.id, indicator, series: id }
  try {
    const limitDays = FILL_DAYS[frequency]
    // The first days of the time asked for are filled from the observation before it.
    const from = fills.has('none') ? firstDay : dayBefore(firstDay, limitDays)
    const told = await tell(provider, series, { from, to: lastDay, withVintages, ...asking })
    const { rows, vintages, revised, late } = known(world, { indicator, firstDay: from, lastDay }, told, withVintages)
    const quality = world.isSandbox ? SIMULATED : ''
    const filled = fillDays(
      rows.map((row) => ({ ...row, quality })),
      { fills, limitDays, lastDay },
    ).filter(({ date }) => date >= firstDay && date <= lastDay)
    if (!rows.some(({ date, value }) => date >= firstDay && value !== null)) throw nothingTold(provider, series, options)
    checkKind(`The values of ${indicator}`, world.history.macroQuality(indicator), world.isSandbox)
    const span = { indicator, firstDay, lastDay }
    const own = rows.filter(({ date }) => date >= firstDay)
    const worded = vintages.filter(({ date }) => withVintages || date >= firstDay)
    const { inserted, updated, unchanged, removed, newVintages } = world.history.replaceMacro(span, filled, worded)
    world.onStored(indicator)
    return {
      ...base,
      observations: own.length,
      missing: own.filter(({ value }) => value === null).length,
      interpolated: filled.filter(({ isInterpolated }) => isInterpolated).length,
      forwardFilled: filled.filter(({ isForwardFilled }) => isForwardFilled).length,
      ...{ stored: inserted, updated, unchanged, removed, revised, late },
      vintages: withVintages ? newVintages : null,
      first: own[0]?.date ?? null,
      last: own.at(-1)?.date ?? null,
      failure: undefined,
    }
  } catch (error) {
    if (!(error instanceof MtsError) || error instanceof StorageError || categoryOf(error) === undefined) throw error
    return { ...base, ...NOTHING, failure: error }
  }
}

const NOTHING = {
  observations: 0,
  missing: 0,
  interpolated: 0,
  forwardFilled: 0,
  stored: 0,
  updated: 0,
  unchanged: 0,
  removed: 0,
  revised: 0,
  late: 0,
  vintages: null,
  first: null,
  last: null,
} as const

interface Question extends Asking {
  readonly from: string
  readonly to: string
  readonly withVintages: boolean
}

async function tell(provider: MacroProvider, series: MacroSeries, question: Question): Promise<Told> {
  const { from, to, withVintages, all, hasKey } = question
  const query = { series: series.id, from, to }
  if (!withVintages) {
    const observed = hasKey ? await all(provider.rest.observations, query) : await all(provider.rest.graph, query)
    return { rows: observed.map((each) => rowOf(provider, series, each)), vintages: [] }
  }
  const windows = provider.windows(await all(provider.rest.releases, { series: series.id })).filter(({ last }) => last >= from)
  const told: Observation[] = []
  for (const known of windows) for (const each of await all(provider.rest.observations, { ...query, known })) told.push(each)
  const wordings = provider.vintages(series, told, windows)
  // The last wording of a day is what is known at present, and since when.
  const newest = new Map(wordings.map((each) => [each.date, each]))
  return {
    rows: [...newest.values()].map((each) => rowOf(provider, series, each)),
    vintages: wordings.map((each) => {
      const { indicator, date, availableAt, value } = rowOf(provider, series, each)
      return { indicator, date, availableAt, value }
    }),
  }
}

/** The provider's own vintages say since when each wording held; without them, what mts has seen of it before. */
function known({ history, clock }: MacroWorld, span: MacroSpan, told: Told, withVintages: boolean): Revisions {
  if (withVintages) return { ...told, revised: 0, late: 0 }
  return findRevisions(told.rows, history.macroPast(span), clock.now())
}

function rowOf(provider: MacroProvider, series: MacroSeries, { date, value, knownFrom }: Observation): MacroRow {
  const availableAt = knownFrom === undefined ? provider.availableAt(series, date) : provider.releasedAt(knownFrom)
  return { indicator: series.indicator, date, value, isInterpolated: false, isForwardFilled: false, availableAt, quality: '' }
}

function dayBefore(day: string, days: number): string {
  return new Date(Date.parse(day) - days * DAY_MS).toISOString().slice(0, 10)
}

function nothingTold({ name }: MacroProvider, { id }: MacroSeries, { firstDay, lastDay }: MacroOptions): DataValidationError {
  return new DataValidationError('DATA_NO_OBSERVATIONS', `${name} has no value of ${id} from ${firstDay} to ${lastDay}`, {
    suggestions: ['It may be published later, or no longer: ask for a longer time with --days'],
  })
}

function vintagesNeedKey(provider: MacroProvider): ConfigError {
  const from = Object.values(provider.plans).flatMap(({ key }) => (key === undefined ? [] : [key.from]))
  return new ConfigError('CONFIG_KEY_MISSING', `--vintages needs a key of ${provider.name}, and ${keyName(provider)} is not set`, {
    suggestions: [...from.map((place) => `Get one, free, at ${place}`), `Set ${keyName(provider)} in the environment or in .env`],
  })
}
