/** Log lines on stderr, by pino: JSON for machines, one readable line for people. Secrets never get there. */

export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

export interface LogOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly format: 'readable' | 'json'
  readonly write: (line: string) => void
  readonly redact: (text: string) => string
}

const SECRET_FIELDS = ['api_key', 'apiKey', 'password', 'secret', 'token', 'authorization']
const NAMES: Readonly<Record<number, string>> = { 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR' }

export async function createLog({ level, format, write, redact }: LogOptions): Promise<Log> {
  const { pino } = await import('pino')
  const paths = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`])
  const sink = { write: (line: string) => write(redact(format === 'json' ? line : readable(line))) }
  const logger = pino(
    { level, base: null, redact: { paths, censor: '[redacted]' }, serializers: { error: pino.stdSerializers.err } },
    sink,
  )
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  }
}

/** `10:17:00.123 WARN  message key=value` */
function readable(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg: string; [key: string]: unknown }
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const clock = new Date(time).toISOString().slice(11, 23)
  return `${clock} ${(NAMES[level] ?? String(level)).padEnd(5)} ${msg}${pairs.join('')}\n`
}
