import { homedir } from 'node:os'
import { isAbsolute, join, relative } from 'node:path'

/** A path as a person in the working directory would write it; as it is where that is no shorter. */
export function pathFromHere(path: string): string {
  const short = relative(workingDirectory(), path)
  return short !== '' && short.length < path.length ? short : path
}

/** The root, where the directory is gone. */
export function workingDirectory(): string {
  try {
    return process.cwd()
  } catch {
    return '/'
  }
}

/** Where programs keep what they know between runs, whatever the working directory (XDG Base Directory Specification). */
export function stateDirectory(): string {
  const own = process.env['XDG_STATE_HOME'] ?? ''
  return join(isAbsolute(own) ? own : join(homedir(), '.local', 'state'), 'mts')
}
