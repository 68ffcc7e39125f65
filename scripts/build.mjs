// src → dist, then what is generated from dist: oclif's manifest (committed) and the help text that needs no oclif.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const inRoot = (name) => path.join(ROOT, name)
// Two builds at one time (a test run and a hand) do not tread on each other.
const FRESH = `dist.new-${process.pid}`

function run(command, ...args) {
  // oclif would ask the registry for a newer oclif.
  const env = { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true' }
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 2, 2], env })
  if (status === 0) return
  process.stderr.write(`${[command, ...args].join(' ')} failed${error === undefined ? '' : `: ${error.message}`}\n`)
  rmSync(inRoot(FRESH), { recursive: true, force: true })
  process.exit(status ?? 1)
}

const started = new Date()
rmSync(inRoot(FRESH), { recursive: true, force: true })
run(inRoot('node_modules/.bin/tsc'), '-p', 'tsconfig.json', '--outDir', FRESH)
// Types of the one module that others import, mts/strategy; nobody needs those of the rest.
run(inRoot('node_modules/.bin/tsc'), '-p', 'tsconfig.types.json', '--outDir', FRESH)
// A build that fails leaves the last good one in place; one that is being used is gone for no longer than two renames take.
const OLD = `${FRESH}.old`
if (existsSync(inRoot('dist'))) renameSync(inRoot('dist'), inRoot(OLD))
renameSync(inRoot(FRESH), inRoot('dist'))
rmSync(inRoot(OLD), { recursive: true, force: true })

/** oclif lists the commands as the directory does, and each file system has an order of its own. */
function sortManifest() {
  const file = inRoot('oclif.manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  const commands = Object.entries(manifest.commands).sort(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(file, JSON.stringify({ ...manifest, commands: Object.fromEntries(commands) }, null, 2))
}

if (existsSync(inRoot('dist/commands'))) {
  run(inRoot('node_modules/.bin/oclif'), 'manifest')
  sortManifest()
}
if (existsSync(inRoot('scripts/generate-help.mjs'))) run(process.execPath, inRoot('scripts/generate-help.mjs'))

// The stamp carries the time at which the build began: a source that changed meanwhile is newer.
writeFileSync(inRoot('dist/.built'), '')
utimesSync(inRoot('dist/.built'), started, started)
