/** The result in plain words: what a person asks first. */
import type { Blocked, Silence } from '../result.js'

interface Facts {
  readonly strategy: string
  readonly currency: string
  readonly cash: number
  readonly finalEquity: number
  readonly benchmarkReturn: number | null
  /** What the benchmark holds, where it is not what was traded. */
  readonly held?: string | undefined
  readonly trades: number
  readonly open: number
}

export function answerOf({ strategy, currency, cash, finalEquity, benchmarkReturn, held, trades, open }: Facts): string {
  const made = finalEquity / cash - 1
  const money = `${amount(finalEquity - cash)} ${currency} on ${amount(cash)}`
  const own =
    trades + open === 0
      ? `${strategy} never traded`
      : `${strategy} ${verb(made)} ${percent(Math.abs(made))} after all costs (${money})`
  if (benchmarkReturn === null || (strategy === 'buyhold' && held === undefined)) return `${own}.`
  const gap = made - benchmarkReturn
  const points = `${(Math.abs(gap) * 100).toFixed(2)} points`
  const verdict = Math.abs(gap) < 5e-5 ? 'the same' : gap > 0 ? `${points} worse` : `${points} better`
  const hold = held === undefined ? 'buy and hold' : `holding ${held}`
  return `${own}; ${hold} ${verb(benchmarkReturn)} ${percent(Math.abs(benchmarkReturn))}, ${verdict}.`
}

interface Signals {
  /** Closed trades and positions still open. */
  readonly positions: number
  readonly blocked: readonly Blocked[]
  readonly silences: readonly Silence[]
  readonly signals: number
  readonly bars: number
  /** What the strategy was asked on. */
  readonly unit?: 'bars' | 'steps'
}

/** Of many reasons for silence the most frequent ones say enough. */
const MOST_SILENCES = 4

/** Why there was no trade; null when there was one. */
export function diagnosisOf({ positions, blocked, silences, signals, bars, unit = 'bars' }: Signals): string | null {
  if (positions > 0) return null
  if (signals === 0) {
    const why = silences
      .slice(0, MOST_SILENCES)
      .map(({ reason, count }) => `${reason} (${count} times)`)
      .join('; ')
    return `No trade: the strategy gave no signal on any of ${bars} ${unit}${why === '' ? '' : `: ${why}`}.`
  }
  const reasons = blocked.map(({ reason, count }) => `${reason} ${count} times`)
  return `No trade: of ${signals} signals none became a position (${reasons.join(', ') || 'all of them still wait'}).`
}

function verb(value: number): string {
  return value < 0 ? 'lost' : 'made'
}

function percent(value: number): string {
  return `${(value * 100).toFixed(2)} %`
}

function amount(value: number): string {
  const text = Math.abs(value)
    .toFixed(2)
    .replace(/\B(?=(\d{3})+\.)/g, ',')
  return `${value < 0 ? '-' : ''}${text}`
}
