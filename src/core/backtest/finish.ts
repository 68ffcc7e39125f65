/** From a run that has ended to its result. */
import { DataError } from '../errors.js'
import type { Analysis } from '../strategies/contract.js'
import type { Asset } from './asset.js'
import { openPositionOf } from './position.js'
import { provenanceOf } from './provenance.js'
import type { BacktestResult } from './result.js'
import type { Simulation } from './simulation.js'

/** Errors: `DATA_FUNDING` where rates are missing and the configuration is strict. */
export function resultOf(simulation: Simulation): BacktestResult {
  const { data, strategy, parameters, assets, broker, journal, account, timestamps, equity, sink, version } = simulation
  const config = { ...simulation.config, parameters }
  const warnings = [...data.warnings, ...assets.flatMap((asset) => warningsOf(asset, config.strict))]
  // Exits that still wait at the end are no orders that failed.
  for (const asset of assets) broker.cancelWhere(asset, timestamps.at(-1) ?? 0, 'end-of-data', ({ reduceOnly }) => !reduceOnly)
  return {
    strategy: strategy.name,
    parameters,
    config,
    assets: assets.map((asset) => asset.name),
    interval: data.traded[0]?.interval ?? '',
    provenance: provenanceOf(strategy.name, parameters, config, { dataHash: data.hash, version }),
    timestamps,
    equity,
    held: heldBars(simulation),
    trades: journal.trades,
    fills: journal.fills,
    funding: journal.funding,
    open: account.positions.filter((position) => position.quantity !== 0).map(openPositionOf),
    decisions: journal.decisions,
    blocked: journal.summary(),
    silences: sink.silences(),
    warnings,
    analysis: analysisOf(simulation),
  }
}

/** A trade was held at each close from its first fill until before its last. */
function heldBars({ equity, journal, account }: Simulation): Uint8Array {
  const held = new Uint8Array(equity.length)
  for (const { entryBar, exitBar } of journal.trades) held.fill(1, entryBar, exitBar)
  for (const { quantity, entryBar } of account.positions) if (quantity !== 0) held.fill(1, entryBar)
  return held
}

function warningsOf(asset: Asset, isStrict: boolean): string[] {
  const warnings: string[] = []
  if (asset.missingFunding > 0) {
    const since = new Date(asset.firstMissingFunding).toISOString()
    const text = `${asset.missingFunding} funding payments of ${asset.name} are missing while a position was held, the first on ${since}`
    if (isStrict) {
      throw new DataError('DATA_FUNDING', text, { suggestions: [`Get them: mts funding --history --symbols ${asset.name}`] })
    }
    warnings.push(`${text}: their cost is not in the result`)
  }
  if (asset.slippage.missing > 0) {
    warnings.push(`${asset.slippage.missing} fills of ${asset.name} had no stored order book near enough; the fallback was taken`)
  }
  return warnings
}

function analysisOf({ players, isPortfolio, strategy }: Simulation): Record<string, Analysis> {
  const all: Record<string, Analysis> = {}
  for (const { asset, run } of players) {
    const said = run.analysis?.()
    if (said !== undefined) all[isPortfolio ? strategy.name : asset.name] = said
  }
  return all
}
