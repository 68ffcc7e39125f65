/** Which trial is better, and by how much luck. */
import type { ParameterValue } from '../../strategies/parameters.js'
import { DEFINITIONS, type MetricName } from '../performance/definitions.js'
import {
  deflatedSharpe,
  expectedBestSharpe,
  overfittingOfBlocks,
  type ReturnBlocks,
  varianceOfSharpes,
} from '../performance/overfitting.js'
import type { Trial } from './trial.js'

/** What a search can be for. Of a fall, a loss or a swing less is better; `max_drawdown` is below 0, so more is. */
export const TARGETS = [
  'sharpe',
  'sortino',
  'calmar',
  'total_return',
  'cagr',
  'omega',
  'profit_factor',
  'expectancy',
  'sqn',
  'win_rate',
  'recovery_factor',
  'probabilistic_sharpe',
  'max_drawdown',
  'ulcer_index',
  'volatility',
] as const satisfies readonly MetricName[]

export type Target = (typeof TARGETS)[number]

const LESS_IS_BETTER: ReadonlySet<MetricName> = new Set(['ulcer_index', 'volatility'])

/** NaN where the trial has no such number. */
export function scoreOf(trial: Trial, target: Target): number {
  const value = trial.metrics[target] ?? Number.NaN
  return LESS_IS_BETTER.has(target) ? -value : value
}

/** Best first; equals and those without a number by what they earned, then by hash, so that the order is always one. */
export function ranked(trials: readonly Trial[], target: Target): Trial[] {
  const score = (trial: Trial) => {
    const value = scoreOf(trial, target)
    return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value
  }
  return trials.toSorted((a, b) => {
    const [x, y] = [score(a), score(b)]
    if (x !== y) return x > y ? -1 : 1
    return b.finalEquity - a.finalEquity || (a.configHash < b.configHash ? -1 : 1)
  })
}

export interface Luck {
  /** Trials on this data that the winner is the best of, those of earlier searches included. */
  readonly trials: number
  /** Sharpe a year that the best of so many shows without any skill; null for fewer than two. */
  readonly expectedBestSharpe: number | null
  /** Probability that the winner's true Sharpe ratio is above that; null where undefined. */
  readonly deflatedSharpe: number | null
  /** Probability of overfitting by CSCV; null for fewer than two trials or too short a time. */
  readonly overfitting: number | null
  readonly splits: number | null
  /** Trials that went into it. */
  readonly overfittingTrials: number
}

/** 12 870 splits of more take minutes and change nothing: an even sample stands for the rest. */
const MOST_CROSS_VALIDATED = 1000

/** `tried` are all trials ever made on this data, `found` those of this search, `periods` a year. */
export function luckOf(winner: Trial, found: readonly Trial[], tried: readonly Trial[], periods: number): Luck {
  const ratios = tried.flatMap(({ sample }) => (sample === null ? [] : [sample.ratio]))
  const variance = varianceOfSharpes(ratios)
  const deflated = winner.sample === null ? undefined : deflatedSharpe(winner.sample, tried.length, variance)
  const blocks = evenly(sameLength(found), MOST_CROSS_VALIDATED)
  const overfitting = overfittingOfBlocks(blocks)
  return {
    trials: tried.length,
    expectedBestSharpe: tried.length < 2 ? null : expectedBestSharpe(tried.length, variance) * Math.sqrt(periods),
    deflatedSharpe: deflated !== undefined && 'value' in deflated ? deflated.value : null,
    overfitting: overfitting?.probability ?? null,
    splits: overfitting?.splits ?? null,
    overfittingTrials: overfitting === undefined ? 0 : blocks.length,
  }
}

function sameLength(trials: readonly Trial[]): ReturnBlocks[] {
  const blocks = trials.flatMap((trial) => trial.blocks ?? [])
  return blocks.filter(({ size }) => size === blocks[0]?.size)
}

function evenly<T>(all: readonly T[], most: number): T[] {
  return all.filter(
    (_, i) => all.length <= most || Math.floor((i * most) / all.length) !== Math.floor(((i - 1) * most) / all.length),
  )
}

export interface Neighbourhood {
  readonly neighbours: number
  /** Of the neighbours' scores. */
  readonly median: number | null
  readonly worst: number | null
  /** `plateau`: half of the neighbours keep 80 % of the winner's score; `spike`: they keep less than half. */
  readonly shape: 'plateau' | 'slope' | 'spike' | 'unknown'
}

/** Sets at most one tried step away in every searched parameter; of a random search the nearest ones. */
export function neighbourhoodOf(winner: Trial, trials: readonly Trial[], names: readonly string[], target: Target): Neighbourhood {
  const scales = names.map((name) => scaleOf(trials, name))
  const distances = (trial: Trial) => names.map((name, i) => distance(scales[i], winner.parameters[name], trial.parameters[name]))
  const others = trials.filter((trial) => trial !== winner)
  let near = others.filter((trial) => distances(trial).every((steps) => steps <= 1))
  if (near.length < names.length) {
    const far = new Map(
      others.map((trial) => [trial, distances(trial).reduce((sum, steps, i) => sum + (steps / (scales[i]?.size ?? 1)) ** 2, 0)]),
    )
    near = others.toSorted((a, b) => (far.get(a) ?? 0) - (far.get(b) ?? 0)).slice(0, 2 * names.length)
  }
  const scores = near.map((trial) => trial.metrics[target] ?? Number.NaN).filter((score) => !Number.isNaN(score))
  const own = winner.metrics[target] ?? Number.NaN
  if (scores.length === 0 || Number.isNaN(own)) return { neighbours: near.length, median: null, worst: null, shape: 'unknown' }
  const sorted = scores.toSorted((a, b) => a - b)
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
  const isLess = LESS_IS_BETTER.has(target)
  return {
    neighbours: near.length,
    median: middle,
    worst: (isLess ? sorted.at(-1) : sorted[0]) ?? null,
    shape: shapeOf(own, middle),
  }
}

/** By how far the median neighbour lies from the winner, to the winner's own size: the same for scores below 0. */
function shapeOf(own: number, median: number): Neighbourhood['shape'] {
  const lost = Math.abs(own - median) / Math.max(Math.abs(own), Number.EPSILON)
  if (lost <= 0.2) return 'plateau'
  return lost > 0.5 ? 'spike' : 'slope'
}

/** Place of each tried value among the tried ones. */
function scaleOf(trials: readonly Trial[], name: string): ReadonlyMap<ParameterValue, number> {
  const values = [...new Set(trials.map(({ parameters }) => parameters[name] ?? Number.NaN))]
  const sorted = values.toSorted((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a) < String(b) ? -1 : 1,
  )
  return new Map(sorted.map((value, i) => [value, i]))
}

function distance(
  scale: ReadonlyMap<ParameterValue, number> | undefined,
  a: ParameterValue | undefined,
  b: ParameterValue | undefined,
): number {
  const [x, y] = [scale?.get(a ?? Number.NaN), scale?.get(b ?? Number.NaN)]
  return x === undefined || y === undefined ? Number.POSITIVE_INFINITY : Math.abs(x - y)
}

/** In plain words, what should make a reader doubt; empty where nothing does. */
export function doubts(winner: Trial, target: Target, luck: Luck, near: Neighbourhood): string[] {
  const told: string[] = []
  const { deflatedSharpe: deflated, overfitting, expectedBestSharpe: best, trials } = luck
  const sharpe = winner.metrics.sharpe ?? null
  if (sharpe !== null && sharpe <= 0) told.push('Even the best set has a Sharpe ratio of 0 or less: nothing was found')
  else if (deflated !== null && deflated < 0.95 && best !== null && sharpe !== null) {
    told.push(
      `Probably luck: the best of ${trials} trials shows a Sharpe ratio of ${best.toFixed(2)} a year without any skill, the winner has ${sharpe.toFixed(2)}`,
    )
  }
  if (overfitting !== null && overfitting >= 0.5) {
    told.push(
      `Probably overfitted: in ${(overfitting * 100).toFixed(0)} % of the splits what was best in one half fell below the median in the other`,
    )
  }
  if (near.shape === 'spike' && near.median !== null) {
    const title = DEFINITIONS[target].title
    told.push(`A spike: half of the neighbouring sets have a ${title} of ${near.median.toFixed(2)} or worse; small changes undo it`)
  }
  const trades = winner.metrics.trades ?? 0
  if (trades < FEW_TRADES) told.push(`Only ${trades} trades: too few to tell skill from luck`)
  return told
}

const FEW_TRADES = 30
