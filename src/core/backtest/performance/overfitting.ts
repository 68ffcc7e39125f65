/** How much of the best of many trials is luck. */
import { deviation, mean, normalQuantile } from '../../analysis/statistics.js'
import { none, type Outcome, of } from './metric.js'
import { confidenceOfSharpe, type SharpeSample } from './returns.js'

const EULER_MASCHERONI = 0.5772156649015329

/**
 * Sharpe ratio (per period) that the best of `trials` without any skill is expected to show, when the trials' ratios have this
 * variance. Bailey and López de Prado, The Deflated Sharpe Ratio (2014). 0 for a single trial.
 */
export function expectedBestSharpe(trials: number, variance: number): number {
  if (trials < 2) return 0
  const best =
    (1 - EULER_MASCHERONI) * normalQuantile(1 - 1 / trials) + EULER_MASCHERONI * normalQuantile(1 - 1 / (trials * Math.E))
  return Math.sqrt(variance) * best
}

/** Probability that the true Sharpe ratio of the winner lies above what luck alone would give. */
export function deflatedSharpe(winner: SharpeSample, trials: number, variance: number): Outcome {
  if (winner.n < 3) return none('too-few-returns')
  return of(confidenceOfSharpe(winner, expectedBestSharpe(trials, variance)))
}

export interface Overfitting {
  /** Share of splits in which the best in sample is below the median out of sample. */
  readonly probability: number
  readonly splits: number
  /** Log-odds of the winner's rank out of sample, one a split; below 0 is below the median. */
  readonly logits: Float64Array
}

/** Blocks of the paper: 12 870 splits into halves. */
export const PAPER_BLOCKS = 16

/**
 * Probability of backtest overfitting by combinatorially symmetric cross-validation: Bailey, Borwein, López de Prado and Zhu (2015).
 * `trials` are return series of one length, at least two; `blocks` is even, 16 as in the paper. `score` is Sharpe per period.
 * Undefined where there are fewer than two returns a block.
 */
export function probabilityOfOverfitting(trials: readonly Float64Array[], blocks = PAPER_BLOCKS): Overfitting | undefined {
  const length = Math.min(...trials.map((returns) => returns.length))
  const sums = trials.map((returns) => blocksOf(returns.subarray(0, length), blocks))
  return overfittingOfBlocks(sums.filter((each) => each !== undefined))
}

/** The same from what is kept of each trial: at least two, of the same periods. */
export function overfittingOfBlocks(trials: readonly ReturnBlocks[]): Overfitting | undefined {
  const [first] = trials
  if (first === undefined || trials.length < 2) return undefined
  const blocks = first.sum.length
  const logits: number[] = []
  for (const mask of halves(blocks)) logits.push(logitOf(trials, mask, blocks, first.size))
  const below = logits.filter((logit) => logit <= 0).length
  return { probability: below / logits.length, splits: logits.length, logits: Float64Array.from(logits) }
}

/** Sum and sum of squares of each block, around the mean: all that a Sharpe ratio of any set of blocks needs. */
export interface ReturnBlocks {
  readonly sum: readonly number[]
  readonly squares: readonly number[]
  readonly centre: number
  /** Returns a block. */
  readonly size: number
}

/** Undefined for fewer than two returns a block, or an odd number of blocks. */
export function blocksOf(returns: Float64Array, blocks: number): ReturnBlocks | undefined {
  const size = Math.floor(returns.length / blocks)
  if (size < 2 || blocks % 2 === 1) return undefined
  const centre = mean(returns)
  const sum = new Array<number>(blocks).fill(0)
  const squares = new Array<number>(blocks).fill(0)
  for (let block = 0; block < blocks; block++) {
    for (const r of returns.subarray(block * size, (block + 1) * size)) {
      sum[block] = (sum[block] ?? 0) + (r - centre)
      squares[block] = (squares[block] ?? 0) + (r - centre) ** 2
    }
  }
  return { sum, squares, centre, size }
}

function logitOf(trials: readonly ReturnBlocks[], mask: number, blocks: number, size: number): number {
  const full = (1 << blocks) - 1
  let winner = 0
  let best = Number.NEGATIVE_INFINITY
  for (const [i, sums] of trials.entries()) {
    const score = scoreOf(sums, mask, size)
    if (score > best) {
      best = score
      winner = i
    }
  }
  const outside = trials.map((sums) => scoreOf(sums, full & ~mask, size))
  const own = outside[winner] ?? 0
  const below = outside.filter((score) => score < own).length
  const equal = outside.filter((score) => score === own).length
  // Mean rank among equals, from 1 to N, over N + 1: never 0 or 1.
  const rank = (below + (equal + 1) / 2) / (trials.length + 1)
  return Math.log(rank / (1 - rank))
}

function scoreOf({ sum, squares, centre }: ReturnBlocks, mask: number, size: number): number {
  let total = 0
  let square = 0
  let n = 0
  for (let block = 0; block < sum.length; block++) {
    if ((mask & (1 << block)) === 0) continue
    total += sum[block] ?? 0
    square += squares[block] ?? 0
    n += size
  }
  const average = total / n
  const variance = (square - n * average * average) / (n - 1)
  return variance > 0 ? (average + centre) / Math.sqrt(variance) : 0
}

/** Every choice of half of the blocks, as bits. */
function* halves(blocks: number): Generator<number> {
  for (let mask = 0; mask < 1 << blocks; mask++) {
    let bits = 0
    for (let rest = mask; rest !== 0; rest &= rest - 1) bits += 1
    if (bits === blocks / 2) yield mask
  }
}

/** Variance (ddof 1) of the trials' Sharpe ratios per period. */
export function varianceOfSharpes(ratios: readonly number[]): number {
  return ratios.length < 2 ? 0 : deviation(ratios, 1) ** 2
}
