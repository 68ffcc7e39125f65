/** The strategy's turn: it sees what had closed by now, and what it says is carried out. */
import type { Asset } from './asset.js'
import { decide } from './decide.js'
import type { Player, Simulation } from './simulation.js'
import { strategyFault } from './strategy-fault.js'

/** Opens the view up to the close of the step. */
export function showContext({ hasContext, assets, context, close }: Simulation): void {
  if (!hasContext) return
  const time = close[0] as number
  for (const asset of assets) asset.rates.showUntil(time)
  for (const bars of context.series) bars.showUntil(time)
  for (const observations of context.macro) observations.showUntil(time)
}

/** Errors: those of the strategy, with the bar it failed on. */
export function ask(simulation: Simulation, player: Player): void {
  look(simulation, player)
  if (simulation.sink.count > 0) carryOut(simulation, player, simulation.bar)
}

/** Every strategy that has a bar sees it, and is not heard. */
export function askToLearn(simulation: Simulation): void {
  const { players, sink, isPortfolio } = simulation
  for (const player of players) {
    if (!isPortfolio && !player.asset.isFresh) continue
    look(simulation, player)
    sink.clear()
  }
  sink.forgetSilences()
}

/** Makes orders of what the sink holds; `bar` is the step that decided. */
export function carryOut(simulation: Simulation, { asset, view: { time } }: Player, bar: number): void {
  const { desk, sink, halt } = simulation
  try {
    decide(desk, sink, { asset, time, bar, halt })
  } catch (error) {
    throw blame(simulation, asset, error)
  }
  sink.clear()
}

export function blame({ strategy, parameters }: Simulation, asset: Asset, error: unknown): Error {
  const where = `on bar ${asset.row} of ${asset.name}, ${new Date(asset.openTime).toISOString()}`
  return strategyFault(strategy.name, where, error, parameters)
}

function look(simulation: Simulation, { asset, view, run }: Player): void {
  try {
    run.onBar(view, simulation.sink)
  } catch (error) {
    throw blame(simulation, asset, error)
  }
}
