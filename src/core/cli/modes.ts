import { UsageError } from '../errors.js'

/** The one flag of `modes` that was given, or `undefined`. Throws `UsageError` for two: each is a job of its own. */
export function checkMode<const Mode extends string>(
  flags: Readonly<Partial<Record<Mode, unknown>>>,
  modes: readonly Mode[],
): Mode | undefined {
  const given = modes.filter((mode) => flags[mode] !== undefined && flags[mode] !== false)
  if (given.length < 2) return given[0]
  throw new UsageError('USAGE_EXCLUSIVE_FLAGS', `--${given.join(' and --')} do not go together`, {
    suggestions: [`Run mts once for each`],
  })
}

/**
 * Throws `UsageError` for a flag that means nothing without a switch that is off, rather than leave it out unsaid. oclif's `dependsOn`
 * takes every switch for given.
 */
export function checkNeeds<const Name extends string>(flags: Readonly<Record<Name, unknown>>, name: Name, needed: Name): void {
  const isGiven = flags[name] !== undefined && flags[name] !== false
  if (!isGiven || flags[needed] === true) return
  throw new UsageError('USAGE_BAD_FLAG', `--${name} means nothing without --${needed}`, {
    suggestions: [`Add --${needed}, or leave --${name} out`],
  })
}
