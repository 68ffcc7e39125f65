/** Parameters of a strategy as data: what may be said, in which unit and range, and what holds when nothing is said. */
import { nearest, UsageError } from '../errors.js'

interface NumberParameter {
  readonly kind: 'integer' | 'number'
  /** `bars`, `fraction`, `standard deviations`, … */
  readonly unit: string
  readonly min: number
  readonly max: number
  readonly default: number
  readonly description: string
}

interface BooleanParameter {
  readonly kind: 'boolean'
  readonly default: boolean
  readonly description: string
}

interface ChoiceParameter {
  readonly kind: 'choice'
  readonly choices: readonly string[]
  readonly default: string
  readonly description: string
}

export type Parameter = NumberParameter | BooleanParameter | ChoiceParameter
/** Names as in `config/strategies/*.json`; a dot stands for nesting. */
export type ParameterSchema = Readonly<Record<string, Parameter>>
export type ParameterValue = number | boolean | string
export type ParameterValues = Readonly<Record<string, ParameterValue>>

type ValueOf<P extends Parameter> = P extends NumberParameter ? number : P extends BooleanParameter ? boolean : string
export type ValuesOf<S extends ParameterSchema> = { readonly [K in keyof S]: ValueOf<S[K]> }

/** The values of a schema that `resolveParameters` has checked, in their own types. */
export function typedValues<S extends ParameterSchema>(values: ParameterValues): ValuesOf<S> {
  return values as ValuesOf<S>
}

/** The name in full: of a nested one (`risk_management.stop_loss`) the last part is enough where no other ends so. */
export function parameterNamed(name: string, names: readonly string[]): string | undefined {
  if (names.includes(name)) return name
  const ending = names.filter((each) => each.endsWith(`.${name}`))
  return ending.length === 1 ? ending[0] : undefined
}

/** What has parameters: a strategy on bars or on order books. */
export interface Parametrised {
  readonly name: string
  readonly parameters: ParameterSchema
  check?(parameters: ParameterValues): string | undefined
}

/**
 * Every parameter of the strategy, given or by default; texts (from `--param k=v`) are read by the schema.
 * Errors: `USAGE_UNKNOWN_PARAMETER` with the nearest, `USAGE_BAD_PARAMETER` with unit and range.
 */
export function resolveParameters(strategy: Parametrised, given: Readonly<Record<string, unknown>>): ParameterValues {
  const schema = strategy.parameters
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(schema, name)) throw unknownParameter(strategy, name)
  }
  const values: Record<string, ParameterValue> = {}
  for (const [name, parameter] of Object.entries(schema)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    values[name] = value === undefined ? parameter.default : readValue(strategy.name, name, parameter, value)
  }
  const wrong = strategy.check?.(values)
  if (wrong !== undefined) throw new UsageError('USAGE_BAD_PARAMETER', `${strategy.name}: ${wrong}`)
  return values
}

function readValue(strategy: string, name: string, parameter: Parameter, value: unknown): ParameterValue {
  const read = readers[parameter.kind](value)
  if (read === undefined || !isAllowed(parameter, read)) {
    throw new UsageError('USAGE_BAD_PARAMETER', `${strategy}: ${name} cannot be ${JSON.stringify(value)}`, {
      suggestions: [`${name}: ${describeRange(parameter)} (${parameter.description})`],
    })
  }
  return read
}

const readers: Readonly<Record<Parameter['kind'], (value: unknown) => ParameterValue | undefined>> = {
  integer: readNumber,
  number: readNumber,
  boolean: (value) => (value === 'true' ? true : value === 'false' ? false : typeof value === 'boolean' ? value : undefined),
  choice: (value) => (typeof value === 'string' ? value : undefined),
}

function readNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'string' && value.trim() !== '') return Number(value)
  return undefined
}

function isAllowed(parameter: Parameter, value: ParameterValue): boolean {
  if (parameter.kind === 'choice') return parameter.choices.includes(String(value))
  if (parameter.kind === 'boolean') return true
  const number = Number(value)
  return number >= parameter.min && number <= parameter.max && (parameter.kind === 'number' || Number.isInteger(number))
}

/** `integer, 2 to 500 bars`. */
export function describeRange(parameter: Parameter): string {
  if (parameter.kind === 'choice') return `one of ${parameter.choices.join(', ')}`
  if (parameter.kind === 'boolean') return 'true or false'
  return `${parameter.kind}, ${parameter.min} to ${parameter.max} ${parameter.unit}`
}

function unknownParameter(strategy: Parametrised, name: string): UsageError {
  const names = Object.keys(strategy.parameters)
  const near = nearest(name, names)
  const hint = names.length === 0 ? 'It has no parameters' : `Its parameters: ${names.join(', ')}`
  return new UsageError('USAGE_UNKNOWN_PARAMETER', `${strategy.name} has no parameter ${name}`, {
    suggestions: near.length > 0 ? [`Did you mean ${near.join(', ')}?`, hint] : [hint],
  })
}
