/** Flags that several commands share. Lists have one parser of their own: oclif's `multiple` with `delimiter` and `env` is broken. */
import { Args, Flags } from '@oclif/core'
import { UsageError } from '../errors.js'
import { splitList } from './config/settings.js'
import { formatDuration, parseDuration } from './duration.js'

export const FORMATS = ['table', 'json', 'ndjson', 'csv'] as const
export type Format = (typeof FORMATS)[number]

/** `--exchanges binance,bybit` */
export const listFlag = Flags.custom<string[]>({
  parse: async (text) => {
    const values = [...new Set(splitList(text))]
    if (values.length > 0) return values
    throw new UsageError('USAGE_EMPTY_LIST', 'An empty list', { suggestions: ['Write the names with commas between them'] })
  },
  helpValue: '<a,b>',
})

/** `--duration 15m`, in ms. */
export const durationFlag = Flags.custom<number, { min?: number }>({
  parse: async (text, _, { min = 0 }) => {
    const ms = parseDuration(text)
    if (ms >= min) return ms
    throw new UsageError('USAGE_BAD_DURATION', `Too short: ${text}`, { suggestions: [`Give at least ${formatDuration(min)}`] })
  },
  // Help says a default as people write it.
  defaultHelp: async ({ options }) => (typeof options.default === 'number' ? formatDuration(options.default) : undefined),
  helpValue: '<90s|15m|7d>',
})

/** Instruments as the user names them: base assets, symbols or pairs. What they mean is up to each exchange. */
export const symbolsFlag = listFlag({ description: 'Instruments: base assets, symbols or pairs', helpValue: '<BTC,ETH>' })
export const exchangesFlag = listFlag({
  description: 'Exchanges; all that are enabled when not given',
  helpValue: '<binance,bybit>',
})

export const numberFlag = Flags.custom<number, { min?: number; max?: number }>({
  parse: async (text, _, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }) => {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isFinite(value) && value >= min && value <= max) return value
    const range = [min > Number.NEGATIVE_INFINITY ? `from ${min}` : '', max < Number.POSITIVE_INFINITY ? `to ${max}` : '']
    throw new UsageError('USAGE_BAD_NUMBER', `Not a number that fits: ${text}`, {
      suggestions: [`Give a number ${range.filter((part) => part !== '').join(' ')}`.trim()],
    })
  },
  helpValue: '<number>',
})

/** Never waits for stdin, as oclif's arguments do. */
export function textArg(description: string) {
  return Args.string({ description, required: true, ignoreStdin: true })
}

export function optionalTextArg(description: string) {
  return Args.string({ description, ignoreStdin: true })
}

/** A flag with a text, checked by the command. */
export const textFlag = Flags.string

/** A flag that is there or not; false when not. */
export function switchFlag(description: string) {
  return Flags.boolean({ description, default: false })
}

/** A flag with one of a few values. */
export function choiceFlag<const Options extends readonly string[]>(
  options: Options,
  description: string,
  fallback: Options[number],
  aliases: string[] = [],
) {
  return Flags.option({ options, description, default: fallback, aliases })()
}

/** The same without a value when not given. */
export function optionalChoiceFlag<const Options extends readonly string[]>(options: Options, description: string) {
  return Flags.option({ options, description })()
}

export const globalFlags = {
  json: Flags.boolean({ description: 'Same as --output json; NDJSON for commands that run', helpGroup: 'GLOBAL' }),
  output: Flags.option({ options: FORMATS, char: 'o', description: 'Output format', helpGroup: 'GLOBAL' })(),
  fields: listFlag({ description: 'Only these fields, in this order', helpGroup: 'GLOBAL', helpValue: '<a,b.c>' }),
  db: Flags.string({ description: 'Database file', helpGroup: 'GLOBAL', helpValue: '<path>' }),
  config: Flags.string({ description: 'Configuration file instead of mts.config.json', helpGroup: 'GLOBAL', helpValue: '<file>' }),
  sandbox: Flags.boolean({ description: 'Talk to a simulated market instead of the internet', helpGroup: 'GLOBAL' }),
  quiet: Flags.boolean({ description: 'Only errors on stderr', helpGroup: 'GLOBAL', exclusive: ['verbose'] }),
  verbose: Flags.boolean({ description: 'More on stderr, and stack traces', helpGroup: 'GLOBAL' }),
  'no-color': Flags.boolean({ description: 'No colour and no spinner', helpGroup: 'GLOBAL' }),
}

/** Whether raw arguments ask for a JSON document: errors in the arguments themselves need to know. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const own = end === -1 ? argv : argv.slice(0, end)
  return own.some((arg, i) => {
    if (arg === '--json' || arg === '--output=json' || arg === '-ojson' || arg === '-o=json') return true
    return (arg === '-o' || arg === '--output') && own[i + 1] === 'json'
  })
}
