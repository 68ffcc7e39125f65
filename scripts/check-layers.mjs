// Who may import whom (.dependency-cruiser.cjs), and the proof that the tool saw every source file: one that reads nothing
// reports no violation either.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const MODULES_AT_LEAST = 30

const run = spawnSync(
  path.join(ROOT, 'node_modules/.bin/depcruise'),
  ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json', '--no-progress'],
  { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 28 },
)
if (run.stdout === '') {
  process.stderr.write(run.stderr || `depcruise did not run: ${run.error?.message}\n`)
  process.exit(1)
}
const { modules, summary } = JSON.parse(run.stdout)

const problems = summary.violations.map(({ rule, from, to, cycle }) => {
  const way = cycle === undefined ? to : cycle.map((step) => step.name).join(' → ')
  return `${rule.name}: ${from} → ${way}`
})
const seen = new Set(modules.map((module) => module.source))
const files = readdirSync(path.join(ROOT, 'src'), { recursive: true })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => path.posix.join('src', file.split(path.sep).join('/')))
for (const file of files) if (!seen.has(file)) problems.push(`not seen: ${file}`)
if (files.length < MODULES_AT_LEAST) problems.push(`only ${files.length} source files: expected at least ${MODULES_AT_LEAST}`)

for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(`${files.length} source files, ${summary.totalDependenciesCruised} imports, ${problems.length} problems\n`)
process.exitCode = problems.length === 0 ? 0 : 1
