/**
 * The error tree. Every error that a user can meet carries a stable `code` (listed in docs/errors.md), an exit code and
 * suggestions; the cause is passed on, never put into the text.
 */
export interface ErrorDetails {
  readonly cause?: unknown
  readonly suggestions?: readonly string[]
}

export abstract class MtsError extends Error {
  readonly code: string
  readonly exitCode: number
  readonly suggestions: readonly string[]

  constructor(code: string, message: string, exitCode: number, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.exitCode = exitCode
    this.suggestions = details.suggestions ?? []
  }
}

/** A flag, an argument or a name that the user gave is wrong. */
export class UsageError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 2, details)
  }
}

export class ConfigError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 78, details)
  }
}

/** Base of what goes wrong with an exchange or a provider. */
export class ApiError extends MtsError {
  /** Id of the exchange or provider. */
  readonly source: string

  constructor(code: string, message: string, source: string, details?: ErrorDetails, exitCode = 69) {
    super(code, message, exitCode, details)
    this.source = source
  }
}

/** The exchange asks for a pause; nothing may be sent to it before `retryAfterMs` have passed. */
export class RateLimitError extends ApiError {
  readonly retryAfterMs: number

  constructor(message: string, source: string, retryAfterMs: number, details?: ErrorDetails) {
    super('API_RATE_LIMIT', message, source, details)
    this.retryAfterMs = retryAfterMs
  }
}

/** No connection, or the server failed (5xx): worth another try. */
export class ConnectionError extends ApiError {
  constructor(message: string, source: string, details?: ErrorDetails) {
    super('API_CONNECTION', message, source, details)
  }
}

export class TimeoutError extends ApiError {
  constructor(message: string, source: string, details?: ErrorDetails) {
    super('API_TIMEOUT', message, source, details)
  }
}

/** The exchange refuses this very request; trying again changes nothing. */
export class RejectedError extends ApiError {
  constructor(message: string, source: string, details?: ErrorDetails) {
    super('API_REJECTED', message, source, details)
  }
}

/** The exchange answered in a form that we do not know. */
export class ProtocolError extends ApiError {
  constructor(message: string, source: string, details?: ErrorDetails) {
    super('API_PROTOCOL', message, source, details, 76)
  }
}

/** A file that does not parse, or data that cannot be used. */
export class DataValidationError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 65, details)
  }
}

/** Base of what ends a backtest. */
export class BacktestError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 65, details)
  }
}

/** The data that a backtest needs are missing or cannot be used. */
export class DataError extends BacktestError {}

/** A strategy failed, or said something that cannot be. */
export class StrategyError extends BacktestError {}

/** An order or a cost that cannot be worked out. */
export class ExecutionError extends BacktestError {}

export class StorageError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 74, details)
  }
}

/** Another run of the same job is at work. */
export class LockedError extends MtsError {
  constructor(message: string, details?: ErrorDetails) {
    super('LOCKED_JOB', message, 75, details)
  }
}

/** A check that the user asked for did not hold. */
export class CheckFailedError extends MtsError {
  constructor(code: string, message: string, details?: ErrorDetails) {
    super(code, message, 4, details)
  }
}

/** Stopped by a signal: 130 for SIGINT, 143 for SIGTERM. */
export class CancelledError extends MtsError {
  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('CANCELLED', `Stopped by ${signal}`, signal === 'SIGINT' ? 130 : 143)
  }
}

/** An invariant of mts itself broke. */
export class BugError extends MtsError {
  constructor(message: string, details?: ErrorDetails) {
    super('BUG', message, 70, details)
  }
}

/**
 * The names nearest to what the user typed, best first, at most `limit`. Distance is Damerau-Levenshtein (optimal string
 * alignment); a name that contains the input counts as near.
 */
export function nearest(input: string, names: Iterable<string>, limit = 3): string[] {
  const wanted = input.toLowerCase()
  const scored: { name: string; score: number }[] = []
  for (const name of names) {
    const candidate = name.toLowerCase()
    const contains = wanted.length > 1 && candidate.includes(wanted)
    const score = contains ? 1 + (candidate.length - wanted.length) / 100 : distance(wanted, candidate)
    if (contains || score <= Math.max(2, Math.floor(wanted.length / 3))) scored.push({ name, score })
  }
  scored.sort((a, b) => a.score - b.score || (a.name < b.name ? -1 : 1))
  return scored.slice(0, limit).map((entry) => entry.name)
}

function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
