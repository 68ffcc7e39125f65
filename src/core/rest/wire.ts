/** What exchanges and providers share to read bodies and number text. */
import { z } from 'zod'
import { ProtocolError } from '../errors.js'

/** JSON's grammar, as the scanner's: `Number` alone would take `' '` for 0 and `'0x1F'` for 31. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Number text or a bare number; NaN for anything else and for what is not finite. */
export function numeric(value: unknown): number {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : Number.NaN
}

/** Number text as exchanges send it: `''`, `null` and a missing key are "no value"; what is no number is `null` too. */
export function decimal(value: unknown): number | null {
  const number = numeric(value)
  return Number.isNaN(number) ? null : number
}

/** A number that must be there, as text or bare. */
export const zNumber = z.union([z.string(), z.number()]).transform((value, context) => {
  const number = numeric(value)
  if (!Number.isNaN(number)) return number
  context.addIssue(`not a number: ${value}`)
  return z.NEVER
})

/** A number that may be missing, `null` or `''`; then `null`. */
export const zMaybeNumber = z
  .union([z.string(), z.number(), z.null()])
  .optional()
  .transform((value) => decimal(value))

/** Checks a body against its schema; the error names the endpoint and the place in the body. */
export function parseBody<Out>(schema: z.ZodType<Out>, body: unknown, service: string, endpoint: string): Out {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.')
  throw new ProtocolError(`${service} ${endpoint}: unexpected answer at ${place}: ${issue?.message ?? 'unknown form'}`, service, {
    cause: result.error,
    suggestions: ['Its interface may have changed: look for a newer mts'],
  })
}
