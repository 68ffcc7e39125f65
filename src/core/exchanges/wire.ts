/** What the exchanges' folders share to read bodies and number text. */
import { z } from 'zod'
import { zNumber } from '../rest/wire.js'

export { decimal, numeric, parseBody, zMaybeNumber, zNumber } from '../rest/wire.js'

/** A price level `[price, quantity, …]`. */
export const zLevel = z.tuple([zNumber, zNumber]).rest(z.unknown())
