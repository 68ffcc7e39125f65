/** `mts strategies new`. */
import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { strategyTemplate } from '../../backtest/strategy-template.js'
import { UsageError } from '../../errors.js'
import { makeFolder } from '../../files/make-folder.js'
import { storageError } from '../../storage/storage-errors.js'
import type { BaseSession } from '../base-command.js'
import { pathFromHere } from '../paths.js'

/** Writes a file that runs at once. Throws `UsageError` for a name that cannot be one, or a file that is there. */
export async function newStrategy(session: BaseSession, given: string, isForced: boolean): Promise<void> {
  const name = path.basename(given).replace(/\.mjs$/, '')
  if (!/^[a-z][a-z0-9-]*$/.test(name)) {
    throw new UsageError('USAGE_STRATEGY_FILE', `A strategy cannot be called ${name === '' ? 'nothing' : name}`, {
      suggestions: ['Lower-case letters, digits and -, such as my-dip'],
    })
  }
  const file = path.resolve(path.dirname(given), `${name}.mjs`)
  if (existsSync(file) && !isForced) {
    throw new UsageError('USAGE_STRATEGY_FILE', `${pathFromHere(file)} is there already`, {
      suggestions: ['Another name, or --force to write over it'],
    })
  }
  try {
    makeFolder(path.dirname(file))
    writeFileSync(file, strategyTemplate(name))
  } catch (error) {
    throw storageError(error, file)
  }
  session.note(`Run it: mts backtest --strategy ./${pathFromHere(file)} --symbols BTC`)
  await session.print({
    data: { file: pathFromHere(file) },
    view: {
      heading: '',
      rows: [{ file: pathFromHere(file) }],
      columns: [{ key: 'file' }],
      draw: async () => `Wrote ${pathFromHere(file)}`,
    },
  })
}
