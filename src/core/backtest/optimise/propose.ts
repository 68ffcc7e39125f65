/** Which sets to try next, after what the tried ones brought. */
import type { Strategy } from '../../strategies/contract.js'
import type { ParameterValues } from '../../strategies/parameters.js'
import type { Random } from '../random.js'
import { type Mixture, mixtureOf } from './parzen.js'
import { type Dimension, drawn, type Space, validSet } from './space.js'

export interface Scored {
  readonly parameters: ParameterValues
  /** More is better; NaN is the worst. */
  readonly score: number
}

export interface ProposalWish {
  readonly strategy: Strategy
  readonly space: Space
  readonly random: Random
  /** Sets that need more bars before their start than there are cannot be compared with the others. */
  readonly warmup: number
}

/** Share of the trials that count as good. */
const GOOD_SHARE = 0.15
const CANDIDATES = 24
/** Draws of which nearly all are known or break a rule come to an end. */
const MOST_DRAWS = 2000

/**
 * Up to `count` different new sets: of some drawn where the good trials lie, the one that is likeliest among the good ones against the
 * others. Tree-structured Parzen estimator (Bergstra, Bardenet, Bengio, Kégl: Algorithms for Hyper-Parameter Optimization, NIPS 2011):
 * its expected improvement grows with that ratio. Parameters are taken one by one. Fewer, or none, where none are left to be found.
 */
export function proposeSets(wish: ProposalWish, tried: readonly Scored[], count: number): ParameterValues[] {
  const models = wish.space.dimensions.map((dimension) => modelOf(dimension, tried))
  const known = new Set(tried.map(({ parameters }) => JSON.stringify(parameters)))
  const proposed: ParameterValues[] = []
  while (proposed.length < count) {
    const found = likeliest(wish, models, known) ?? anyNew(wish, known)
    if (found === undefined) break
    known.add(JSON.stringify(found))
    proposed.push(found)
  }
  return proposed
}

interface Model {
  readonly name: string
  readonly good: Mixture
  readonly others: Mixture
}

function modelOf(dimension: Dimension, tried: readonly Scored[]): Model {
  const value = (score: number) => (Number.isNaN(score) ? Number.NEGATIVE_INFINITY : score)
  const sorted = tried.toSorted((a, b) => (value(a.score) === value(b.score) ? 0 : value(b.score) - value(a.score)))
  const split = Math.ceil(GOOD_SHARE * sorted.length)
  const valuesOf = (part: readonly Scored[]) => part.map(({ parameters }) => parameters[dimension.name] ?? Number.NaN)
  return {
    name: dimension.name,
    good: mixtureOf(dimension, valuesOf(sorted.slice(0, split))),
    others: mixtureOf(dimension, valuesOf(sorted.slice(split))),
  }
}

function likeliest(wish: ProposalWish, models: readonly Model[], known: ReadonlySet<string>): ParameterValues | undefined {
  let best: ParameterValues | undefined
  let most = Number.NEGATIVE_INFINITY
  let found = 0
  for (let draw = 0; draw < MOST_DRAWS && found < CANDIDATES; draw++) {
    const set = newSet(wish, known, Object.fromEntries(models.map(({ name, good }) => [name, good.draw(wish.random)])))
    if (set === undefined) continue
    found += 1
    const ratio = models.reduce((sum, { name, good, others }) => {
      const value = set[name] ?? Number.NaN
      return sum + Math.log(good.density(value) / others.density(value))
    }, 0)
    if (ratio > most) [best, most] = [set, ratio]
  }
  return best
}

function anyNew(wish: ProposalWish, known: ReadonlySet<string>): ParameterValues | undefined {
  for (let draw = 0; draw < MOST_DRAWS; draw++) {
    const chosen = Object.fromEntries(wish.space.dimensions.map((dimension) => [dimension.name, drawn(dimension, wish.random)]))
    const set = newSet(wish, known, chosen)
    if (set !== undefined) return set
  }
  return undefined
}

function newSet({ strategy, space, warmup }: ProposalWish, known: ReadonlySet<string>, chosen: ParameterValues) {
  const set = validSet(strategy, space, chosen)
  return set === undefined || known.has(JSON.stringify(set)) || strategy.warmup(set) > warmup ? undefined : set
}
