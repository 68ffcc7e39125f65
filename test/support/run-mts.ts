/** Runs the built program as a user does. */
import { type SpawnOptions, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

export const ROOT = path.resolve(import.meta.dirname, '../..')
export const RUN = path.join(ROOT, 'bin/run.js')

/** What runs of mts tell each other of budgets and bans must not come from the machine that tests. */
const STATE = path.join(tmpdir(), `mts-state-${process.pid}`)

export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), 'mts-cli-'))
}

/** An environment without the settings of the machine that tests. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const foreign = /^(?:MTS_|NO_COLOR$|FORCE_COLOR$|ENVIRONMENT$|REQUEST_TIMEOUT$|REDIS_URL$|COINGECKO_|FRED_)/
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  return { ...Object.fromEntries(kept), XDG_STATE_HOME: STATE, ...extra }
}

export function runMts(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  return ended(spawn(process.execPath, [RUN, ...args], { env: cleanEnvironment(), ...options, stdio: 'pipe' }))
}

export function runShell(line: string, options: SpawnOptions = {}): Promise<Ended> {
  return ended(spawn('bash', ['-c', line], { env: cleanEnvironment(), ...options, stdio: 'pipe' }))
}

function ended(child: ReturnType<typeof spawn>): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let stdout = ''
    let stderr = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      stdout += chunk
    })
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ stdout, stderr, code }))
  })
}
