/** Random scripts of everything that can go wrong, by a seed. */
import { ANSWER_KINDS, FAULT_KINDS, type FaultRule, ITEM_KINDS, isKind } from '../../src/core/sandbox/faults/rule.js'
import { randomStream } from '../../src/core/sandbox/market/random.js'

const EXCHANGES = ['binance', 'binance-spot', 'bybit']
/** Rules begin between these, the first of them while the books are being made. */
const FIRST_MS = 300
const LAST_MS = 2_500
const SHARE_WITHOUT_LENGTH = 0.15

type Random = () => number

/** One to five rules that begin in the first seconds; outages last up to 40 s, bans as long as the exchange says. */
export function randomRules(seed: number): FaultRule[] {
  const random = randomStream(seed * 7919 + 13)
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => randomRule(random))
}

function randomRule(random: Random): FaultRule {
  const upTo = (limit: number) => Math.floor(random() * limit)
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)] as Value
  const kind = pick(FAULT_KINDS)
  const base = { kind, at: FIRST_MS + upTo(LAST_MS - FIRST_MS), ...(random() < 0.7 ? { exchange: pick(EXCHANGES) } : {}) }
  switch (kind) {
    case '429':
    case '418':
    case '403':
      return { ...base, times: 1, ...(random() < SHARE_WITHOUT_LENGTH ? {} : { retryAfter: 1 + upTo(10) }) }
    case 'cut':
    case 'close':
      return random() < 0.3 ? base : { ...base, for: outageMs(random) }
    case 'refuse':
    case 'stall':
    case 'mute':
      return { ...base, for: outageMs(random) }
    case 'half-open':
      return base
    case 'clock-skew':
    case 'clock-jump':
      return { ...base, for: 100 + upTo(4_000), by: upTo(20_000) - 10_000 }
    case 'delay':
      return { ...base, for: 100 + upTo(4_000), chance: 0.02, by: 50 + upTo(500) }
    default:
      if (isKind(ITEM_KINDS, kind)) return { ...base, for: 100 + upTo(4_000), chance: 0.02 + random() * 0.3 }
      if (isKind(ANSWER_KINDS, kind)) return { ...base, for: outageMs(random) }
      return base
  }
}

/** Half of them short, most of the others 5 to 10 s, some up to 40 s. */
function outageMs(random: Random): number {
  const share = random()
  if (share < 0.5) return 100 + Math.floor(random() * 1_900)
  return share < 0.85 ? 5_000 + Math.floor(random() * 5_000) : 10_000 + Math.floor(random() * 30_000)
}
