import { nearest, UsageError } from '../../errors.js'

const KINDS = ['candles', 'macro', 'live'] as const
export type DataKind = (typeof KINDS)[number]

/** All kinds when none is named. Throws `UsageError`. */
export function checkKinds(names: readonly string[] | undefined): readonly DataKind[] {
  if (names === undefined) return KINDS
  return names.map((name) => {
    const kind = KINDS.find((known) => known === name.toLowerCase())
    if (kind !== undefined) return kind
    const [near] = nearest(name, KINDS)
    throw new UsageError('USAGE_UNKNOWN_KIND', `No kind of data: ${name}`, {
      suggestions: [...(near === undefined ? [] : [`Did you mean ${near}?`]), `There are ${KINDS.join(', ')}`],
    })
  })
}
