/** What `config/strategies/*.json` says of a strategy: defaults that come with mts, and over them the user's own. */
import { ConfigError, nearest, UsageError } from '../errors.js'
import { coinOf, nearestCoins } from '../market/coins.js'
import { BOOK_STRATEGIES } from './book-registry.js'
import { describeRange, type ParameterValues, type Parametrised, parameterNamed, resolveParameters } from './parameters.js'
import { STRATEGIES } from './registry.js'
import { TRIGGERS } from './triggers.js'

/** Shares are fractions; null: no limit. */
export interface RiskSettings {
  /** Most of the portfolio that the positions of all assets may take together. */
  readonly maxPortfolioRisk: number | null
  /** The size that the strategy gives with a signal is scaled by volatility already; who takes it scales it no second time. */
  readonly volatilityAdjustment: boolean
  /** Fall from the highest equity at which everything is closed and nothing opened any more. */
  readonly maxDrawdown: number | null
  /** Loss on the entry price at which the strategy leaves. */
  readonly stopLoss: number | null
}

export interface StrategySettings {
  readonly name: string
  readonly enabled: boolean
  /** Coin ids; empty: whatever the user names. */
  readonly assets: readonly string[]
  /** Confidence below which a signal says nothing, 0 to 1. */
  readonly minConfidence: number
  /** What its word counts beside the others', before its track record; 1 is usual. */
  readonly signalWeight: number
  readonly risk: RiskSettings
  /** Complete and checked. */
  readonly parameters: ParameterValues
}

/** A file as it was read; `file` is the path by which messages name it. Its name, with `_` or `-`, is the strategy's. */
export interface SettingsFile {
  readonly file: string
  readonly text: string
}

/**
 * Throws `ConfigError` `CONFIG_UNKNOWN_STRATEGY`, with the nearest, for a file of none of these strategies nor of one that comes with mts:
 * what it switches off would stay on.
 */
export function checkSettingsFiles(files: readonly SettingsFile[], own: readonly string[]): void {
  const names = [...new Set([...own, ...[...STRATEGIES, ...BOOK_STRATEGIES, ...TRIGGERS].map(({ name }) => name)])]
  for (const { file } of files) {
    const name = strategyOfFile(file)
    if (names.includes(name)) continue
    const near = nearest(name, names)
    throw new ConfigError('CONFIG_UNKNOWN_STRATEGY', `${file}: there is no strategy ${name}`, {
      suggestions: [
        near.length > 0 ? `Did you mean ${near.join(', ')}?` : `There are ${names.join(', ')}`,
        'One of your own is found in strategies/, or in strategy_paths of the configuration',
      ],
    })
  }
}

/**
 * Of one strategy alone: files of others are not looked at. Of two files of it the later one wins, key by key.
 * Errors: `CONFIG_FILE_INVALID`, `CONFIG_UNKNOWN_KEY`, `CONFIG_BAD_VALUE`, naming file, key and nearest.
 */
export function settingsOfStrategy(strategy: Parametrised, files: readonly SettingsFile[]): StrategySettings {
  const values: Record<string, unknown> = {}
  const own = files.filter(({ file }) => strategyOfFile(file) === strategy.name)
  for (const file of own) {
    Object.assign(values, readFile(strategy, file))
    for (const each of namesakesOf(strategy)) check(each, values, file.file)
  }
  return build(strategy, values)
}

/** `config/strategies/mean_reversion.json`: `mean-reversion`. */
function strategyOfFile(file: string): string {
  const base = file.split(/[\\/]/).at(-1) ?? file
  return base.replace(/\.json$/, '').replaceAll('_', '-')
}

type Check = (value: unknown) => string | undefined

const COMMON: Readonly<Record<string, Check>> = {
  name: (value) => (typeof value === 'string' ? undefined : 'the name of the strategy'),
  enabled: isBoolean,
  assets: (value) => (isTexts(value) ? value.map(coinFault).find((fault) => fault !== undefined) : 'a list of coins'),
  min_confidence: (value) => within(value, 0, 1, 'a number from 0 to 1'),
  signal_weight: (value) => within(value, 0.01, 100, 'a number from 0.01 to 100; 1 is usual'),
  'risk_management.max_portfolio_risk': (value) => limit(value),
  'risk_management.volatility_adjustment': isBoolean,
  'risk_management.max_drawdown': (value) => limit(value),
  'risk_management.stop_loss': (value) => limit(value),
}

function readFile(strategy: Parametrised, { file, text }: SettingsFile): Record<string, unknown> {
  const known = [...new Set([COMMON, ...namesakesOf(strategy).map(({ parameters }) => parameters)].flatMap(Object.keys))]
  const values: Record<string, unknown> = {}
  for (const [written, value] of flatten(parse(file, text), '')) {
    const key = parameterNamed(written, known)
    if (key === undefined) throw unknownKey(file, written, known)
    if (Object.hasOwn(values, key)) throw bad(file, `${key} is given twice`)
    const wrong = Object.hasOwn(COMMON, key) ? COMMON[key]?.(value) : undefined
    if (wrong !== undefined) throw bad(file, `${key} cannot be ${JSON.stringify(value)}`, [`${key}: ${wrong}`])
    // No limit is null in JSON, and 0 as a parameter.
    values[key] = value === null && Object.hasOwn(COMMON, key) ? 0 : value
  }
  const { name = strategy.name } = values
  if (name !== strategy.name) throw bad(file, `name is ${String(name)}, but the file is of ${strategy.name}`)
  return values
}

/** One file holds what a strategy is told on bars and what it is told live: each reads its own of it. */
function namesakesOf(strategy: Parametrised): Parametrised[] {
  const others = [...STRATEGIES, ...TRIGGERS].filter((each) => each !== strategy && each.name === strategy.name)
  return [strategy, ...others]
}

function parse(file: string, text: string): object {
  try {
    const tree: unknown = JSON.parse(text)
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) throw new SyntaxError('it is no JSON object')
    return tree
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    throw new ConfigError('CONFIG_FILE_INVALID', `${file} cannot be read: ${said}`, { cause: error })
  }
}

function flatten(tree: object, above: string): [string, unknown][] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? flatten(value, `${above}${name}.`)
      : [[`${above}${name}`, value] as [string, unknown]],
  )
}

/** What the strategy itself has to say about its parameters, in the words of a configuration. */
function check(strategy: Parametrised, values: Readonly<Record<string, unknown>>, file: string): void {
  const own = parametersAmong(strategy, values)
  for (const [key, value] of Object.entries(own)) {
    const parameter = strategy.parameters[key]
    // Texts are read where there is nothing else, on a command line; here "30" is a mistake.
    if (parameter === undefined || parameter.kind === 'choice' || typeof value !== 'string') continue
    throw bad(file, `${key} cannot be ${JSON.stringify(value)}`, [`${key}: ${describeRange(parameter)}, without quotes`])
  }
  try {
    resolveParameters(strategy, own)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw bad(file, error.message, error.suggestions, error)
  }
}

function parametersAmong({ parameters }: Parametrised, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([key]) => Object.hasOwn(parameters, key)))
}

function build(strategy: Parametrised, values: Readonly<Record<string, unknown>>): StrategySettings {
  const parameters = resolveParameters(strategy, parametersAmong(strategy, values))
  const chosen = (key: string): unknown => (Object.hasOwn(parameters, key) ? parameters[key] : values[key])
  const limitOf = (key: string): number | null => {
    const value = chosen(`risk_management.${key}`)
    return typeof value === 'number' && value > 0 ? value : null
  }
  const minConfidence = chosen('min_confidence')
  const { signal_weight: signalWeight } = values
  return {
    name: strategy.name,
    enabled: values['enabled'] !== false,
    assets: isTexts(values['assets']) ? [...new Set(values['assets'].map(coinId))] : [],
    minConfidence: typeof minConfidence === 'number' ? minConfidence : 0,
    signalWeight: typeof signalWeight === 'number' ? signalWeight : 1,
    risk: {
      maxPortfolioRisk: limitOf('max_portfolio_risk'),
      volatilityAdjustment: chosen('risk_management.volatility_adjustment') === true,
      maxDrawdown: limitOf('max_drawdown'),
      stopLoss: limitOf('stop_loss'),
    },
    parameters,
  }
}

function isBoolean(value: unknown): string | undefined {
  return typeof value === 'boolean' ? undefined : 'true or false'
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

function within(value: unknown, min: number, max: number, what: string): string | undefined {
  return typeof value === 'number' && value >= min && value <= max ? undefined : what
}

function limit(value: unknown): string | undefined {
  return value === null ? undefined : within(value, 0, 1, 'a fraction from 0 to 1; 0 or null is no limit')
}

function coinId(name: string): string {
  return coinOf(name)?.id ?? name.trim().toLowerCase()
}

/** CoinGecko knows more ids than our table: what has the form of one may be one. */
function coinFault(name: string): string | undefined {
  if (/^[a-z0-9][a-z0-9.-]*$/.test(coinId(name))) return undefined
  const near = nearestCoins(name)
  return `${JSON.stringify(name)} is no coin id${near.length > 0 ? `; did you mean ${near.join(', ')}?` : ''}`
}

function unknownKey(file: string, key: string, known: readonly string[]): ConfigError {
  const last = key.split('.').at(-1) ?? key
  const near = [
    ...new Set([...nearest(key, known), ...known.filter((one) => nearest(last, [one.split('.').at(-1) ?? one]).length > 0)]),
  ]
  return new ConfigError('CONFIG_UNKNOWN_KEY', `${file}: there is no key ${key}`, {
    suggestions: [near.length > 0 ? `Did you mean ${near.slice(0, 3).join(', ')}?` : `There are ${known.join(', ')}`],
  })
}

function bad(file: string, what: string, suggestions: readonly string[] = [], cause?: unknown): ConfigError {
  return new ConfigError('CONFIG_BAD_VALUE', `${file}: ${what}`, { suggestions, ...(cause !== undefined && { cause }) })
}
