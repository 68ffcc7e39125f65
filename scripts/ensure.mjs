// Makes a fresh clone ready: installs when node_modules is missing or older than the lock file, builds when dist is older
// than its sources. Runs before anything is installed, so it uses Node alone.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const SOURCES = ['src', 'scripts/build.mjs', 'scripts/generate-help.mjs', 'package.json', 'tsconfig.json']

/** Time of the last change of a file, or of anything in a folder, deletions included; 0: it is not there. */
function changed(name) {
  const file = path.join(ROOT, name)
  const stats = statSync(file, { throwIfNoEntry: false })
  if (stats === undefined) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  return readdirSync(file).reduce((latest, entry) => Math.max(latest, changed(path.join(name, entry))), stats.mtimeMs)
}

function npm(why, ...args) {
  process.stderr.write(`${why}\n`)
  const started = performance.now()
  // Standard output belongs to the command that comes after: what npm says goes to standard error, and it says what went
  // wrong even where the outer npm was asked to be silent.
  const env = { ...process.env, npm_config_loglevel: 'warn' }
  const { status, error } = spawnSync('npm', args, { cwd: ROOT, stdio: ['ignore', 2, 2], env })
  if (status !== 0) {
    process.stderr.write(`npm ${args.join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`)
    process.exit(status ?? 1)
  }
  process.stderr.write(`… done in ${Math.round((performance.now() - started) / 1000)} s\n`)
}

if (changed('node_modules/.package-lock.json') < changed('package-lock.json')) {
  npm(
    'Installing packages. better-sqlite3 is compiled from source where no prebuilt binary can be fetched: about 80 s, needs python3, make and g++ …',
    'ci',
  )
}
if (!existsSync(path.join(ROOT, 'dist/.built')) || changed('dist/.built') < Math.max(...SOURCES.map(changed))) {
  npm('Building …', 'run', '--silent', 'build')
}
