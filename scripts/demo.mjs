// The tour: real commands, no key, no network. Add a line to TOUR to show more.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')

/** What is shown, and the arguments after `mts`. */
const TOUR = [
  ['What mts is, and which one this is', ['--version']],
  ['What it can do', ['--help']],
  ['Which settings are in effect, and where each comes from', ['config']],
]

let failed = 0
for (const [title, args] of TOUR) {
  process.stdout.write(`\n# ${title}\n$ mts ${args.map(quoted).join(' ')}\n`)
  const { status } = spawnSync(process.execPath, [path.join(ROOT, 'bin/run.js'), ...args], { cwd: ROOT, stdio: 'inherit' })
  if (status !== 0) {
    failed += 1
    process.stdout.write(`exit code ${status}\n`)
  }
}
process.exitCode = failed === 0 ? 0 : 1

function quoted(argument) {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
