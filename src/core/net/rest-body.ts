import { MtsError, ProtocolError, RejectedError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import { excerpt } from '../rest/excerpt.js'

const FIRST_REFUSAL_STATUS = 400

/**
 * What `read` makes of an answer's JSON. Throws `RejectedError` when the exchange refused, `ProtocolError` when it is no JSON or
 * not what `read` knows.
 */
export function readAnswer<Value>(
  exchange: Exchange,
  path: string,
  { status, body }: { readonly status: number; readonly body: string },
  read: (body: unknown) => Value,
): Value {
  try {
    return read(JSON.parse(body))
  } catch (cause) {
    if (cause instanceof RejectedError) throw cause
    const place = `${exchange.id} ${path}`
    const said = excerpt(body) || 'an empty answer'
    // A proxy's page of HTML refuses as well as the exchange's own words do.
    if (status >= FIRST_REFUSAL_STATUS) {
      throw new RejectedError(`${place}: HTTP ${status}: ${said}`, exchange.id, {
        cause,
        suggestions: ['It may refuse your address or country, or the URL is wrong: `mts config` shows it'],
      })
    }
    if (cause instanceof MtsError) throw cause
    throw new ProtocolError(`${place}: the answer is no JSON: ${said}`, exchange.id, {
      cause,
      suggestions: ['Is it the exchange that answers? `mts config` shows the URL; a proxy or a login page may stand in its way'],
    })
  }
}
