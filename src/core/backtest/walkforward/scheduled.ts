/** One strategy whose parameters change at given times, as a person would change them: the position and the account go on. */
import { UsageError } from '../../errors.js'
import type { Sink, Strategy, StrategyRun, View } from '../../strategies/contract.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import { canonicalJson } from '../provenance.js'

export interface Shift {
  /** From this moment on (of a close, ms UTC, not included), until the next. */
  readonly from: number
  readonly parameters: ParameterValues
}

/** Whoever is not at work only learns. */
const DEAF: Sink = { signal: () => undefined, order: () => undefined, cancel: () => undefined, silent: () => undefined }

/**
 * `shifts` in order of time. Every set sees every bar from the beginning on, so that each is warm when its time comes. Errors:
 * `USAGE_BAD_PARAMETER` where the sets look at different series.
 */
export function scheduledStrategy(strategy: Strategy, shifts: readonly Shift[]): Strategy {
  const sets = new Map(shifts.map(({ parameters }) => [canonicalJson(parameters), parameters]))
  const needs = [...sets.values()].map((parameters) => strategy.needs?.(parameters) ?? {})
  if (new Set(needs.map(canonicalJson)).size > 1) {
    throw new UsageError('USAGE_BAD_PARAMETER', `${strategy.name}: sets that look at different series cannot follow each other`, {
      suggestions: ['Search over parameters that do not change what the strategy looks at'],
    })
  }
  return {
    name: strategy.name,
    description: strategy.description,
    ...(strategy.scope !== undefined && { scope: strategy.scope }),
    parameters: {},
    needs: () => needs[0] ?? {},
    warmup: () => Math.max(0, ...[...sets.values()].map((parameters) => strategy.warmup(parameters))),
    create: () => scheduledRun(strategy, shifts, sets),
  }
}

function scheduledRun(strategy: Strategy, shifts: readonly Shift[], sets: ReadonlyMap<string, ParameterValues>): StrategyRun {
  const runs = new Map([...sets].map(([key, parameters]) => [key, strategy.create(parameters)]))
  const all = [...runs.values()]
  const turns = shifts.map(({ from, parameters }) => ({ from, run: runs.get(canonicalJson(parameters)) }))
  let next = 0
  let current: StrategyRun | undefined
  return {
    onBar(view: View, sink: Sink): void {
      for (let turn = turns[next]; turn !== undefined && turn.from < view.time; turn = turns[next]) {
        current = turn.run
        next += 1
      }
      for (let i = 0; i < all.length; i++) {
        const run = all[i]
        run?.onBar(view, run === current ? sink : DEAF)
      }
    },
    analysis: () => current?.analysis?.() ?? {},
  }
}
