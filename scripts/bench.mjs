// The figures that the README quotes, each with its peer beside it in the same run: every script of bench/package.json, or
// those that are named. The peers are installed in bench/ alone.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const BENCH = path.resolve(import.meta.dirname, '../bench')

function npm(...args) {
  const { status } = spawnSync('npm', args, { cwd: BENCH, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

const { scripts } = JSON.parse(readFileSync(path.join(BENCH, 'package.json'), 'utf8'))
const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(scripts)
const unknown = wanted.filter((name) => !Object.hasOwn(scripts, name))
if (unknown.length > 0) {
  process.stderr.write(`No benchmark ${unknown.join(', ')}: there are ${Object.keys(scripts).join(', ')}\n`)
  process.exit(2)
}
if (!existsSync(path.join(BENCH, 'node_modules'))) npm('ci')
for (const name of wanted) npm('run', '--silent', name)
