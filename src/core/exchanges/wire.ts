/** What the exchanges' folders share to read bodies and number text. */
import { z } from 'zod'
import { ProtocolError } from '../errors.js'

/** Number text as exchanges send it: `''`, `null` and a missing key are "no value"; what is no number is `null` too. */
export function decimal(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'string' || value === '') return null
  const number = Number(value)
  return Number.isFinite(number) ? number : null
}

/** A number that must be there, as text or bare. */
export const zNumber = z.union([z.string().min(1), z.number()]).transform((value, context) => {
  const number = Number(value)
  if (Number.isFinite(number)) return number
  context.addIssue(`not a number: ${value}`)
  return z.NEVER
})

/** A number that may be missing, `null` or `''`; then `null`. */
export const zMaybeNumber = z
  .union([z.string(), z.number(), z.null()])
  .optional()
  .transform((value) => decimal(value))

/** A price level `[price, quantity, …]`. */
export const zLevel = z.tuple([zNumber, zNumber]).rest(z.unknown())

/** Checks a body against its schema; the error names the endpoint and the place in the body. */
export function parseBody<Out>(schema: z.ZodType<Out>, body: unknown, exchange: string, endpoint: string): Out {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  const place = issue === undefined || issue.path.length === 0 ? 'the body' : issue.path.join('.')
  throw new ProtocolError(`${exchange} ${endpoint}: unexpected answer at ${place}: ${issue?.message ?? 'unknown form'}`, exchange, {
    cause: result.error,
    suggestions: ['The exchange may have changed its interface: look for a newer mts'],
  })
}
