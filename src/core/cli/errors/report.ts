/** Any error as the user gets it: one line, what to do, the code; or one JSON document. */
import { MtsError, nearest } from '../../errors.js'

export interface ErrorReport {
  readonly code: string
  /** One line. */
  readonly message: string
  readonly suggestions: readonly string[]
  readonly exitCode: number
}

/** oclif's parse errors, by what they carry: their classes are not exported. */
interface ParseError extends Error {
  readonly flags?: readonly string[]
  readonly args?: readonly unknown[]
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } }
  readonly oclif?: { readonly exit?: number }
}

const DEFECTS = ['TypeError', 'ReferenceError', 'RangeError', 'AssertionError', 'SyntaxError']
const STORAGE_ERRNO: Readonly<Record<string, { readonly code: string; readonly advice: string }>> = {
  ENOSPC: { code: 'STORAGE_FULL', advice: 'Make room on the disk' },
  EACCES: { code: 'STORAGE_READONLY', advice: 'Check the permissions' },
  EROFS: { code: 'STORAGE_READONLY', advice: 'The file system is read-only: choose another folder' },
  EIO: { code: 'STORAGE_IO', advice: 'Check the disk' },
}

export function describeError(error: unknown): ErrorReport {
  if (error instanceof MtsError) {
    const { code, message, suggestions, exitCode } = error
    return { code, message: oneLine(message), suggestions, exitCode }
  }
  if (!(error instanceof Error)) return unexpected(String(error))
  const parse = error as ParseError
  if (parse.oclif?.exit !== undefined || parse.parse !== undefined) return describeParseError(parse)
  return describeForeignError(error)
}

/** `{"error":{"code","message","suggestions","exit_code"}}` */
export function errorJson({ code, message, suggestions, exitCode }: ErrorReport): object {
  return { error: { code, message, suggestions, exit_code: exitCode } }
}

export function errorText(report: ErrorReport): string {
  return [`Error: ${report.message}`, ...report.suggestions.map((line) => `  ${line}`), `  Code: ${report.code}`, ''].join('\n')
}

/** The stack of an error and of its causes, for `--verbose`. */
export function stackText(error: unknown): string {
  const lines: string[] = []
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    lines.push(`${lines.length === 0 ? '' : 'Caused by: '}${cause.stack ?? cause.message}`)
  }
  return `${lines.join('\n')}\n`
}

function describeForeignError(error: Error): ErrorReport {
  const errno = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const storage = STORAGE_ERRNO[errno]
  if (storage !== undefined) {
    return { code: storage.code, message: oneLine(error.message), suggestions: [storage.advice], exitCode: 74 }
  }
  if (!DEFECTS.includes(error.name)) return unexpected(error.message)
  const suggestions = ['This is a defect in mts: please report it with the output of the same command with --verbose']
  return { code: 'BUG', message: oneLine(error.message), suggestions, exitCode: 70 }
}

function unexpected(message: string): ErrorReport {
  return {
    code: 'UNEXPECTED',
    message: oneLine(message),
    suggestions: ['Run it again with --verbose to see where it happened'],
    exitCode: 1,
  }
}

function describeParseError(error: ParseError): ErrorReport {
  const name = error.constructor.name
  if (name === 'NonExistentFlagsError') return unknownFlags(error)
  const message = oneLine(error.message.replace(/^The following errors? occurred:/, ''))
  if (name === 'UnexpectedArgsError') return usage('USAGE_UNEXPECTED_ARGUMENT', message)
  if (name === 'RequiredArgsError') return usage('USAGE_MISSING_ARGUMENT', missingArguments(error) ?? message)
  if (name === 'FlagInvalidOptionError' || name === 'ArgInvalidOptionError') return badChoice(message)
  return usage('USAGE_BAD_FLAG', inOurWords(message))
}

function missingArguments({ args = [] }: ParseError): string | undefined {
  const names = (args as readonly { readonly name?: string; readonly description?: string }[]).map(({ name = '', description }) =>
    description === undefined ? name.toUpperCase() : `${name.toUpperCase()} (${description})`,
  )
  return names.length === 0 ? undefined : `Missing argument${names.length === 1 ? '' : 's'}: ${names.join(', ')}`
}

/** `Expected --output=xml to be one of: table, json`, with the nearest of them. */
function badChoice(message: string): ErrorReport {
  const [, given = '', options = ''] = /^Expected (.*) to be one of: (.*)$/.exec(message) ?? []
  const near = nearest(given.slice(given.indexOf('=') + 1), options.split(', '), 1)
  return usage('USAGE_BAD_FLAG', message, near.length > 0 ? [`Did you mean ${near[0]}?`] : [])
}

function inOurWords(message: string): string {
  return message
    .replace(/^Missing required flag (?=\w)/, 'Missing flag: --')
    .replace(/^(--\S+?)(?:=\S*)? cannot also be provided when using (--\S+)$/, '$1 and $2 exclude each other')
}

function unknownFlags(error: ParseError): ErrorReport {
  const known = Object.keys(error.parse?.input?.flags ?? {}).map((name) => `--${name}`)
  const unknown = error.flags ?? []
  const near = unknown.flatMap((flag) => nearest(flag.split('=')[0] ?? flag, known))
  const hint = near.length > 0 ? [`Did you mean ${near.join(' or ')}?`] : []
  return usage('USAGE_UNKNOWN_FLAG', `Unknown flag${unknown.length === 1 ? '' : 's'}: ${unknown.join(', ')}`, hint)
}

function usage(code: string, message: string, hints: readonly string[] = []): ErrorReport {
  return { code, message, suggestions: [...hints, 'See the same command with --help'], exitCode: 2 }
}

function oneLine(message: string): string {
  return message
    .replaceAll(/\s+/g, ' ')
    .replace(/ ?See more help with --help/g, '')
    .replace(/^Parsing (--\S+) /, '$1: ')
    .trim()
}
