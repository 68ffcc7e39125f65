/** Fault scripts: JSON, checked whole before anything starts. */
import { z } from 'zod'
import { UsageError } from '../../errors.js'
import { FAULT_KINDS, type FaultRule, spanMs } from './rule.js'

const span = z.union([z.number(), z.string()]).transform((value, context) => {
  const ms = typeof value === 'number' ? value : spanMs(value)
  if (ms !== undefined && Number.isFinite(ms)) return ms
  context.addIssue({ code: 'custom', message: `not a span of time like 250ms, 30s or 5m: ${value}` })
  return z.NEVER
})
const time = span.refine((ms) => ms >= 0, 'must not be negative')
const length = span.refine((ms) => ms > 0, 'must be above 0')

const rule = z
  .strictObject({
    kind: z.enum(FAULT_KINDS),
    exchange: z.string().min(1).optional(),
    connection: z.int().min(1).optional(),
    topic: z.string().min(1).optional(),
    path: z.string().min(1).optional(),
    at: time.optional(),
    for: length.optional(),
    every: length.optional(),
    chance: z.number().gt(0).max(1).optional(),
    times: z.int().min(1).optional(),
    by: span.optional(),
    status: z.int().min(400).max(599).optional(),
    retryAfter: z.number().min(0).optional(),
  })
  .refine(({ every, for: lasts }) => every === undefined || lasts === undefined || lasts <= every, {
    path: ['for'],
    message: 'must not be longer than every',
  })
const script = z.strictObject({ faults: z.array(rule).min(1) })

/** Rules of a script's text. Throws `UsageError` that names the place of the first mistake; `name` is the file, for people. */
export function parseFaultScript(text: string, name: string): FaultRule[] {
  const parsed = script.safeParse(parseJson(text, name))
  if (parsed.success) return parsed.data.faults.map(withoutMissing)
  const [issue] = parsed.error.issues
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw badScript(`${name}${place}: ${issue?.message ?? 'not a fault script'}`)
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw badScript(`${name} is no JSON`, cause)
  }
}

function badScript(message: string, cause?: unknown): UsageError {
  const suggestions = ['Write it like {"faults":[{"kind":"cut","at":"5s","exchange":"binance"}]}; docs/faults.md has every kind']
  return new UsageError('USAGE_BAD_FAULT', message, { cause, suggestions })
}

function withoutMissing(checked: z.infer<typeof rule>): FaultRule {
  const given = Object.entries(checked).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given) as unknown as FaultRule
}
