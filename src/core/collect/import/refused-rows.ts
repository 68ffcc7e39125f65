/** Rows of a file that are kept out of the database: counted by reason, and written where the user can look at them. */
import { DataValidationError } from '../../errors.js'
import type { Rejected } from './contract.js'

const QUARANTINE_ROWS = 1000
/** From this share of refused rows on, it is not the rows that are wrong but what the file was taken for. */
const MOST_REFUSED = 0.5

export interface Quarantine {
  /** Takes refused rows of a file; resolved to the path that they are kept in. */
  quarantine(file: string, rows: readonly Rejected[]): string
  readonly isDryRun: boolean
}

export interface Refused {
  readonly count: number
  readonly reasons: ReadonlyMap<string, number>
  /** Rows that lose against another of their time. */
  readonly lost: number
  add(rejected: Rejected): void
  lose(rejected: Rejected): void
  /** Writes what waits; the file that has them, or `null` where there are none. */
  end(): string | null
}

/** Nothing reaches the quarantine before the file as a whole is known to be usable, save for what memory cannot hold. */
export function createRefused({ quarantine, isDryRun }: Quarantine, path: string): Refused {
  const reasons = new Map<string, number>()
  let waiting: Rejected[] = []
  let file: string | null = null
  let [count, lost] = [0, 0]
  const keep = (rejected: Rejected) => {
    waiting.push(rejected)
    if (waiting.length >= QUARANTINE_ROWS) flush()
  }
  const flush = () => {
    if (!isDryRun) file = quarantine(path, waiting)
    waiting = []
  }
  return {
    get count() {
      return count
    },
    get lost() {
      return lost
    },
    reasons,
    add(rejected) {
      count += 1
      const kind = rejected.reason.replace(/: .*$/, '')
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1)
      keep(rejected)
    },
    lose(rejected) {
      lost += 1
      keep(rejected)
    },
    end() {
      if (waiting.length > 0) flush()
      // What an earlier import of this file left there is not of this one.
      else if (file === null && !isDryRun) quarantine(path, [])
      return file
    },
  }
}

/** Throws `DataValidationError` when more than half of the rows are refused. */
export function checkUsable(path: string, rows: number, refused: Refused): void {
  const { count, reasons } = refused
  if (count <= rows * MOST_REFUSED) return
  const kept = refused.end()
  const [reason = ''] = [...reasons].toSorted((a, b) => b[1] - a[1])[0] ?? []
  throw new DataValidationError(
    'DATA_IMPORT_REFUSED',
    `${path}: ${count} of ${rows} rows cannot be used, most often because ${reason}`,
    {
      suggestions: [
        'Say better what it is with --map, --tz, --interval or --kind',
        ...(kept === null ? [] : [`The refused rows are in ${kept}`]),
      ],
    },
  )
}
