/** From what each strategy says to what is done: who may speak, who wins, how much of it. Pure: the same opinions give the same signals. */
import { holdersAmong, settle, type Verdict } from './conflict.js'
import type { AssetRisk, CombinedSignal, ConflictRule, JudgedSignal, Opinion, Sizing, TrackRecord } from './contract.js'
import { gradeOf, volatilityFactor } from './grade.js'
import { combinedId } from './ids.js'
import { weightOf } from './track-record.js'

export interface AggregateRules {
  /** ms UTC: what has expired by then says nothing. */
  readonly now: number
  readonly conflict: ConflictRule
  /** By strategy; those without one need none. */
  readonly minConfidence: ReadonlyMap<string, number>
  /** What the user has a strategy's word count, by strategy; 1 where nothing is said. */
  readonly weights: ReadonlyMap<string, number>
  /** By strategy. */
  readonly records: ReadonlyMap<string, TrackRecord>
  /** By asset. */
  readonly risks: ReadonlyMap<string, AssetRisk>
  /** Most of equity that all positions may take together; null: no limit. */
  readonly maxPortfolioRisk: number | null
  /** Share of equity for a strategy that asks for none. */
  readonly usualSize: number
}

export interface Aggregated {
  /** All that was said, in the order given, with what became of it. */
  readonly signals: readonly JudgedSignal[]
  /** One an asset of which anything was said that counts. */
  readonly combined: readonly CombinedSignal[]
}

const UNKNOWN: AssetRisk = { volatility: null, usualVolatility: null, riskLevel: null }

/** One opinion a strategy and asset. */
export function aggregate(opinions: readonly Opinion[], rules: AggregateRules): Aggregated {
  const admitted = opinions.map((opinion) => admit(opinion, rules))
  const settled = [...new Set(opinions.map(({ asset }) => asset))].flatMap((asset) => {
    const voters = admitted.filter((each) => each.asset === asset && each.fate !== 'dropped')
    return voters.length === 0 ? [] : [{ asset, voters, verdict: settle(rules.conflict, voters) }]
  })
  const verdicts = new Map(settled.map(({ asset, verdict }) => [asset, verdict]))
  const signals = capped(
    admitted.map((each) => applyVerdict(each, verdicts.get(each.asset))),
    rules.maxPortfolioRisk,
  )
  return { signals, combined: settled.map((each) => combine(each, signals, rules.conflict)) }
}

/** What may not speak is dropped at once; what may gets its weight and the size that it asks for. */
function admit(opinion: Opinion, rules: AggregateRules): JudgedSignal {
  const risk = rules.risks.get(opinion.asset) ?? UNKNOWN
  const weight = (rules.weights.get(opinion.strategy) ?? 1) * weightOf(rules.records.get(opinion.strategy))
  const judged = {
    ...opinion,
    grade: gradeOf(opinion.strength),
    weight,
    positionSize: 0,
    riskLevel: risk.riskLevel,
    sizing: null,
  } as const
  const sizing = opinion.signal === 'flat' ? null : askedSize(opinion, risk, rules.usualSize)
  const fault = faultOf(opinion, rules) ?? (Number.isNaN(sizing?.volatility) ? TOO_FEW_BARS : undefined)
  if (fault !== undefined) return { ...judged, fate: 'dropped', why: fault }
  return { ...judged, sizing, fate: 'kept', why: '' }
}

const TOO_FEW_BARS = 'too few bars to tell how much the asset moves, and so how much to hold'

function faultOf({ strategy, confidence, expiresAt, doubt }: Opinion, { now, minConfidence }: AggregateRules): string | undefined {
  if (doubt !== null) return doubt
  if (expiresAt <= now) return `expired on ${new Date(expiresAt).toISOString()}`
  const least = minConfidence.get(strategy) ?? 0
  return confidence < least ? `confidence ${number(confidence)} is below ${number(least)}` : undefined
}

/** A strategy that asks for a size has thought of volatility itself. */
function askedSize({ size }: Opinion, risk: AssetRisk, usualSize: number): Sizing {
  if (size !== null) return { asked: size, volatility: 1, agreement: 1, cap: 1 }
  return { asked: usualSize, volatility: volatilityFactor(risk), agreement: 1, cap: 1 }
}

const OWN_EXIT = 'ends its own position, which is no vote on what others hold'

function applyVerdict(signal: JudgedSignal, verdict: Verdict | undefined): JudgedSignal {
  if (verdict === undefined || signal.fate === 'dropped') return signal
  if (signal.signal === 'flat' && verdict.signal !== 'flat') return { ...signal, why: OWN_EXIT }
  if (!verdict.winners.has(signal.strategy)) return { ...signal, sizing: null, fate: 'dropped', why: verdict.why }
  const sizing = signal.sizing === null ? null : { ...signal.sizing, agreement: verdict.agreement }
  return { ...signal, sizing, why: verdict.why }
}

/** Scales all sizes alike where they are more than the portfolio may take. */
function capped(signals: readonly JudgedSignal[], most: number | null): JudgedSignal[] {
  const total = signals.reduce((sum, { sizing }) => sum + sizeOf(sizing), 0)
  const cap = most !== null && total > most ? most / total : 1
  return signals.map((signal) => {
    if (signal.fate === 'dropped') return signal
    const sizing = signal.sizing === null ? null : { ...signal.sizing, cap }
    const changes = sizing === null ? [] : changesOf(sizing)
    return {
      ...signal,
      sizing,
      positionSize: sizeOf(sizing),
      fate: changes.length > 0 ? 'changed' : 'kept',
      why: [signal.why, ...changes].join('; '),
    }
  })
}

function sizeOf(sizing: Sizing | null): number {
  return sizing === null ? 0 : sizing.asked * sizing.volatility * sizing.agreement * sizing.cap
}

function changesOf({ asked, volatility, agreement, cap }: Sizing): string[] {
  const parts: [string, number][] = [
    ['volatility', volatility],
    ['agreement', agreement],
    ['portfolio cap', cap],
  ]
  const changed = parts.filter(([, factor]) => factor !== 1).map(([name, factor]) => `${name} ×${number(factor)}`)
  return changed.length === 0 ? [] : [`size ${number(asked)}: ${changed.join(', ')}`]
}

interface Settled {
  readonly asset: string
  readonly voters: readonly JudgedSignal[]
  readonly verdict: Verdict
}

function combine({ asset, voters, verdict }: Settled, signals: readonly JudgedSignal[], rule: ConflictRule): CombinedSignal {
  const { signal, agreement, why } = verdict
  const won = signals.filter((each) => each.asset === asset && each.fate !== 'dropped' && each.signal === signal)
  const holders = holdersAmong(voters)
  const contest = holders.length > 0 ? holders : voters
  const strength = weightedMean(won, (each) => each.strength)
  return {
    id: combinedId(
      asset,
      rule,
      signal,
      contest.map(({ id }) => id),
    ),
    asset,
    signal,
    strength,
    grade: gradeOf(strength),
    confidence: agreement * weightedMean(won, (each) => each.confidence),
    agreement,
    positionSize: won.reduce((sum, each) => sum + each.positionSize, 0),
    riskLevel: voters[0]?.riskLevel ?? null,
    expiresAt: won.length === 0 ? null : Math.min(...won.map(({ expiresAt }) => expiresAt)),
    why,
    strategies: won.map(({ strategy }) => strategy),
  }
}

/** 0 of nothing: nobody has said anything. */
function weightedMean(signals: readonly JudgedSignal[], value: (signal: JudgedSignal) => number): number {
  const total = signals.reduce((sum, { weight }) => sum + weight, 0)
  return total > 0 ? signals.reduce((sum, signal) => sum + signal.weight * value(signal), 0) / total : 0
}

function number(value: number): string {
  return String(Math.round(value * 10_000) / 10_000)
}
