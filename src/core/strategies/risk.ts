/** What the strategies on candles have in common: how much, how sure, and when enough is lost. */
interface Usual {
  readonly positionSize: number
  readonly stopLoss: number
  /** What the pace of volatility is held against: a year's, as a fraction. */
  readonly volatilityTarget: number
}

/** Parameters that each of them takes, with its own defaults. */
export function riskParameters({ positionSize, stopLoss, volatilityTarget }: Usual) {
  return {
    position_size: {
      kind: 'number',
      unit: 'of equity',
      min: 0.001,
      max: 1,
      default: positionSize,
      description: 'what a position takes at most',
    },
    min_confidence: {
      kind: 'number',
      unit: '',
      min: 0,
      max: 1,
      default: 0.5,
      description: 'confidence below which nothing is entered',
    },
    volatility_target: {
      kind: 'number',
      unit: 'a year',
      min: 0.01,
      max: 10,
      default: volatilityTarget,
      description: 'volatility above which a position gets smaller, as target / volatility',
    },
    'risk_management.volatility_adjustment': {
      kind: 'boolean',
      default: true,
      description: 'make positions smaller in volatile times',
    },
    'risk_management.stop_loss': {
      kind: 'number',
      unit: 'of the entry price; 0: none',
      min: 0,
      max: 1,
      default: stopLoss,
      description: 'loss at a close at which it leaves',
    },
  } as const
}

export interface RiskParameters {
  readonly position_size: number
  readonly min_confidence: number
  readonly volatility_target: number
  readonly 'risk_management.volatility_adjustment': boolean
  readonly 'risk_management.stop_loss': number
}

/**
 * Share of equity: `position_size`, in volatile times times target / volatility, so that a position's risk is no larger than in usual ones.
 * The scaling by ex-ante volatility is that of Moskowitz, Ooi and Pedersen (Time series momentum, 2012), but never makes larger.
 */
export function sizeOf(parameters: RiskParameters, volatility: number): number {
  const { position_size: size, volatility_target: target } = parameters
  if (!parameters['risk_management.volatility_adjustment'] || !(volatility > target)) return size
  return size * (target / volatility)
}

/** So little below a threshold is rounding: 1 − 90 / 100 is 0.09999999999999998. */
const ROUNDING = 1e-12

/** At least the threshold, a fall of exactly 10 % being one of 0.1. Of NaN false. */
export function reaches(value: number, threshold: number): boolean {
  return value >= threshold - ROUNDING
}

/**
 * A stop that is judged at closes, so that it is the same on every kind of bar, in a backtest and live. What was stopped may enter
 * again only after its reason to enter was gone once: else it would be back on the next bar.
 */
export class StopLoss {
  readonly #fraction: number
  #lockedOut = 0

  /** `fraction` of the entry price; 0: never. */
  constructor(fraction: number) {
    this.#fraction = fraction
  }

  /** Loss as a fraction where it is one to leave at, else 0. `held` is the sign of the position; an unknown entry has no loss. */
  lossAt(held: number, entryPrice: number, close: number): number {
    if (this.#fraction === 0 || held === 0) return 0
    const loss = held * (1 - close / entryPrice)
    if (!reaches(loss, this.#fraction)) return 0
    this.#lockedOut = held
    return loss
  }

  /** Told each bar which way the strategy would enter: another than the one stopped ends the lock. */
  saw(direction: number): void {
    if (direction !== this.#lockedOut) this.#lockedOut = 0
  }

  isLockedOut(direction: number): boolean {
    return direction === this.#lockedOut
  }
}
