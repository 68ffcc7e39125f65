import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import { finding, type MachineCheck } from './contract.js'

/** The oldest that everything is tested with. */
const OLDEST_NODE = [20, 19] as const
/** What compiles the native module where no prebuilt binary can be had. */
const BUILD_TOOLS = ['python3', 'make', 'g++'] as const

export const checkNode: MachineCheck = async (_world, { program: { nodeVersion } }) => {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number)
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  const figures = { version: nodeVersion }
  if (!isOld) return [finding('node', 'ok', `Node ${nodeVersion}`, { figures })]
  const advice = `Install Node ${OLDEST_NODE.join('.')} or newer`
  return [finding('node', 'failure', `Node ${nodeVersion} is too old`, { advice, figures })]
}

export const checkNativeModule: MachineCheck = async (_world, { program: { searchPath } }) => {
  try {
    const { sqliteVersion } = await import('../../storage/health.js')
    const version = sqliteVersion()
    return [finding('native-module', 'ok', `better-sqlite3 loads, SQLite ${version}`, { figures: { sqlite: version } })]
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    return [
      finding('native-module', 'failure', `better-sqlite3 does not load: ${reason}`, { advice: await rebuildAdvice(searchPath) }),
    ]
  }
}

async function rebuildAdvice(searchPath: readonly string[]): Promise<string> {
  const missing: string[] = []
  for (const tool of BUILD_TOOLS) if (!(await isThere(tool, searchPath))) missing.push(tool)
  const first = missing.length === 0 ? '' : `Install ${missing.join(', ')}, then `
  return `${first}${first === '' ? 'Run' : 'run'}: npm rebuild better-sqlite3`
}

async function isThere(tool: string, searchPath: readonly string[]): Promise<boolean> {
  for (const directory of searchPath) {
    const found = await access(join(directory, tool), constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}
