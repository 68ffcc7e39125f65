/** Spans of time as people write them: `250ms`, `90s`, `15m`, `24h`, `7d`, `2w`, `1h30m`; a bare `0` needs no unit. */
import { UsageError } from '../errors.js'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../market/time.js'

const UNITS = [
  ['w', 604_800_000],
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', 1000],
  ['ms', 1],
] as const

const MS_PER_UNIT: ReadonlyMap<string, number> = new Map(UNITS)
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[wdhms]))+$/
const PART = /(\d+(?:\.\d+)?)(ms|[wdhms])/g

/** Milliseconds of a span; `undefined` when the text is none. */
export function durationMs(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase()
  if (trimmed === '0') return 0
  if (!WHOLE.test(trimmed)) return undefined
  let total = 0
  for (const [, amount, unit] of trimmed.matchAll(PART)) total += Number(amount) * (MS_PER_UNIT.get(unit ?? '') ?? Number.NaN)
  const rounded = Math.round(total)
  return Number.isSafeInteger(rounded) ? rounded : undefined
}

/** Milliseconds of a span; throws `UsageError` naming the text and the form that is wanted. */
export function parseDuration(text: string): number {
  const ms = durationMs(text)
  if (ms !== undefined) return ms
  const isBare = /^\d+(\.\d+)?$/.test(text.trim())
  throw new UsageError('USAGE_BAD_DURATION', isBare ? `A duration needs a unit: ${text}` : `Not a duration: ${text}`, {
    suggestions: [
      isBare ? `Write ${text.trim()}s, ${text.trim()}m or ${text.trim()}h` : 'Write it like 250ms, 90s, 15m, 24h or 7d',
    ],
  })
}

/** The shortest exact spelling, days being the longest unit as in `--since 30d`: 90 000 → `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0'
  let rest = ms
  let text = ''
  for (const [unit, size] of UNITS.slice(1)) {
    const count = Math.floor(rest / size)
    if (count === 0) continue
    text += `${count}${unit}`
    rest -= count * size
  }
  return text
}
