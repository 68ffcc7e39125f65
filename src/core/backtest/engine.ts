/**
 * Runs a strategy over columns. Here is the order of events and nothing else: what they do is in the files beside. A step is the bars
 * of one open time; what is decided on it fills on the next one.
 */
import type { Strategy } from '../strategies/contract.js'
import type { Asset } from './asset.js'
import { type BacktestConfig, checkConfig } from './config.js'
import type { MarketData } from './data.js'
import { resultOf } from './finish.js'
import { countMissingFunding, payFunding } from './funding.js'
import { guard } from './guard.js'
import { passQuietBars } from './quiet-bars.js'
import type { BacktestResult } from './result.js'
import { openSimulation, type RunOptions, type Simulation } from './simulation.js'
import { ask, askToLearn, showContext } from './turn.js'

export type { RunOptions }

/**
 * A whole run, synchronous; the same data, configuration, strategy and version give the same result to the last byte.
 * Errors: `USAGE_BACKTEST`, `USAGE_UNKNOWN_PARAMETER`, `USAGE_BAD_PARAMETER`; `DATA_TOO_SHORT`, `DATA_MISSING`, `DATA_FUNDING`; and, of the
 * strategy, `BACKTEST_STRATEGY_THREW`, `BACKTEST_BAD_SIGNAL`, `BACKTEST_BAD_ORDER`, `BACKTEST_OUT_OF_REACH`, `BACKTEST_UNDECLARED`.
 */
export function runBacktest(config: BacktestConfig, data: MarketData, strategy: Strategy, options: RunOptions): BacktestResult {
  checkConfig(config, data)
  const simulation = openSimulation(config, data, strategy, options)
  while (findOpen(simulation)) {
    if ((simulation.open[0] as number) < simulation.start) warmUp(simulation)
    else {
      step(simulation)
      passQuietBars(simulation)
    }
  }
  return resultOf(simulation)
}

function step(simulation: Simulation): void {
  const { account, assets, players, isPortfolio } = simulation
  for (const asset of assets) if (advance(simulation, asset)) takeBar(simulation, asset)
  account.markToMarket()
  guard(simulation)
  showContext(simulation)
  for (const player of players) if (isPortfolio || player.asset.isFresh) ask(simulation, player)
  if (simulation.config.fill === 'same-close') fillAtClose(simulation)
  simulation.equity[simulation.bar] = account.equity
  if (simulation.isTold) tell(simulation)
  simulation.bar += 1
}

/** What happens in one bar of one asset. Only the open is known of the way between open and close, so what is due then comes first. */
function takeBar(simulation: Simulation, asset: Asset): void {
  const { broker, account, journal, bar } = simulation
  broker.renewVolume(asset)
  if (asset.fundingData !== undefined || broker.isAwaited(asset)) {
    const paid = asset.nextFunding
    payFunding(asset, account, journal, asset.openTime, bar)
    broker.atOpen(asset, bar)
    payFunding(asset, account, journal, asset.closeTime - 1, bar)
    countMissingFunding(asset, paid)
    broker.inside(asset, bar)
    broker.trail(asset)
  }
  asset.position.mark = asset.columns.close[asset.row] as number
}

/** Before the start: the strategy learns, nothing that it says counts. */
function warmUp(simulation: Simulation): void {
  const { account, assets, journal } = simulation
  for (const asset of assets) {
    if (!advance(simulation, asset)) continue
    asset.position.mark = asset.columns.close[asset.row] as number
    payFunding(asset, account, journal, asset.closeTime - 1, 0)
  }
  showContext(simulation)
  askToLearn(simulation)
}

/** Sets the clock to the open and the close of the next bar of any asset; false at the end. */
function findOpen({ assets, open, close, intervalMs, end }: Simulation): boolean {
  let next = Number.POSITIVE_INFINITY
  for (const { columns, row } of assets) {
    if (row + 1 < columns.timestamp.length) next = Math.min(next, columns.timestamp[row + 1] as number)
  }
  open[0] = next
  close[0] = next + intervalMs
  return next < end
}

/** Moves an asset that has a bar with this open onto it. */
function advance({ open }: Simulation, asset: Asset): boolean {
  const { timestamp } = asset.columns
  asset.isFresh = asset.row + 1 < timestamp.length && timestamp[asset.row + 1] === open[0]
  if (asset.isFresh) asset.row += 1
  asset.bars.length = asset.row + 1
  return asset.isFresh
}

function fillAtClose({ assets, broker, account, bar }: Simulation): void {
  for (const asset of assets) if (asset.isFresh && asset.orders.length > 0) broker.atClose(asset, bar)
  account.markToMarket()
}

function tell({ assets, journal, account, bar }: Simulation): void {
  for (const { isFresh, name, openTime, position } of assets) {
    if (isFresh) journal.market(name, openTime, bar, position.mark, account.equity)
  }
}
