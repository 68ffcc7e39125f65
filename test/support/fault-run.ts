/** One seeded script of faults against the live feed, on a fast clock over real sockets. */
import type { Clock } from '../../src/core/clock.js'
import type { Exchange } from '../../src/core/exchanges/contract.js'
import { createFaults, type Faults } from '../../src/core/sandbox/faults/index.js'
import { ANSWER_KINDS, type FaultRule, ITEM_KINDS, isKind } from '../../src/core/sandbox/faults/rule.js'
import { randomStream } from '../../src/core/sandbox/market/random.js'
import { fastClock, passed } from './fast-clock.js'
import { FaultCheck } from './fault-check.js'
import { books, type Live, startLive, TruthCheck } from './live-feed.js'

const SPEED = 5
/** After this no fault begins or lasts. */
const FAULTS_END_MS = 4_000
/** The same for rules that hit a feed that runs well. */
const SHORT_MS = 2_000
const RIGHT_AGAIN_MS = 5_000
const EXCHANGES = ['binance', 'binance-spot', 'bybit']
const KINDS = [
  ...ITEM_KINDS,
  'cut',
  'close',
  ...ANSWER_KINDS.filter((kind) => kind !== '403' && kind !== '418'),
  'stall',
  'mute',
  'refuse',
  'clock-skew',
  'clock-jump',
] as const

/** Up to five rules that begin in the first seconds and end in time. */
export function randomRules(seed: number): FaultRule[] {
  const random = randomStream(seed * 7919 + 13)
  return Array.from({ length: 1 + Math.floor(random() * 5) }, () => randomRule(random))
}

function randomRule(random: () => number): FaultRule {
  const upTo = (limit: number) => Math.floor(random() * limit)
  const pick = <Value>(values: readonly Value[]): Value => values[upTo(values.length)] as Value
  const kind = pick(KINDS)
  const at = 300 + upTo(2_200)
  const base = { kind, at, ...(random() < 0.7 ? { exchange: pick(EXCHANGES) } : {}) }
  const lasts = 100 + upTo(FAULTS_END_MS - at - 100)
  // Binance's own pause after a refusal without a length is a minute: too long for these scripts.
  if (kind === '429') return { ...base, times: 1, ...(random() < 0.5 ? { retryAfter: 1 } : { exchange: 'bybit' }) }
  if (kind === 'cut' || kind === 'close') return random() < 0.5 ? base : { ...base, for: 200 + upTo(1_000) }
  if (kind === 'clock-skew' || kind === 'clock-jump') return { ...base, for: lasts, by: upTo(20_000) - 10_000 }
  if (kind === 'delay') return { ...base, for: lasts, chance: 0.02, by: 50 + upTo(500) }
  if (isKind(ITEM_KINDS, kind)) return { ...base, for: lasts, chance: 0.02 + random() * 0.3 }
  return { ...base, for: Math.min(lasts, 1_500) }
}

export interface FaultRun {
  readonly live: Live
  readonly faults: Faults
  readonly clock: Clock
  /** Everything that does not fit together, in words. */
  readonly problems: readonly string[]
  readonly compared: number
}

export interface FaultRunOptions {
  /** Times of the rules count from when every book is right; else from the first moment. */
  readonly isFromRight?: boolean
}

/** Runs the rules, waits until everything is right again, at most 5 s of the market, and judges. */
export async function runFaults(
  seed: number,
  rules: readonly FaultRule[],
  exchanges: ReadonlyMap<string, Exchange>,
  { isFromRight = false }: FaultRunOptions = {},
): Promise<FaultRun> {
  const clock = fastClock(SPEED)
  const check = new FaultCheck(exchanges, 100 * SPEED)
  let faults = createFaults({ rules: isFromRight ? [] : rules, seed, clock })
  const gate = check.gate((outgoing) => faults.gate(outgoing))
  const live = await startLive({ gate, clock, backoff: { baseMs: 1_000, maxMs: 60_000 } })
  check.follow(live, () => clock.now())
  const truth = new TruthCheck(live)
  const symbols = new Map([...exchanges.keys()].map((id) => [id, id === 'binance' ? ['BTCUSDT', 'ETHUSDT'] : ['BTCUSDT']]))
  for (const exchange of exchanges.values()) live.feed.add(exchange, books(...(symbols.get(exchange.id) ?? [])))
  const broken = () =>
    [...symbols].flatMap(([id, names]) => names.filter((name) => !isFresh(live, clock, id, name)).map((name) => `${id} ${name}`))
  if (isFromRight) {
    await live.until(() => broken().length === 0)
    faults = createFaults({ rules, seed, clock })
  }
  await passed(clock, isFromRight ? SHORT_MS : FAULTS_END_MS)
  const deadline = clock.now() + RIGHT_AGAIN_MS + 100 * SPEED
  while (clock.now() < deadline && broken().length > 0) await passed(clock, 50)
  const slow = broken().map((name) => `${name}: not right again after 5 s`)
  // What is on its way when the time is over is to arrive.
  await passed(clock, 100)
  await live.stop()
  const problems = [...truth.wrong, ...check.judge(live.events, faults.truths()), ...slow]
  const compared = [...truth.compared.values()].reduce((sum, count) => sum + count, 0)
  return { live, faults, clock, problems, compared }
}

function isFresh(live: Live, clock: Clock, id: string, symbol: string): boolean {
  const { sync } = live.state(id, symbol)
  return sync.book !== undefined && clock.now() - sync.stamp / 1000 < 2_000
}
