/** What comes from the simulated market carries a flag and never stands beside real data: half a series would be worse than none. */
import { DataValidationError } from '../errors.js'

export const SIMULATED = 'simulated'

export function isSimulated(quality: unknown): boolean {
  return typeof quality === 'string' && quality.split(',').includes(SIMULATED)
}

/**
 * `stored`: quality of a row that is there, `undefined` without one. `what`: in the plural, as `The values of VIX`.
 * Throws `DataValidationError` where the new rows are of the other kind.
 */
export function checkKind(what: string, stored: string | undefined, isAskedSimulated: boolean): void {
  if (stored === undefined || isSimulated(stored) === isAskedSimulated) return
  const [there, asked] = isAskedSimulated ? ['real', 'simulated'] : ['simulated', 'real']
  throw new DataValidationError('DATA_SIMULATED', `${what} in this database are ${there}, and ${asked} ones were asked for`, {
    suggestions: ['Keep them apart: give another database with --db'],
  })
}
