/** What a table shows of a field, and how. */
import type { Painter } from './color.js'
import type { Row } from './fields.js'
import type { Plain } from './keys.js'

export interface Column {
  /** Dotted path of the field, in snake_case. */
  readonly key: string
  /** Default: the key with spaces. */
  readonly heading?: string
  /** Shown behind the heading; of a time UTC when not given. */
  readonly unit?: string
  /** `time` is ms since the epoch; `text` keeps a number as it is. Default: by the value. */
  readonly kind?: 'number' | 'time' | 'text'
  /** Digits behind the point, as a number or by row (the tick of its instrument). Default: what the column's values need, at most 8. */
  readonly decimals?: number | ((row: Row) => number)
  /** Its text, where `kind` and `decimals` do not say enough. */
  readonly text?: (value: Plain, row: Row) => string
  /** Heading on a terminal that is too narrow; the unit stays. */
  readonly brief?: string
  /** Left out, the last one first, on a terminal that is too narrow. */
  readonly isMinor?: boolean
  /** Where a long text may be cut on a terminal that is too narrow. */
  readonly cut?: 'start' | 'end'
  readonly paint?: (text: string, value: Plain, painter: Painter) => string
}

/** The text of a column of yes and no. */
export function yesOrNo(value: Plain): string {
  return value === true ? 'yes' : 'no'
}

/** How a field is shown that no table has told how. */
export function columnOf(key: string): Column {
  return /(?:^|[_.])(?:timestamp|time|[a-z]+_at)$/.test(key) ? { key, kind: 'time' } : { key }
}

/** The heading with its unit. */
export function headingOf({ key, heading = key.replaceAll('_', ' '), kind, unit }: Column): string {
  const shown = unit ?? (kind === 'time' ? 'UTC' : undefined)
  return shown === undefined ? heading : `${heading} (${shown})`
}
