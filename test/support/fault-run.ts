/** One seeded script of faults against the live feed: on a virtual clock, where every time can be held to, or over loopback. */
import type { Clock } from '../../src/core/clock.js'
import type { Exchange, Subscription } from '../../src/core/exchanges/contract.js'
import { createFaults, type Faults } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import { fastClock, passed } from './fast-clock.js'
import { FaultCheck } from './fault-check.js'
import { faultsOver } from './fault-times.js'
import { books, type Live, startLive, TruthCheck } from './live-feed.js'
import { createVirtualNet, type VirtualNet } from './virtual-net.js'

/** A second before a UTC minute ends: budgets by the minute begin anew while the books are made. */
const START_MS = Date.UTC(2026, 10, 21, 10, 14, 59)
const FIRST_BOOKS_MS = 10_000
const LOOK_MS = 20
/** What is on its way when the time is over is to arrive. */
const LAST_MS = 200
const FRESH_MS = 2_000
const LOOPBACK_SPEED = 5

export interface FaultRun {
  readonly live: Live
  readonly faults: Faults
  readonly clock: Clock
  /** Everything that does not fit together, in words. */
  readonly problems: readonly string[]
  /** Readable states that were held to the market's own book. */
  readonly compared: number
}

export interface FaultRunOptions {
  /** Times of the rules count from when every book is right; else from the first moment. */
  readonly isFromRight?: boolean
}

/** Runs the rules until they are over and everything is right again or should be, and judges. The same seed runs the same. */
export async function runFaults(
  seed: number,
  rules: readonly FaultRule[],
  exchanges: ReadonlyMap<string, Exchange>,
  { isFromRight = false }: FaultRunOptions = {},
): Promise<FaultRun> {
  const net = createVirtualNet(START_MS)
  const { clock } = net
  const check = new FaultCheck(exchanges)
  let told = 0
  const begin = (own: readonly FaultRule[]) => createFaults({ rules: own, seed, clock, onTruth: () => (told += 1) })
  let faults = begin(isFromRight ? [] : rules)
  const gate = check.gate(
    (outgoing) => faults.gate(outgoing),
    () => told,
  )
  const live = await startLive({ gate, net, seed, backoff: { baseMs: 1_000, maxMs: 60_000 } })
  check.follow(live, () => clock.now())
  const truth = new TruthCheck(live)
  for (const exchange of exchanges.values()) live.feed.add(exchange, subscriptionsOf(exchange))
  const broken = (id: string) => brokenBooks(live, clock, id)
  if (isFromRight) {
    await net.passUntil(() => [...exchanges.keys()].every((id) => broken(id).length === 0), FIRST_BOOKS_MS)
    faults = begin(rules)
  }
  const slow = await rightAgain(net, clock.now(), { exchanges, faults, rules, broken })
  await net.pass(LAST_MS)
  await live.stop()
  const problems = [...truth.wrong, ...slow, ...check.judge(live.events, faults.truths())]
  return { live, faults, clock, problems, compared: sum(truth.compared.values()) }
}

/**
 * The same over real sockets and the machine's clock, five times as fast: from when every book is right, until each kind of fault has
 * hit, and then until every book is right again. Nothing is said of times here: a busy machine has its own.
 */
export async function runFaultsOnLoopback(
  seed: number,
  rules: readonly FaultRule[],
  exchanges: ReadonlyMap<string, Exchange>,
): Promise<FaultRun> {
  const clock = fastClock(LOOPBACK_SPEED)
  const check = new FaultCheck(exchanges, { isTimed: false })
  let told = 0
  const begin = (own: readonly FaultRule[]) => createFaults({ rules: own, seed, clock, onTruth: () => (told += 1) })
  let faults = begin([])
  const gate = check.gate(
    (outgoing) => faults.gate(outgoing),
    () => told,
  )
  const live = await startLive({ gate, clock, backoff: { baseMs: 1_000, maxMs: 60_000 } })
  check.follow(live, () => clock.now())
  const truth = new TruthCheck(live)
  for (const exchange of exchanges.values()) live.feed.add(exchange, subscriptionsOf(exchange))
  const isRight = () => [...exchanges.keys()].every((id) => brokenBooks(live, clock, id).length === 0)
  await live.until(isRight)
  const real = begin(rules)
  faults = real
  await live.until(() => rules.every(({ kind }) => (real.counts().get(kind) ?? 0) > 0))
  faults = begin([])
  await live.until(isRight)
  await passed(clock, LAST_MS)
  await live.until(isRight)
  await live.stop()
  const problems = [...truth.wrong, ...check.judge(live.events, real.truths())]
  return { live, faults: real, clock, problems, compared: sum(truth.compared.values()) }
}

interface Watched {
  readonly exchanges: ReadonlyMap<string, Exchange>
  readonly faults: Faults
  readonly rules: readonly FaultRule[]
  broken(id: string): readonly string[]
}

/** Each exchange has its own end of faults and its own time to be right again; tells those that took longer. */
async function rightAgain(net: VirtualNet, startMs: number, { exchanges, faults, rules, broken }: Watched): Promise<string[]> {
  const slow: string[] = []
  const waiting = new Set(exchanges.values())
  while (waiting.size > 0) {
    await net.pass(LOOK_MS)
    const now = net.clock.now()
    for (const exchange of waiting) {
      const { endMs, rightMs } = faultsOver(exchange, rules, faults.truths(), startMs)
      const names = broken(exchange.id)
      // What faults did to the last message shows when the next ones should have come.
      if (now > endMs + FRESH_MS && names.length === 0) waiting.delete(exchange)
      if (now <= Math.max(rightMs, endMs + FRESH_MS) || names.length === 0) continue
      slow.push(...names.map((name) => `${name}: not right again ${now - endMs} ms after the last fault`))
      waiting.delete(exchange)
    }
  }
  return slow
}

/** Books everywhere, and trades where their ids count one by one. */
function subscriptionsOf({ id, channels }: Exchange): Subscription[] {
  const symbols = id === 'binance' ? ['BTCUSDT', 'ETHUSDT'] : ['BTCUSDT']
  const trades = symbols.map((symbol) => ({ channel: 'trades', symbol }) as const)
  return [...books(...symbols), ...(channels.trades?.proof === 'ids' ? trades : [])]
}

function brokenBooks(live: Live, clock: Clock, id: string): string[] {
  const symbols = id === 'binance' ? ['BTCUSDT', 'ETHUSDT'] : ['BTCUSDT']
  return symbols
    .filter((symbol) => {
      const { sync } = live.state(id, symbol)
      return sync.book === undefined || clock.now() - sync.stamp / 1000 >= FRESH_MS
    })
    .map((symbol) => `${id} ${symbol}`)
}

function sum(counts: Iterable<number>): number {
  let all = 0
  for (const count of counts) all += count
  return all
}
