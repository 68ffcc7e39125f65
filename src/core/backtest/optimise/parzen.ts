/** One searched parameter as a mixture around the values that some trials had: to draw from, and to compare by. */
import { normalCdf, normalQuantile } from '../../analysis/statistics.js'
import type { ParameterValue } from '../../strategies/parameters.js'
import type { Random } from '../random.js'
import type { Dimension } from './space.js'

export interface Mixture {
  draw(random: Random): ParameterValue
  /** Probability of a listed value, density of any other; only ratios of two mixtures of one dimension mean something. */
  density(value: ParameterValue): number
}

/** Positions on a line: of listed numbers their places in order, each with half a step to both sides; of a range the numbers themselves. */
interface Line {
  readonly low: number
  readonly high: number
  readonly halfStep: number
  positionOf(value: ParameterValue): number
  valueAt(position: number): ParameterValue
}

interface Kernel {
  readonly centre: number
  readonly width: number
  /** Of the normal distribution, the share below and up to the ends of the line. */
  readonly below: number
  readonly within: number
}

/**
 * Parzen estimator of Bergstra et al. (2011, section 4.1): a normal of equal weight on each value seen, as wide as the farther of its
 * neighbours is away, and one for the whole range, all cut off at its ends. Of values that are no numbers, their counts and one more.
 */
export function mixtureOf(dimension: Dimension, seen: readonly ParameterValue[]): Mixture {
  const line = lineOf(dimension)
  return line === undefined ? countsOf(valuesOf(dimension), seen) : kernelsOf(line, seen.map(line.positionOf))
}

function valuesOf(dimension: Dimension): readonly ParameterValue[] {
  return 'values' in dimension ? dimension.values : []
}

function lineOf(dimension: Dimension): Line | undefined {
  if (!('values' in dimension)) {
    const { from: low, to: high } = dimension
    return { low, high, halfStep: 0, positionOf: Number, valueAt: (position) => Number(position.toPrecision(6)) }
  }
  const numbers = dimension.values.filter((value) => typeof value === 'number').toSorted((a, b) => a - b)
  if (numbers.length < dimension.values.length) return undefined
  const last = numbers.length - 1
  return {
    low: -0.5,
    high: last + 0.5,
    halfStep: 0.5,
    positionOf: (value) => numbers.indexOf(Number(value)),
    valueAt: (position) => numbers[Math.min(last, Math.max(0, Math.round(position)))] ?? Number.NaN,
  }
}

const MOST_NARROW = 100

function kernelsOf(line: Line, seen: readonly number[]): Mixture {
  const { low, high, halfStep } = line
  const range = high - low
  const narrowest = range / Math.min(MOST_NARROW, seen.length + 1)
  const kernel = (centre: number, width: number): Kernel => {
    const below = normalCdf((low - centre) / width)
    return { centre, width, below, within: normalCdf((high - centre) / width) - below }
  }
  const sorted = seen.toSorted((a, b) => a - b)
  const kernels = sorted.map((centre, i) => {
    const farther = Math.max(centre - (sorted[i - 1] ?? low), (sorted[i + 1] ?? high) - centre)
    return kernel(centre, Math.min(range, Math.max(narrowest, farther)))
  })
  const all = [...kernels, kernel((low + high) / 2, range)]
  return {
    draw(random) {
      const chosen = all[random.below(all.length)] as Kernel
      // An inverse of 0 or 1 lies at infinity.
      const share = Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, chosen.below + random.next() * chosen.within))
      return line.valueAt(Math.min(high, Math.max(low, chosen.centre + chosen.width * normalQuantile(share))))
    },
    density(value) {
      const at = line.positionOf(value)
      return all.reduce((sum, one) => sum + massAt(one, at, halfStep) / one.within, 0) / all.length
    },
  }
}

function massAt({ centre, width }: Kernel, at: number, halfStep: number): number {
  if (halfStep === 0) return Math.exp(-0.5 * ((at - centre) / width) ** 2) / width
  return normalCdf((at + halfStep - centre) / width) - normalCdf((at - halfStep - centre) / width)
}

function countsOf(values: readonly ParameterValue[], seen: readonly ParameterValue[]): Mixture {
  const weights = values.map((value) => 1 + seen.filter((other) => other === value).length)
  const total = seen.length + values.length
  return {
    draw(random) {
      let left = random.next() * total
      const at = weights.findIndex((weight) => {
        left -= weight
        return left < 0
      })
      return values[at < 0 ? values.length - 1 : at] ?? Number.NaN
    },
    density: (value) => (weights[values.indexOf(value)] ?? 0) / total,
  }
}
