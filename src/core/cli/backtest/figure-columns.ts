/** Figures of a backtest in tables: what is a fraction in the document is a percentage for people, everywhere alike. */
import { DEFINITIONS } from '../../backtest/performance/definitions.js'
import { percentText } from '../../backtest/report/figures.js'
import type { Column } from '../output/column.js'

export function percentColumn(key: string, heading: string, more: Pick<Column, 'brief' | 'isMinor'> = {}): Column {
  return { key, heading, unit: '%', kind: 'number', text: shareText, ...more }
}

export function figureColumn(name: keyof typeof DEFINITIONS, more: Pick<Column, 'brief' | 'isMinor'> = {}): Column {
  const { title, unit } = DEFINITIONS[name]
  const heading = title.toLowerCase()
  return unit === 'fraction' ? percentColumn(name, heading, more) : { key: name, heading, kind: 'number', decimals: 2, ...more }
}

function shareText(value: unknown): string {
  return typeof value === 'number' ? percentText(value) : '–'
}
