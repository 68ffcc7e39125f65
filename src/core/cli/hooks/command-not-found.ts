/** `mts strem` → did you mean `mts stream`? oclif's own plugin says nothing in a pipe. */
import type { Hook } from '@oclif/core'
import { nearest, UsageError } from '../../errors.js'

const hook: Hook.CommandNotFound = async ({ id, config }) => {
  const words = id.split(':')
  const known = new Set(
    [...config.commandIDs, ...config.topics.map((topic) => topic.name)].map((name) => name.replaceAll(':', ' ')),
  )
  // oclif takes `config extra` for a command's name because `config` has no arguments.
  const parent = config.commandIDs.find((command) => id.startsWith(`${command}:`))
  if (parent !== undefined) {
    const extra = words.slice(parent.split(':').length).join(' ')
    throw new UsageError('USAGE_UNEXPECTED_ARGUMENT', `Unexpected argument: ${extra}`, {
      suggestions: [`See \`mts ${parent.replaceAll(':', ' ')} --help\``],
    })
  }
  const near = nearest(words.join(' '), known)
  const hint = near.length > 0 ? [`Did you mean \`mts ${near.join('` or `mts ')}\`?`] : []
  throw new UsageError('USAGE_UNKNOWN_COMMAND', `Unknown command: ${words.join(' ')}`, {
    suggestions: [...hint, 'See `mts --help` for all commands'],
  })
}

export default hook
