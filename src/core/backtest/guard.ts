/** Limits of the whole account, looked at once a step: the draw-down limit of its user, and ruin. */
import type { Asset } from './asset.js'
import type { Simulation } from './simulation.js'

export function guard(simulation: Simulation): void {
  const { account, config } = simulation
  const { equity } = account
  if (equity > simulation.peak) {
    simulation.peak = equity
    return
  }
  if (simulation.halt === 'ruined') return
  if (equity <= 0) ruin(simulation)
  const { maxDrawdown } = config.risk
  if (maxDrawdown === undefined || simulation.halt !== undefined || equity > simulation.peak * (1 - maxDrawdown)) return
  simulation.halt = 'drawdown-limit'
  for (const asset of simulation.assets) if (asset.row >= 0) leave(simulation, asset)
}

/** Nothing is left: everything goes at the close, and nothing is opened any more. */
function ruin(simulation: Simulation): void {
  const { assets, broker, account, bar } = simulation
  simulation.halt = 'ruined'
  for (const asset of assets) {
    if (asset.row >= 0) broker.closeOut(asset, asset.position.mark, asset.closeTime, bar)
  }
  account.markToMarket()
}

function leave({ broker }: Simulation, asset: Asset): void {
  const held = asset.position.quantity
  const time = asset.closeTime
  broker.cancelWhere(asset, time, 'drawdown-limit', () => true)
  if (held === 0) return
  broker.submit(asset, { kind: 'market', direction: held > 0 ? -1 : 1, target: 0, reason: 'drawdown-limit' }, time)
}
