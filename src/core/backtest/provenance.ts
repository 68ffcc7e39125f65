/** What makes a run repeatable: hashes of everything that it depends on. */
import { createHash } from 'node:crypto'
import type { ParameterValues } from '../strategies/parameters.js'
import type { BacktestConfig } from './config.js'
import type { Provenance } from './result.js'

/** JSON with keys in order and without what is undefined: equal content gives equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`)
    .join(',')}}`
}

export function provenanceOf(
  strategy: string,
  parameters: ParameterValues,
  config: BacktestConfig,
  { dataHash, version }: Pick<Provenance, 'dataHash' | 'version'>,
): Provenance {
  const text = canonicalJson({ strategy, config: { ...config, parameters } })
  return { dataHash, configHash: createHash('sha256').update(text).digest('hex'), seed: config.seed, version }
}
