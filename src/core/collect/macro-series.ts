/** Which macro series a name means: those of the provider's table, and those that the user added. */
import { UsageError } from '../errors.js'
import type { Frequency, MacroProvider, MacroSeries } from '../providers/contract.js'

/** A series as the configuration has it. */
export interface UserSeries {
  readonly id: string
  readonly name?: string | undefined
  readonly frequency?: Frequency | undefined
  readonly units?: string | undefined
  /** Days after the date, or the end of the period, until the value is public. */
  readonly lag?: number | undefined
}

/** So many of the table are taken when none is named; and every one of the user's. */
const USUAL = 4

/** The series of `names` (indicators or ids, in any case), each once. Throws `UsageError` with the nearest names. */
export function findMacroSeries(
  provider: MacroProvider,
  names: readonly string[] | undefined,
  own: readonly UserSeries[],
): MacroSeries[] {
  const added = own.map((series) => userSeries(provider, series))
  if (names === undefined) return unique([...provider.table.slice(0, USUAL), ...added])
  return unique(names.map((name) => named(added, name) ?? provider.find(name) ?? unknown(provider, name)))
}

function userSeries(provider: MacroProvider, { id, name, frequency, units, lag }: UserSeries): MacroSeries {
  return provider.foreign(id, {
    ...(name !== undefined && { name }),
    ...(frequency !== undefined && { frequency }),
    ...(units !== undefined && { units }),
    ...(lag !== undefined && { lagDays: lag }),
  })
}

function named(added: readonly MacroSeries[], name: string): MacroSeries | undefined {
  const wanted = name.trim().toUpperCase()
  return added.find((series) => series.id === wanted || series.name.toUpperCase() === wanted)
}

function unique(series: readonly MacroSeries[]): MacroSeries[] {
  return [...new Map(series.map((each) => [each.indicator, each])).values()]
}

function unknown(provider: MacroProvider, name: string): never {
  const near = provider.nearest(name)
  throw new UsageError('USAGE_UNKNOWN_SERIES', `Unknown macro series: ${name}`, {
    suggestions: [
      near.length > 0
        ? `Did you mean ${near.join(', ')}?`
        : `Known are ${provider.table
            .slice(0, 8)
            .map(({ indicator }) => indicator)
            .join(', ')} and more`,
      `Any other series of ${provider.name} can be added as macro_indicators in mts.config.json: {"id": "…", "frequency": "monthly"}`,
    ],
  })
}
