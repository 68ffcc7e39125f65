/** What every command has: the global flags, the configuration, output, an orderly end. A command is flags → use case → output. */
import { isatty } from 'node:tty'
import { Command, type Interfaces } from '@oclif/core'
import type { Clock } from '../clock.js'
import { BugError, CancelledError } from '../errors.js'
import { redactor } from '../rest/redact.js'
import { type ResolvedConfig, resolveConfig } from './config/resolve.js'
import type { Config } from './config/settings.js'
import { printError } from './errors/print.js'
import { describeError, errorJson } from './errors/report.js'
import { type Format, globalFlags } from './flags.js'
import { type Lifetime, PipeClosedError, startLifetime } from './lifetime.js'
import { createLog, type Log } from './log.js'
import { createPainter, hasColor, type Painter } from './output/color.js'
import {
  createEventWriter,
  type EventOptions,
  type EventWriter,
  printResult,
  type Result,
  type Settings,
  tellFailures,
} from './output/output.js'
import { type Progress, startProgress } from './output/progress.js'
import { type Bar, noBar, startBar } from './output/progress-bar.js'
import type { RowSource } from './output/rows.js'
import { budgetUrl } from './redis-url.js'
import { createWorld, type World, type WorldOptions } from './world.js'

export type FlagsOf<T extends typeof Command> = Interfaces.InferredFlags<typeof globalFlags & T['flags']>
export type ArgsOf<T extends typeof Command> = Interfaces.InferredArgs<T['args']>

/** A command at work. */
export interface Session<T extends typeof Command> extends BaseSession {
  readonly flags: FlagsOf<T>
  readonly args: ArgsOf<T>
  /** All arguments, of a command that takes any number. */
  readonly words: readonly string[]
}

/** What does not depend on the command's own flags. */
export interface BaseSession {
  readonly config: Config
  readonly resolved: ResolvedConfig
  /** Aborted when the command is to stop. */
  readonly signal: AbortSignal
  /** `mts/<version>` */
  readonly userAgent: string
  readonly version: string
  /** Of a command that runs: a live view of tables instead of lines. */
  readonly isLive: boolean
  readonly painter: Painter
  /** Prints the result of a command that ends; exit code 3 when it has failures. */
  print(result: Result): Promise<void>
  /** The same for rows that are too many to hold: they are printed as they come, in `format` where the user has no choice. */
  printRows(source: RowSource, format?: Format): Promise<void>
  /** Lines of a command that runs. */
  events(options: EventOptions): Promise<EventWriter>
  /** The network, or the simulated market; closed with the command. */
  world(options?: Pick<WorldOptions, 'onAnswer' | 'isTriedOnce'>): Promise<World>
  clock(): Promise<Clock>
  /** One line to stderr, unless --quiet. */
  note(line: string): void
  log(): Promise<Log>
  /** A spinner on stderr, where somebody watches. */
  progress(text: string): Promise<Progress>
  /** A bar on stderr, where somebody watches. */
  bar(unit: string): Promise<Bar>
}

const PARTLY_DONE = 3

export abstract class BaseCommand extends Command {
  static override baseFlags = globalFlags

  /** True for commands that run until stopped: NDJSON is their default without a terminal. */
  protected readonly runs: boolean = false
  /** Settings, by key, whose usual default does not fit this command. */
  protected readonly defaults: Readonly<Record<string, unknown>> = {}

  #lifetime: Lifetime | undefined
  #world: World | undefined
  #redact = (text: string): string => text
  #isQuiet = false
  #isLive = false

  override async init(): Promise<void> {
    await super.init()
    this.#lifetime = startLifetime({
      loadClock,
      onStopping: () => this.#sayStopping(),
      onCrash: (error) => printError(error, { argv: this.argv, redact: this.#redact }),
    })
  }

  /** Parses the command line and resolves the configuration. */
  protected async begin<T extends typeof Command>(command: T): Promise<Session<T>> {
    const { flags, args, argv } = await this.parse(command)
    const globals = flags as Interfaces.InferredFlags<typeof globalFlags>
    this.#isQuiet = globals.quiet
    const resolved = await resolveConfig({
      env: process.env,
      cwd: process.cwd(),
      configFile: globals.config,
      flags: overrides(globals),
      defaults: this.defaults,
    })
    this.#redact = redactor(resolved.secrets)
    const settings = await this.#settings(globals)
    const signal = this.#signal()
    // Cron sends home whatever is printed.
    const isUnattended = ![0, 1, 2].some((descriptor) => isatty(descriptor)) && !isFormatAsked(globals)
    this.#isLive = this.runs && settings.format === 'table' && process.stdout.isTTY === true
    const log = (): Promise<Log> =>
      createLog({ ...resolved.values.log, write: (line) => process.stderr.write(line), redact: this.#redact })
    return {
      flags: flags as FlagsOf<T>,
      args: args as ArgsOf<T>,
      words: argv.map(String),
      config: resolved.values,
      resolved,
      signal,
      userAgent: `mts/${this.config.version}`,
      version: this.config.version,
      painter: settings.painter,
      isLive: this.#isLive,
      print: async (result) => {
        if (result.isForPeople === true && isUnattended) tellFailures(result, settings.note)
        else await printResult({ ...result, params: result.params ?? ownParams(flags, args) }, settings)
        if ((result.failures ?? []).length > 0) process.exitCode = PARTLY_DONE
      },
      printRows: async (source, format = settings.format) => {
        const { printRows } = await import('./output/rows.js')
        await printRows({ ...source, params: source.params ?? ownParams(flags, args) }, { ...settings, format }, signal)
        if ((source.failures ?? []).length > 0) process.exitCode = PARTLY_DONE
      },
      events: (options) => {
        const format = settings.format === 'csv' ? 'csv' : 'ndjson'
        return createEventWriter({ ...settings, format }, { maxLines: resolved.values.bufferSize, ...options })
      },
      world: async (options = {}) => {
        const { sandbox: isSandbox } = globals
        this.#world ??= await createWorld({
          config: resolved.values,
          signal,
          log: await log(),
          userAgent: `mts/${this.config.version}`,
          isSandbox,
          redisUrl: budgetUrl(resolved.values, flags),
          ...options,
        })
        return this.#world
      },
      clock: loadClock,
      note: settings.note,
      log,
      progress: (text) => startProgress(text, process.stderr, !globals.quiet && !globals['no-color']),
      bar: async (unit) => (globals.quiet || globals['no-color'] ? noBar() : startBar(unit, process.stderr, loadClock)),
    }
  }

  protected override async catch(error: Error): Promise<void> {
    // Else oclif warns that the command line was not parsed, also when it could not be.
    this.parsed = true
    const reason: unknown = this.#lifetime?.signal.reason
    const isEcho =
      error === reason ||
      error.name === 'AbortError' ||
      error instanceof CancelledError ||
      ('code' in error && error.code === 'EPIPE')
    if (this.#lifetime?.signal.aborted === true && isEcho) return
    printError(error, { argv: this.argv, redact: this.#redact })
  }

  override toErrorJson(error: unknown): object {
    return errorJson(describeError(error))
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    await super.finally(error)
    await this.#world?.close()
    const reason: unknown = this.#lifetime?.signal.reason
    if (reason instanceof PipeClosedError) process.exitCode = reason.exitCode
    if (reason instanceof CancelledError) process.exitCode ??= reason.exitCode
    this.#lifetime?.dispose()
  }

  #signal(): AbortSignal {
    if (this.#lifetime === undefined) throw new BugError('The command was not started by oclif')
    return this.#lifetime.signal
  }

  async #settings(flags: Interfaces.InferredFlags<typeof globalFlags>): Promise<Settings> {
    const isTerminal = process.stdout.isTTY === true
    const isColored = hasColor({ env: process.env, isTerminal, isRefused: flags['no-color'] })
    const format = formatOf(flags, this.runs, isTerminal)
    return {
      command: (this.id ?? '').replaceAll(':', ' '),
      format,
      fields: flags.fields,
      painter: await createPainter(isColored && format === 'table'),
      stdout: process.stdout,
      width: isTerminal ? process.stdout.columns : undefined,
      note: (line) => this.#note(line),
    }
  }

  #note(line: string): void {
    if (!this.#isQuiet) process.stderr.write(`${this.#redact(line)}\n`)
  }

  #sayStopping(): void {
    // A live view says it itself: a line from elsewhere would tear it.
    if (process.stderr.isTTY && !this.#isQuiet && !this.#isLive) process.stderr.write('\nStopping; once more to stop at once\n')
  }
}

function isFormatAsked({ json, output, fields }: { readonly json: boolean; readonly output?: unknown; readonly fields?: unknown }) {
  return json || output !== undefined || fields !== undefined
}

function formatOf(
  flags: { readonly json: boolean; readonly output: Format | undefined },
  runs: boolean,
  isTerminal: boolean,
): Format {
  const asked = flags.json ? 'json' : flags.output
  if (runs) return asked === 'json' ? 'ndjson' : (asked ?? (isTerminal ? 'table' : 'ndjson'))
  return asked ?? 'table'
}

function overrides(flags: { readonly db?: string | undefined; readonly verbose: boolean; readonly quiet: boolean }) {
  const level = flags.verbose ? 'debug' : flags.quiet ? 'error' : undefined
  return [
    { key: 'db', raw: flags.db, flag: '--db' },
    { key: 'log.level', raw: level, flag: flags.verbose ? '--verbose' : '--quiet' },
  ]
}

/** What the user asked this command for: its arguments and flags without the global ones. */
function ownParams(flags: object, args: object): object {
  const own = Object.entries(flags).filter(([name]) => !(name in globalFlags))
  return { ...args, ...Object.fromEntries(own.map(([name, value]) => [name.replaceAll('-', '_'), value])) }
}

async function loadClock(): Promise<Clock> {
  const { systemClock } = await import('../net/system-clock.js')
  return systemClock()
}
