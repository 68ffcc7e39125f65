/** What else could have come of the same returns and trades, in another order and number. */
import { quantile } from '../../analysis/statistics.js'
import { type Random, seededRandom } from '../random.js'
import { automaticBlockLength } from './block-length.js'

export interface MonteCarloInput {
  readonly cash: number
  /** Simple returns, oldest first, of which unit each is, and how many of them a year has. */
  readonly returns: Float64Array
  readonly unit: 'day' | 'bar'
  readonly periods: number
  /** Net profit of each closed trade, as a fraction of equity before its entry. */
  readonly tradeReturns: Float64Array
}

export interface MonteCarloOptions {
  /** Paths. */
  readonly runs: number
  readonly seed: number
  /** Mean block length in days or bars; chosen by the memory of the returns when left out. */
  readonly block?: number | undefined
  /** Draw-down of which the probability is told, as a fraction above 0. */
  readonly drawdown: number
}

/** By share of the paths that lie below. */
export type Bands = Readonly<Record<'p05' | 'p25' | 'p50' | 'p75' | 'p95', number>>

export interface Resampled {
  readonly method: 'returns' | 'trades'
  /** Returns or trades in a path, as many as there were. */
  readonly length: number
  /** Of `returns`: what each is of, and the mean length of a block of them. */
  readonly unit: 'day' | 'bar' | null
  readonly blockLength: number | null
  readonly finalEquity: Bands
  /** Fractions, below 0. */
  readonly maxDrawdown: Bands
  /** A year's; of trades there is none. */
  readonly sharpe: Bands | null
  readonly probabilityOfLoss: number
  readonly probabilityOfDrawdown: number
}

/** Fewer say nothing: resampling cannot make up what never happened. */
const FEWEST = 10

/**
 * Stationary bootstrap of returns (Politis and Romano, 1994: blocks of geometric length, wrapped around, so that runs of good and bad days stay
 * together) and plain bootstrap of trades, compounded one after the other. A method with fewer than ten values is left out.
 */
export function monteCarlo(input: MonteCarloInput, options: MonteCarloOptions): Resampled[] {
  const { returns, tradeReturns } = input
  const random = seededRandom(options.seed)
  const results: Resampled[] = []
  if (returns.length >= FEWEST) {
    const blockLength = Math.min(returns.length, options.block ?? automaticBlockLength(returns))
    results.push(resample('returns', returns, blockLength, input, options, random))
  }
  if (tradeReturns.length >= FEWEST) results.push(resample('trades', tradeReturns, 1, input, options, random))
  return results
}

function resample(
  method: Resampled['method'],
  values: Float64Array,
  blockLength: number,
  { cash, unit, periods }: MonteCarloInput,
  { runs, drawdown }: MonteCarloOptions,
  random: Random,
): Resampled {
  const finals = new Float64Array(runs)
  const depths = new Float64Array(runs)
  const ratios = new Float64Array(runs)
  const path: Path = { growth: 1, depth: 0, ratio: 0 }
  for (let run = 0; run < runs; run++) {
    drawPath(values, blockLength, random, path)
    finals[run] = cash * path.growth
    depths[run] = path.depth
    ratios[run] = path.ratio * Math.sqrt(periods)
  }
  return {
    method,
    length: values.length,
    unit: method === 'returns' ? unit : null,
    blockLength: method === 'returns' ? blockLength : null,
    finalEquity: bandsOf(finals),
    maxDrawdown: bandsOf(depths),
    sharpe: method === 'returns' ? bandsOf(ratios) : null,
    probabilityOfLoss: finals.filter((final) => final < cash).length / runs,
    probabilityOfDrawdown: depths.filter((depth) => depth <= -drawdown).length / runs,
  }
}

interface Path {
  growth: number
  depth: number
  ratio: number
}

/** One path as long as the values; written into `path`, since there are tens of thousands. */
function drawPath(values: Float64Array, blockLength: number, random: Random, path: Path): void {
  const n = values.length
  const ends = 1 / blockLength
  let at = random.below(n)
  let growth = 1
  let peak = 1
  let depth = 0
  let average = 0
  let squares = 0
  for (let i = 0; i < n; i++) {
    const value = values[at] as number
    // Nothing grows out of nothing: what a path has lost it does not win back.
    growth = Math.max(0, growth * (1 + value))
    peak = Math.max(peak, growth)
    depth = Math.min(depth, growth / peak - 1)
    const distance = value - average
    average += distance / (i + 1)
    squares += distance * (value - average)
    at = random.next() < ends ? random.below(n) : (at + 1) % n
  }
  const deviation = Math.sqrt(squares / (n - 1))
  path.growth = growth
  path.depth = depth
  path.ratio = deviation > 0 ? average / deviation : 0
}

function bandsOf(values: Float64Array): Bands {
  const at = (share: number) => quantile(values, share)
  return { p05: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) }
}
