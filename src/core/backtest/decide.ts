/** From what a strategy said to orders at work, or to the reason why not. */
import { StrategyError } from '../errors.js'
import type { Direction, OrderIntent, Signal } from '../strategies/contract.js'
import type { Asset } from './asset.js'
import type { Broker } from './broker.js'
import type { BacktestConfig } from './config.js'
import { partsOfIntent, partsOfSignal } from './intents.js'
import type { RunJournal } from './journal.js'
import type { Block } from './result.js'
import type { DecisionSink } from './sink.js'
import { fractionOf, needsFraction } from './sizing.js'

export interface Desk {
  readonly config: BacktestConfig
  readonly assets: readonly Asset[]
  readonly broker: Broker
  readonly journal: RunJournal
  readonly warmup: number
}

/** Where and when something was said; `halt` is why nothing may be opened any more. */
export interface Moment {
  readonly asset: Asset
  /** Close of the step, ms UTC. */
  readonly time: number
  readonly bar: number
  readonly halt: Block | undefined
}

/** Carries out all that the sink holds. */
export function decide(desk: Desk, sink: DecisionSink, moment: Moment): void {
  const { time } = moment
  for (const tag of sink.cancels) desk.broker.cancelWhere(moment.asset, time, 'cancelled', (order) => order.tag === tag)
  for (const signal of sink.signals) decideSignal(desk, signal, momentOf(desk, signal.asset, moment))
  for (const order of sink.orders) decideOrder(desk, order, momentOf(desk, order.asset, moment))
}

function momentOf(desk: Desk, index: number | undefined, moment: Moment): Moment {
  if (index === undefined) return moment
  const asset = desk.assets[index]
  if (asset !== undefined) return { ...moment, asset }
  throw new StrategyError('BACKTEST_BAD_SIGNAL', `it named asset ${index} of ${desk.assets.length}`)
}

function decideSignal(desk: Desk, signal: Signal, moment: Moment): void {
  const { asset, time } = moment
  const held = asset.position.quantity
  let wanted = signal.signal
  let block = blockOf(desk, moment) ?? blockOfSignal(desk, wanted, held)
  // Who may not be short can still stop being long.
  if (block === 'shorts-not-allowed' && held > 0) {
    wanted = 'flat'
    block = undefined
  }
  const fraction = block === undefined && wanted !== 'flat' ? sizeOf(desk, asset) : Number.NaN
  if (block === undefined && wanted !== 'flat' && needsFraction(desk.config.sizing) && !(fraction > 0)) block = 'no-size'
  let order: number | null = null
  if (block === undefined) {
    if (asset.orders.length > 0) desk.broker.cancelWhere(asset, time, 'replaced', (other) => other.isTargeted)
    const meant = wanted === signal.signal ? signal : { ...signal, signal: wanted }
    order = desk.broker.submit(asset, partsOfSignal(meant, held, fraction, time), time).id
  }
  const { strength, confidence, reason } = signal
  desk.journal.decided({
    asset: asset.name,
    timestamp: time,
    bar: moment.bar,
    signal: signal.signal,
    strength,
    confidence,
    reason,
    order,
    block: block ?? null,
  })
}

function decideOrder(desk: Desk, intent: OrderIntent, moment: Moment): void {
  const { asset, time } = moment
  const close = asset.columns.close[asset.row] as number
  const opensShort = intent.side === 'sell' && asset.position.quantity <= 0 && intent.reduceOnly !== true
  const mayBlock = intent.type !== 'stop-loss' && intent.type !== 'take-profit' && intent.type !== 'trailing-stop'
  let block = blockOf(desk, moment)
  if (block === undefined && mayBlock && opensShort && !desk.config.allowShort) block = 'shorts-not-allowed'
  const fraction = block === undefined && intent.quantity === undefined ? sizeOf(desk, asset) : Number.NaN
  let order: number | null = null
  if (block === undefined) order = desk.broker.submit(asset, partsOfIntent(intent, fraction, close, time), time).id
  desk.journal.decided({
    asset: asset.name,
    timestamp: time,
    bar: moment.bar,
    signal: 'order',
    strength: null,
    confidence: null,
    reason: intent.reason,
    order,
    block: block ?? null,
  })
}

function blockOf(desk: Desk, { asset, halt }: Moment): Block | undefined {
  return asset.bars.length < Math.max(1, desk.warmup) ? 'warm-up' : halt
}

function blockOfSignal(desk: Desk, wanted: Direction, held: number): Block | undefined {
  if (wanted === 'flat') return held === 0 ? 'nothing-to-close' : undefined
  if (wanted === 'long' ? held > 0 : held < 0) return 'already-in-position'
  return wanted === 'short' && !desk.config.allowShort ? 'shorts-not-allowed' : undefined
}

function sizeOf(desk: Desk, asset: Asset): number {
  return fractionOf(desk.config.sizing, asset.bars, asset.intervalMs, desk.journal.trades)
}
