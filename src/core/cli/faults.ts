/** What `--fault` and `--fault-script` ask for, as rules. Loaded only by the sandbox's command. */
import { readFile } from 'node:fs/promises'
import { UsageError } from '../errors.js'
import { parseFaultFlag } from '../sandbox/faults/flag.js'
import type { FaultRule } from '../sandbox/faults/rule.js'
import { parseFaultScript } from '../sandbox/faults/script.js'

/** Throws `UsageError` for what is no fault, and for a file that cannot be read. */
export async function readFaults(flag: string | undefined, file: string | undefined): Promise<FaultRule[]> {
  const script = file === undefined ? [] : parseFaultScript(await readScript(file), file)
  return [...parseFaultFlag(flag ?? ''), ...script]
}

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new UsageError('USAGE_BAD_FAULT', `Cannot read ${file}`, { cause, suggestions: ['Check --fault-script'] })
  }
}
