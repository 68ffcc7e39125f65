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
