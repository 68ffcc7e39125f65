/** What is done where strategies contradict each other about one asset. Pure; one function a rule. */
import type { Direction } from '../strategies/contract.js'
import type { ConflictRule } from './contract.js'

export interface Voter {
  readonly strategy: string
  readonly signal: Direction
  readonly confidence: number
  readonly weight: number
}

export interface Verdict {
  /** null: nobody wins. */
  readonly signal: Direction | null
  /** 1 unanimous, towards 0 the more is against it. */
  readonly agreement: number
  /** Whose word counts; all others are dropped. */
  readonly winners: ReadonlySet<string>
  readonly why: string
}

/** A side needs this share of the weighted confidence: a bare half is no agreement. */
const NEEDED_SHARE = 0.6
/** Below this a difference is rounding. */
const NOISE = 1e-12

const RULES: Readonly<Record<ConflictRule, (voters: readonly Voter[]) => Verdict>> = {
  weighted: (voters) => bySide(voters, ({ weight, confidence }) => weight * confidence, NEEDED_SHARE, 'of the weighted confidence'),
  majority: (voters) => bySide(voters, () => 1, 0.5, 'of the votes'),
  veto: byVeto,
  strongest: byStrongest,
}

/**
 * The voters are of one asset, one a strategy, at least one. Those that say the same never conflict. Who says flat ends a position of his own,
 * which is no vote on what others hold: it is the verdict only where nobody holds anything.
 */
export function settle(rule: ConflictRule, voters: readonly Voter[]): Verdict {
  const holders = holdersAmong(voters)
  const [first, ...others] = holders.length > 0 ? holders : voters
  if (first === undefined || others.some(({ signal }) => signal !== first.signal)) return RULES[rule](holders)
  const winners = namesOf([first, ...others])
  return {
    signal: first.signal,
    agreement: 1,
    winners,
    why: others.length === 0 ? 'said by one alone' : `all ${winners.size} agree`,
  }
}

/** Those who want a position. */
export function holdersAmong<Each extends Pick<Voter, 'signal'>>(voters: readonly Each[]): Each[] {
  return voters.filter(({ signal }) => signal !== 'flat')
}

function bySide(voters: readonly Voter[], worth: (voter: Voter) => number, needed: number, ofWhat: string): Verdict {
  const sides = sidesOf(voters, worth)
  const total = sides.reduce((sum, side) => sum + side.worth, 0)
  const [best] = sides
  const share = best !== undefined && total > 0 ? best.worth / total : 0
  const isEnough = needed > 0.5 ? share >= needed - NOISE : share > needed + NOISE
  const told = `${best?.signal ?? 'nobody'} has ${percent(share)} ${ofWhat}`
  if (best === undefined || !isEnough) return nobody(`${told}, ${needed > 0.5 ? percent(needed) : 'more than half'} is needed`)
  return { signal: best.signal, agreement: 2 * share - 1, winners: namesOf(best.voters), why: told }
}

/** Whoever disagrees keeps everybody from holding anything. */
function byVeto(voters: readonly Voter[]): Verdict {
  return nobody(`vetoed: ${voters.map(({ strategy, signal }) => `${strategy} ${signal}`).join(', ')}`)
}

function byStrongest(voters: readonly Voter[]): Verdict {
  const worth = ({ weight, confidence }: Voter): number => weight * confidence
  const most = Math.max(...voters.map(worth))
  const best = voters.filter((voter) => worth(voter) >= most - NOISE)
  const [first] = best
  if (first === undefined || best.some(({ signal }) => signal !== first.signal)) {
    return nobody(`${best.map(({ strategy, signal }) => `${strategy} ${signal}`).join(' and ')} are equally strong`)
  }
  return {
    signal: first.signal,
    agreement: 1,
    winners: namesOf(best),
    why: `${best.map(({ strategy }) => strategy).join(' and ')} is the strongest, ${first.signal}`,
  }
}

interface Side {
  readonly signal: Direction
  readonly worth: number
  readonly voters: readonly Voter[]
}

/** Heaviest first; sides of the same weight in a fixed order. */
function sidesOf(voters: readonly Voter[], worth: (voter: Voter) => number): Side[] {
  return (['long', 'short'] as const)
    .map((signal) => {
      const own = voters.filter((voter) => voter.signal === signal)
      return { signal, worth: own.reduce((sum, voter) => sum + worth(voter), 0), voters: own }
    })
    .filter(({ voters: own }) => own.length > 0)
    .sort((a, b) => b.worth - a.worth)
}

function nobody(why: string): Verdict {
  return { signal: null, agreement: 0, winners: new Set(), why }
}

function namesOf(voters: readonly Voter[]): ReadonlySet<string> {
  return new Set(voters.map(({ strategy }) => strategy))
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`
}
