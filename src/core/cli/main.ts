/** The entry behind bin/run.js once help and version were not what was asked for. */
import { run } from '@oclif/core'
import { printError } from './errors/print.js'

/** Runs the command line; what fails outside a command is told like any other error. */
export async function main(argv: string[], root: string): Promise<void> {
  try {
    // oclif would take plugins from MTS_DATA_DIR, which is the user's data.
    await run(argv, { root, userPlugins: false, devPlugins: false })
  } catch (error) {
    // oclif ends some of its own commands by throwing an exit request.
    const exit = (error as { readonly code?: unknown; readonly oclif?: { readonly exit?: number } } | undefined) ?? {}
    if (exit.code === 'EEXIT') process.exitCode = exit.oclif?.exit ?? 0
    else printError(error, { argv })
  }
}
