// What is committed must be what the sources give: builds, then asks git whether a generated file has changed by it.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const GENERATED = ['oclif.manifest.json']

function run(command, ...args) {
  return spawnSync(command, args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 2] })
}

if (run(process.execPath, path.join(ROOT, 'scripts/build.mjs')).status !== 0) process.exit(1)
// The owner of a checkout on a build machine is often another user.
const status = run('git', '-c', 'safe.directory=*', '--no-optional-locks', 'status', '--porcelain', '--', ...GENERATED)
// Second column: differs from the index. A staged change is about to be committed, so it is fresh.
const stale = status.stdout.split('\n').filter((line) => line !== '' && line[1] !== ' ')
for (const line of stale) process.stdout.write(`stale: ${line.slice(3)} was made anew; commit it\n`)
process.exitCode = status.status === 0 && stale.length === 0 ? 0 : 1
