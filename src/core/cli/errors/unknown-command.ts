/** `mts strem` → did you mean `mts stream`? */
import type { Interfaces } from '@oclif/core'
import { nearest, UsageError } from '../../errors.js'

/** What to say of a command that is not there; `id` has its words with colons between. */
export function unknownCommand(id: string, config: Interfaces.Config): UsageError {
  const words = id.split(':')
  if (id.startsWith('-')) {
    return new UsageError('USAGE_UNKNOWN_COMMAND', `A command comes before its flags: ${words[0]}`, {
      suggestions: [`mts COMMAND ${words[0]} …`, 'See `mts --help` for all commands'],
    })
  }
  const known = new Set(
    [...config.commandIDs, ...config.topics.map((topic) => topic.name)].map((name) => name.replaceAll(':', ' ')),
  )
  // oclif takes `config extra` for a command's name because `config` has no arguments.
  const parent = config.commandIDs.find((command) => id.startsWith(`${command}:`))
  if (parent !== undefined) {
    const extra = words.slice(parent.split(':').length).join(' ')
    return new UsageError('USAGE_UNEXPECTED_ARGUMENT', `Unexpected argument: ${extra}`, {
      suggestions: [`See \`mts ${parent.replaceAll(':', ' ')} --help\``],
    })
  }
  // oclif hands the arguments over as part of the name: `orderbok BTC` is a misspelt `orderbook`.
  const near = [nearest(words.join(' '), known), nearest(words[0] ?? '', known)].find((names) => names.length > 0) ?? []
  const hint = near.length > 0 ? [`Did you mean \`mts ${near.join('` or `mts ')}\`?`] : []
  return new UsageError('USAGE_UNKNOWN_COMMAND', `Unknown command: ${words.join(' ')}`, {
    suggestions: [...hint, 'See `mts --help` for all commands'],
  })
}
