/** The settings as they may be shown: value, unit, source; never a secret. */
import { isAbsolute } from 'node:path'
import { formatDuration } from '../duration.js'
import type { Column } from '../output/column.js'
import type { Row } from '../output/fields.js'
import type { Plain } from '../output/keys.js'
import { pathFromHere } from '../paths.js'
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
  { key: 'value', kind: 'text', text: valueText, cut: 'start' },
  { key: 'unit', text: unitText, paint: (text, _, painter) => painter.quiet(text) },
  { key: 'source', paint: (text, value, painter) => (value === 'default' ? painter.quiet(text) : painter.strong(text)) },
]

/** As it is written in the file or the environment: `10s`, `BTC,ETH`; no thousands marks. */
function valueText(value: Plain, row: Row): string {
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'object' ? JSON.stringify(one) : one)).join(',')
  if (typeof value === 'string' && isAbsolute(value)) return pathFromHere(value)
  return typeof value === 'number' && isDuration(row) ? formatDuration(value) : String(value)
}

/** A duration carries its unit. */
function unitText(unit: Plain, row: Row): string {
  return isDuration(row) ? '' : String(unit)
}

/** Keys that end in `_ms` take a plain number. */
function isDuration({ key, unit }: Row): boolean {
  return unit === 'ms' && !String(key).endsWith('_ms')
}

export function configRows({ entries, values, sources }: ResolvedConfig): ConfigRow[] {
  const rows = entries.map(({ key, value, source, setting }) => ({
    key,
    value: shown(value, setting.isSecret === true),
    unit: setting.unit ?? null,
    source,
    description: setting.description,
  }))
  const description = 'MTS_ENV: development, staging or production'
  return [{ key: 'profile', value: values.profile, unit: null, source: sources.get('profile') ?? 'default', description }, ...rows]
}

function shown(value: unknown, isSecret: boolean): unknown {
  if (value === undefined) return null
  if (isSecret) return '[redacted]'
  return typeof value === 'string' ? redactUrl(value) : value
}
