import { originOfColumns } from '../../storage/column-cache.js'
import type { Reader } from '../../storage/reader.js'
import type { Findings, Memory } from '../data.js'

/** Findings of an older rule are not those of this one. */
const RULE = 'market data 1'

/** What was found out about long series, beside the columns in the database's cache. */
export function memoryOf(reader: Reader): Memory {
  return {
    nameOf: originOfColumns,
    recall(key) {
      const text = reader.columnNote(`${RULE} ${key}`)
      return text === undefined ? undefined : parse(text)
    },
    keep: (key, findings) => reader.keepColumnNote(`${RULE} ${key}`, JSON.stringify(findings)),
  }
}

function parse(text: string): Findings | undefined {
  try {
    const { hash, warnings } = JSON.parse(text) as Partial<Findings>
    const isWhole = typeof hash === 'string' && Array.isArray(warnings)
    return isWhole ? { hash, warnings } : undefined
  } catch (error) {
    // Somebody wrote into it: what was found can be found again.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
