/** The parameter sets that a search may try: what `--param fast=5:50:5` means. */
import { UsageError } from '../../errors.js'
import type { Strategy } from '../../strategies/contract.js'
import { type Parameter, type ParameterValue, type ParameterValues, resolveParameters } from '../../strategies/parameters.js'
import type { Random } from '../random.js'

/** One parameter that is searched over: listed values, or any number between two. */
export type Dimension =
  | { readonly name: string; readonly values: readonly ParameterValue[] }
  | { readonly name: string; readonly from: number; readonly to: number }

export interface Space {
  readonly dimensions: readonly Dimension[]
  /** Of parameters with a single value, and of those that were not named. */
  readonly fixed: Readonly<Record<string, unknown>>
}

export interface ParameterSets {
  readonly sets: readonly ParameterValues[]
  /** Sets that break a rule between parameters, such as fast < slow: never run. */
  readonly invalid: number
  /** What one of them broke. */
  readonly rule: string | undefined
}

const MOST_SETS = 100_000
/** Draws of which nearly all are invalid or known come to an end. */
const DRAWS_A_SET = 50

/**
 * `5:50:5` is a range with its end, `5:50` the same by ones (of a number: anything between), `5,10,20` a list, `10` one value. `settings`
 * stand behind `params`. Errors: `USAGE_BAD_PARAMETER`, `USAGE_UNKNOWN_PARAMETER`.
 */
export function readSpace(
  strategy: Strategy,
  params: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> = {},
): Space {
  const fixed: Record<string, unknown> = { ...settings }
  const dimensions: Dimension[] = []
  for (const [name, text] of Object.entries(params)) {
    const dimension = readDimension(name, text, strategy.parameters[name])
    if (dimension === undefined) fixed[name] = text
    else {
      delete fixed[name]
      dimensions.push(dimension)
    }
  }
  for (const dimension of dimensions) checkDimension(strategy, fixed, dimension)
  resolveAlone(strategy, fixed)
  return { dimensions, fixed }
}

function readDimension(name: string, text: string, parameter: Parameter | undefined): Dimension | undefined {
  if (text.includes(',')) return { name, values: [...new Set(text.split(',').map((part) => typed(part.trim())))] }
  if (!text.includes(':')) return undefined
  const parts = text.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  const [from = Number.NaN, to = Number.NaN, step] = parts
  const isSound = parts.length <= 3 && from < to && (step === undefined || (step > 0 && step < Number.POSITIVE_INFINITY))
  if (!isSound) {
    throw new UsageError('USAGE_BAD_PARAMETER', `--param ${name}=${text} is no range`, {
      suggestions: [`Write it like ${name}=5:50:5 (from, to, step), ${name}=5,10,20 or ${name}=10`],
    })
  }
  if (step === undefined && parameter?.kind === 'number') return { name, from, to }
  return { name, values: steps(from, to, step ?? 1) }
}

/** By counting, not by adding up: 0.1 steps end where they should. */
function steps(from: number, to: number, step: number): number[] {
  const count = Math.floor((to - from) / step + 1e-9) + 1
  if (count > MOST_SETS) throw tooMany(count)
  return Array.from({ length: count }, (_, i) => Number((from + i * step).toPrecision(12)))
}

function typed(text: string): ParameterValue {
  return text !== '' && Number.isFinite(Number(text)) ? Number(text) : text === 'true' || text === 'false' ? text === 'true' : text
}

/** Every value alone has to be allowed; rules between parameters are asked of whole sets. */
function checkDimension(strategy: Strategy, fixed: Readonly<Record<string, unknown>>, dimension: Dimension): void {
  const values = 'values' in dimension ? dimension.values : [dimension.from, dimension.to]
  for (const value of values) resolveAlone(strategy, { ...fixed, [dimension.name]: value })
}

function resolveAlone({ name, parameters }: Strategy, given: Readonly<Record<string, unknown>>): ParameterValues {
  return resolveParameters({ name, parameters }, given)
}

/** Every combination, the last dimension fastest. Errors: `USAGE_BAD_PARAMETER` where they are too many. */
export function gridOf(strategy: Strategy, space: Space): ParameterSets {
  let count = 1
  for (const dimension of space.dimensions) {
    if (!('values' in dimension)) {
      throw new UsageError('USAGE_BAD_PARAMETER', `A grid needs steps of ${dimension.name}`, {
        suggestions: [
          `Say them: --param ${dimension.name}=${dimension.from}:${dimension.to}:${(dimension.to - dimension.from) / 10}`,
          'Or --method random',
        ],
      })
    }
    count *= dimension.values.length
  }
  if (count > MOST_SETS) throw tooMany(count)
  const kept = keeper(strategy, space)
  for (let i = 0; i < count; i++) {
    let rest = i
    const chosen: Record<string, ParameterValue> = {}
    for (const dimension of space.dimensions.toReversed()) {
      const values = 'values' in dimension ? dimension.values : []
      chosen[dimension.name] = values[rest % values.length] ?? Number.NaN
      rest = Math.floor(rest / values.length)
    }
    kept.add(chosen)
  }
  return kept.result()
}

/** `trials` different valid sets; fewer where there are no more. */
export function randomSets(strategy: Strategy, space: Space, trials: number, random: Random): ParameterSets {
  const finite = space.dimensions.reduce(
    (count, each) => count * ('values' in each ? each.values.length : Number.POSITIVE_INFINITY),
    1,
  )
  if (finite <= Math.min(MOST_SETS, 4 * trials)) return sampled(gridOf(strategy, space), trials, random)
  const kept = keeper(strategy, space)
  for (let draw = 0; draw < trials * DRAWS_A_SET && kept.count() < trials; draw++) {
    kept.add(Object.fromEntries(space.dimensions.map((dimension) => [dimension.name, drawn(dimension, random)])))
  }
  return kept.result()
}

/** A value of the dimension, each as likely as any other. */
export function drawn(dimension: Dimension, random: Random): ParameterValue {
  if ('values' in dimension) return dimension.values[random.below(dimension.values.length)] ?? Number.NaN
  return Number((dimension.from + random.next() * (dimension.to - dimension.from)).toPrecision(6))
}

/** The whole set with these values in it; undefined where it breaks a rule of the strategy. */
export function validSet(strategy: Strategy, { fixed }: Space, chosen: ParameterValues): ParameterValues | undefined {
  const values = resolveAlone(strategy, { ...fixed, ...chosen })
  return strategy.check?.(values) === undefined ? values : undefined
}

const MOST_CORNERS = 1024

/** Valid sets at the ends of the ranges: what a search may need lies between what these need. */
export function cornersOf(strategy: Strategy, space: Space): ParameterValues[] {
  let corners: Record<string, ParameterValue>[] = [{}]
  for (const dimension of space.dimensions) {
    const ends = endsOf(dimension)
    if (corners.length * ends.length > MOST_CORNERS) break
    corners = corners.flatMap((corner) => ends.map((value) => ({ ...corner, [dimension.name]: value })))
  }
  return corners.map((corner) => validSet(strategy, space, corner)).filter((set) => set !== undefined)
}

function endsOf(dimension: Dimension): readonly ParameterValue[] {
  if (!('values' in dimension)) return [dimension.from, dimension.to]
  const numbers = dimension.values.filter((value) => typeof value === 'number')
  return numbers.length < dimension.values.length ? dimension.values : [Math.min(...numbers), Math.max(...numbers)]
}

/** Some of a list without repeats (Fisher and Yates), in the order drawn. */
function sampled(all: ParameterSets, count: number, random: Random): ParameterSets {
  const sets = [...all.sets]
  const wanted = Math.min(count, sets.length)
  for (let i = 0; i < wanted; i++) {
    const j = i + random.below(sets.length - i)
    const [a, b] = [sets[i], sets[j]]
    if (a === undefined || b === undefined) continue
    sets[i] = b
    sets[j] = a
  }
  return { ...all, sets: sets.slice(0, wanted) }
}

/** Takes each valid set once and counts the others. */
function keeper(strategy: Strategy, { fixed }: Space) {
  const sets = new Map<string, ParameterValues>()
  const refused = new Set<string>()
  let rule: string | undefined
  return {
    add(chosen: Readonly<Record<string, ParameterValue>>): void {
      const values = resolveAlone(strategy, { ...fixed, ...chosen })
      const key = JSON.stringify(values)
      const wrong = strategy.check?.(values)
      if (wrong === undefined) sets.set(key, values)
      else refused.add(key)
      rule ??= wrong
    },
    count: () => sets.size,
    result: (): ParameterSets => ({ sets: [...sets.values()], invalid: refused.size, rule }),
  }
}

function tooMany(count: number): UsageError {
  return new UsageError('USAGE_BAD_PARAMETER', `That makes ${count.toLocaleString('en-US')} sets of parameters`, {
    suggestions: [`At most ${MOST_SETS.toLocaleString('en-US')} fit a run: take larger steps, or --method random --trials 500`],
  })
}
