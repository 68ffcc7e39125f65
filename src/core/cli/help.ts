/** Help pages: what it does, how to call it, its own flags, examples; the global flags last, since they are the same everywhere. */
import { type Command, CommandHelp, Help } from '@oclif/core'
import { unknownCommand } from './errors/unknown-command.js'

/** The commands as a user looks for them. What is in none of these groups stands under the last heading. */
const GROUPS: readonly (readonly [string, readonly string[]])[] = [
  ['HISTORY', ['collect', 'macro', 'status', 'db']],
  ['LIVE MARKET', ['stream', 'orderbook', 'funding', 'oi', 'spread', 'trades']],
  ['RECORDINGS', ['replay', 'journal', 'coverage']],
  ['ARBITRAGE, SIGNALS, BACKTESTS', ['arb', 'signals', 'strategies', 'backtest']],
]
const OTHERS = 'THE PROGRAM'
/** Of commands that oclif brings. */
const BROUGHT: Readonly<Record<string, string>> = {
  autocomplete: 'Set up completion in the shell',
  help: 'Show the help of a command',
  version: 'Show the version',
}
const BEGIN = [
  ['mts stream --sandbox', 'a simulated market: no key, no network'],
  ['mts COMMAND --help', 'flags and examples of a command'],
] as const

class CommandPage extends CommandHelp {
  /** Without the flags: they are listed below, with what they mean. */
  protected override defaultUsage(): string {
    const { args = {}, flags = {} } = this.command
    const required = Object.values(flags).filter((flag) => flag.required === true)
    return [
      ...Object.values(args).map((arg) => this.arg(arg)),
      ...required.map((flag) => `--${flag.name} ${flag.type === 'option' ? (flag.helpValue ?? '<value>') : ''}`.trim()),
      '[FLAGS]',
    ].join(' ')
  }

  protected override flags(flags: Command.Flag.Any[]): [string, string | undefined][] | undefined {
    const inWords = (_: string, options: string): string => `\nOne of: ${options.replaceAll('|', ', ')}`
    return super.flags(flags)?.map(([label, text]) => [label, text?.replace(/\n?<options: ([^>]+)>/, inWords)])
  }

  /** The summary stands above already. Lines of the source are no lines of the page. */
  protected override description(): string | undefined {
    const { description } = this.command
    if (description === undefined || description === '') return undefined
    return this.wrap(description.replaceAll(/(?<!\n)\n(?!\n)/g, ' '))
  }

  protected override sections(): ReturnType<CommandHelp['sections']> {
    const flags = (isGlobal: boolean, header: string) => ({
      header,
      generate: ({ flags: all }: { readonly flags: Command.Flag.Any[] }) => [
        { header, body: this.flags(all.filter(({ helpGroup }) => (helpGroup === 'GLOBAL') === isGlobal)) ?? '' },
      ],
    })
    const known = super.sections().filter(({ header }) => header !== 'FLAGS')
    const place = (header: string) => known.filter((section) => section.header === header)
    return [
      ...place('USAGE'),
      ...place('DESCRIPTION'),
      ...place('ARGUMENTS'),
      flags(false, 'FLAGS'),
      ...place('EXAMPLES'),
      flags(true, 'GLOBAL FLAGS'),
    ]
  }
}

export class MtsHelp extends Help {
  protected override CommandHelpClass = CommandPage

  /** oclif wraps all but what a page begins with. */
  protected override log(...parts: string[]): void {
    const [first = '', ...rest] = parts.join(' ').split('\n')
    this.print([first.startsWith(' ') ? first : this.wrap(first, 0), ...rest].join('\n'))
  }

  protected print(text: string): void {
    super.log(text)
  }

  override async showHelp(argv: string[]): Promise<void> {
    await super.showHelp(argv).catch((error: unknown) => {
      const id = error instanceof Error ? /^Command (\S+) not found\.$/.exec(error.message)?.[1] : undefined
      throw id === undefined ? error : unknownCommand(id, this.config)
    })
  }

  protected override async showRootHelp(): Promise<void> {
    const rest = this.#roots()
    const width = Math.max(...[...rest.keys()].map((name) => name.length))
    const inLine = ([name, what]: readonly [string, string]): [string, string] => [name.padEnd(width), what]
    const groups = GROUPS.map(([header, names]) => this.section(header, names.flatMap(taken(rest)).map(inLine)))
    const parts = [
      this.config.pjson['description'] ?? '',
      this.section('USAGE', '$ mts COMMAND [FLAGS]'),
      ...groups,
      this.section(OTHERS, [...rest].sort().map(inLine)),
      this.section(
        'TO BEGIN WITH',
        BEGIN.map(([command, what]) => [`$ ${command}`, what]),
      ),
    ]
    this.log(parts.join('\n\n'))
  }

  /** Commands and topics of one word, with what each does. */
  #roots(): Map<string, string> {
    const topics = this.sortedTopics.map(({ name, description = '' }): [string, string] => [name, description])
    const commands = this.sortedCommands.map((command): [string, string] => [
      command.id,
      BROUGHT[command.id] ?? this.summary(command) ?? '',
    ])
    // oclif writes `db status` instead of `db:status` into the list itself once it has shown the page of one.
    return new Map([...topics, ...commands].filter(([name]) => !/[: ]/.test(name)))
  }
}

/** Takes the entry of a name out of those that are left. */
function taken(rest: Map<string, string>): (name: string) => [string, string][] {
  return (name) => {
    const summary = rest.get(name)
    rest.delete(name)
    return summary === undefined ? [] : [[name, summary]]
  }
}
