/** The settings as they may be shown: value, unit, source; never a secret. */
import type { Column } from '../output/table.js'
import { type ResolvedConfig, redactUrl } from './resolve.js'

export interface ConfigRow {
  readonly key: string
  readonly value: unknown
  readonly unit: string | null
  readonly source: string
  readonly description: string
}

export const CONFIG_COLUMNS: readonly Column[] = [
  { key: 'key' },
  { key: 'value', kind: 'text' },
  { key: 'unit', paint: (text, _, painter) => painter.quiet(text) },
  { key: 'source', paint: (text, value, painter) => (value === 'default' ? painter.quiet(text) : painter.strong(text)) },
]

export function configRows({ entries, values }: ResolvedConfig): ConfigRow[] {
  const rows = entries.map(({ key, value, source, setting }) => ({
    key,
    value: shown(value, setting.isSecret === true),
    unit: setting.unit ?? null,
    source,
    description: setting.description,
  }))
  const description = 'MTS_ENV: development, staging or production'
  return [{ key: 'profile', value: values.profile, unit: null, source: 'MTS_ENV', description }, ...rows]
}

function shown(value: unknown, isSecret: boolean): unknown {
  if (value === undefined) return null
  if (isSecret) return '[redacted]'
  return typeof value === 'string' ? redactUrl(value) : value
}
