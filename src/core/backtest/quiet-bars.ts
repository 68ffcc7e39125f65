/** The short way past bars to which nothing can happen but what the strategy says: most of them (docs/decisions/0015-quiet-bars.md). */
import type { Asset } from './asset.js'
import { firstAtOrAfter } from './cut.js'
import { nextFundingDue } from './funding.js'
import type { Player, Simulation } from './simulation.js'
import { blame, carryOut, showContext } from './turn.js'

/**
 * The bars from here on without asking every part of the engine about each: the same as whole steps for one asset while no order waits, no
 * funding is due and no limit is near. Ends after a decision, or before the first bar that needs a whole step.
 */
export function passQuietBars(simulation: Simulation): void {
  const { assets, players, broker, config, isTold, sink } = simulation
  const [player] = players
  if (player === undefined || assets.length > 1 || isTold || config.fill === 'same-close' || broker.isAwaited(player.asset)) return
  try {
    pass(simulation, player)
  } catch (error) {
    throw blame(simulation, player.asset, error)
  }
  // One more than its bar: the decision is that of the bar just written.
  if (sink.count > 0) carryOut(simulation, player, simulation.bar - 1)
}

function pass(simulation: Simulation, { asset, view, run }: Player): void {
  const { account, sink, equity: equities, close: now, hasContext, intervalMs, config } = simulation
  const { position, bars } = asset
  const { timestamp, close } = asset.columns
  const { quantity } = position
  const { cash } = account
  // 0 · (mark − 0) instead of a question on each bar: the equity of who holds nothing is cash, exactly.
  const entryPrice = quantity === 0 ? 0 : position.entryPrice
  const keep = 1 - (config.risk.maxDrawdown ?? 1)
  const end = endOfQuiet(simulation, asset)
  let { bar, peak } = simulation
  for (let row = asset.row + 1; row < end && sink.count === 0; row++) {
    const mark = close[row] as number
    const equity = cash + quantity * (mark - entryPrice)
    if (equity > peak) peak = equity
    else if (equity <= peak * keep) break
    asset.row = row
    bars.length = row + 1
    position.mark = mark
    account.equity = equity
    equities[bar++] = equity
    now[0] = (timestamp[row] as number) + intervalMs
    if (hasContext) showContext(simulation)
    run.onBar(view, sink)
  }
  simulation.bar = bar
  simulation.peak = peak
}

/** The first row in which funding is due, or after the end. Of one asset each row from the start on is a step. */
function endOfQuiet({ timestamps, bar, intervalMs }: Simulation, asset: Asset): number {
  const { timestamp } = asset.columns
  const row = asset.row + 1
  const end = row + timestamps.length - bar
  if (asset.fundingData === undefined || row >= end) return end
  const due = nextFundingDue(asset, timestamp[row] as number)
  return Math.min(end, firstAtOrAfter(timestamp, due - intervalMs + 1))
}
