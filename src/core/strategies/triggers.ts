/**
 * What live signals are made of beside the strategies on order books: three rules that look at the feed as it runs. Each is declared here as a
 * strategy is, with what it looks for and its parameters; `src/core/signals/live` has the rules themselves.
 */
import type { Channel } from '../market/event.js'
import { MAX_SKEW, maxBookAge } from './book-parameters.js'
import { type ParameterSchema, type ParameterValues, type Parametrised, typedValues, type ValuesOf } from './parameters.js'

export interface Trigger extends Parametrised {
  /** One sentence. */
  readonly description: string
  /** What has to be subscribed to. */
  readonly channels: readonly Channel[]
}

const arbitrageParameters = {
  entry_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 5,
    description: 'net profit over the whole size, after the fees of both entries, from which it is said',
  },
  exit_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 2,
    description: 'net profit of the best levels below which it is over',
  },
  max_notional: { kind: 'number', unit: 'quote', min: 10, max: 1e9, default: 10_000, description: 'largest notional of a leg' },
  max_age_ms: maxBookAge(500),
  max_skew_ms: MAX_SKEW,
  cross_kind: { kind: 'boolean', default: false, description: 'also spot against a perpetual or a future' },
  hold_s: { kind: 'number', unit: 's', min: 0.1, max: 86_400, default: 30, description: 'life of a signal' },
  position_size: { kind: 'number', unit: 'of equity', min: 0, max: 1, default: 0.1, description: 'size at a confidence of 1' },
} as const satisfies ParameterSchema

const anomalyParameters = {
  step_ms: { kind: 'integer', unit: 'ms', min: 100, max: 60_000, default: 1_000, description: 'how often the spread is looked at' },
  window_s: { kind: 'integer', unit: 's', min: 5, max: 86_400, default: 300, description: 'its own history that is usual' },
  min_samples: { kind: 'integer', unit: 'samples', min: 5, max: 10_000, default: 60, description: 'fewest that say what is usual' },
  entry_z: {
    kind: 'number',
    unit: 'standard deviations',
    min: 0.5,
    max: 100,
    default: 4,
    description: 'above the mean of the history, from which it is said',
  },
  exit_z: {
    kind: 'number',
    unit: 'standard deviations',
    min: -10,
    max: 100,
    default: 1.5,
    description: 'above the mean, at or below which it is over',
  },
  min_excess_bps: {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 1_000,
    default: 0.5,
    description: 'least distance from the mean: a tick more is no anomaly',
  },
  max_book_age_ms: maxBookAge(2_000),
  hold_s: { kind: 'number', unit: 's', min: 1, max: 86_400, default: 60, description: 'life of a signal' },
} as const satisfies ParameterSchema

const volumeParameters = {
  'live.from': {
    kind: 'choice',
    choices: ['trades', 'candles'],
    default: 'trades',
    description: 'trades summed up over intervals, or closed candles as the exchange sends them',
  },
  'live.interval_s': {
    kind: 'integer',
    unit: 's',
    min: 1,
    max: 3_600,
    default: 10,
    description: 'length of an interval of trades',
  },
  'live.lookback': { kind: 'integer', unit: 'intervals', min: 3, max: 5_000, default: 30, description: 'of the usual volume' },
  'live.volume_ratio': {
    kind: 'number',
    unit: 'times',
    min: 1.01,
    max: 1_000,
    default: 4,
    description: 'volume to the usual, from which it is said',
  },
  'live.exit_ratio': {
    kind: 'number',
    unit: 'times',
    min: 0,
    max: 1_000,
    default: 1.5,
    description: 'volume to the usual, at or below which it is over',
  },
  'live.min_move_bps': {
    kind: 'number',
    unit: 'bps',
    min: 0,
    max: 10_000,
    default: 3,
    description: 'smallest move of the interval',
  },
  'live.hold_s': { kind: 'number', unit: 's', min: 1, max: 86_400, default: 120, description: 'life of a signal' },
  'live.max_book_age_ms': { ...maxBookAge(2_000), description: 'age of the book beyond which silence is no absence of trades' },
  'live.position_size': {
    kind: 'number',
    unit: 'of equity',
    min: 0,
    max: 1,
    default: 0.02,
    description: 'size at a confidence of 1',
  },
} as const satisfies ParameterSchema

export type ArbitrageTriggerSettings = ValuesOf<typeof arbitrageParameters>
export type SpreadAnomalySettings = ValuesOf<typeof anomalyParameters>
export type VolumeSpikeSettings = ValuesOf<typeof volumeParameters>

const below = (exit: number, entry: number, names: readonly [string, string]) =>
  exit <= entry ? undefined : `${names[0]} (${exit}) has to be at most ${names[1]} (${entry})`

export const ARBITRAGE: Trigger = {
  name: 'arbitrage',
  description: 'Says when the same thing can be bought on one exchange and sold on another at a profit',
  channels: ['book'],
  parameters: arbitrageParameters,
  check: (values) => below(arbitrageSettings(values).exit_bps, arbitrageSettings(values).entry_bps, ['exit_bps', 'entry_bps']),
}

export const SPREAD_ANOMALY: Trigger = {
  name: 'spread-anomaly',
  description: 'Says when a spread is far wider than it was of late: nothing to trade in',
  channels: ['book'],
  parameters: anomalyParameters,
  check: (values) => below(anomalySettings(values).exit_z, anomalySettings(values).entry_z, ['exit_z', 'entry_z']),
}

/** The name and the file are those of the strategy on bars: one idea, here on intervals of seconds. */
export const VOLUME_SPIKE: Trigger = {
  name: 'volume-spike',
  description: 'Goes with an interval of unusually high volume',
  channels: ['book', 'trades'],
  parameters: volumeParameters,
  check: (values) =>
    below(volumeSettings(values)['live.exit_ratio'], volumeSettings(values)['live.volume_ratio'], [
      'live.exit_ratio',
      'live.volume_ratio',
    ]),
}

export const TRIGGERS: readonly Trigger[] = [ARBITRAGE, SPREAD_ANOMALY, VOLUME_SPIKE]

export function arbitrageSettings(values: ParameterValues): ArbitrageTriggerSettings {
  return typedValues<typeof arbitrageParameters>(values)
}

export function anomalySettings(values: ParameterValues): SpreadAnomalySettings {
  return typedValues<typeof anomalyParameters>(values)
}

export function volumeSettings(values: ParameterValues): VolumeSpikeSettings {
  return typedValues<typeof volumeParameters>(values)
}
