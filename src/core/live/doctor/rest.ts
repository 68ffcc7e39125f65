import { MtsError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import { type DoctorWorld, type ExchangeCheck, type Finding, finding } from './contract.js'

const REQUESTS = 5
/** Half of what a signed request, or a row's age, may be off before it hurts. */
const LARGE_OFFSET_MS = 500

interface Probe {
  readonly roundTripMs: number
  /** Our clock minus the exchange's in the middle of the round trip. */
  readonly offsetMs: number
}

/** Reaches the REST interface and measures the clocks' difference by its best round trip, as NTP does. */
export const checkRest: ExchangeCheck = async (exchange, world) => {
  const probes: Probe[] = []
  try {
    for (let i = 0; i < REQUESTS; i++) probes.push(await probe(exchange, world))
  } catch (error) {
    if (!(error instanceof MtsError)) throw error
    const advice =
      error.suggestions[0] ?? 'Is the network up, and does the exchange serve this country? `mts config` shows the address'
    return [finding('rest', 'failure', error.message, { exchange: exchange.id, advice, figures: { code: error.code } })]
  }
  const best = probes.reduce((least, each) => (each.roundTripMs < least.roundTripMs ? each : least))
  const { host } = new URL(world.endpoints(exchange).rest)
  const roundTripMs = round(best.roundTripMs)
  return [
    finding('rest', 'ok', `${host} answers in ${roundTripMs} ms`, { exchange: exchange.id, figures: { roundTripMs } }),
    clockFinding(exchange, best),
  ]
}

function clockFinding({ id }: Exchange, { offsetMs, roundTripMs }: Probe): Finding {
  // The exchange's time is cut to whole ms.
  const errorMs = roundTripMs / 2 + 1
  const figures = { offsetMs: round(offsetMs), errorMs: round(errorMs) }
  const amount = `${Math.abs(figures.offsetMs)} ms ± ${figures.errorMs} ms`
  const message = `our clock is ${amount} ${offsetMs < 0 ? 'behind' : 'ahead'}`
  const isLarge = Math.abs(offsetMs) - errorMs > LARGE_OFFSET_MS
  const advice = isLarge ? 'Set the clock of this machine by NTP; if others agree with it, the exchange is off' : null
  return finding('clock', isLarge ? 'warning' : 'ok', message, { exchange: id, advice, figures })
}

async function probe(exchange: Exchange, { clock, http, signal, endpoints }: DoctorWorld): Promise<Probe> {
  const source = exchange.rest.serverTime
  const sentAt = clock.stamp()
  const answer = await http.send(exchange, endpoints(exchange).rest, source.request({}), { signal })
  const [theirs] = source.parse(parsed(answer.body), {}).rows
  const roundTripMs = (answer.receivedAt - sentAt) / 1000
  return { roundTripMs, offsetMs: (answer.receivedAt + sentAt) / 2000 - (theirs ?? Number.NaN) }
}

/** What is no JSON is for the exchange's own parser to refuse, in its words. */
function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
