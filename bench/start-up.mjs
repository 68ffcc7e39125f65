/**
 * Start-up: from the start of the process to its end. Beside it bare Node, which nothing can undercut, and an oclif program of
 * one empty command, made for the occasion. Wall time, since that is what is waited for: in turn within each round, so that
 * all suffer the same noise.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expectAtMost, median, printMachine, printTable } from './lib.mjs'

const ROUNDS = Number(process.env['ROUNDS'] ?? 15)
const ROOT = path.resolve(import.meta.dirname, '..')
const MTS = path.join(ROOT, 'bin/run.js')
const folder = mkdtempSync(path.join(os.tmpdir(), 'mts-start-up-'))

/** An oclif program with a manifest, as oclif recommends it. */
function emptyProgram() {
  const at = (name) => path.join(folder, name)
  const command = { id: 'nothing', aliases: [], args: {}, flags: {}, pluginName: 'empty', pluginType: 'core', strict: true }
  const manifest = {
    version: '1.0.0',
    commands: { nothing: { ...command, isESM: true, relativePath: ['commands', 'nothing.js'] } },
  }
  mkdirSync(at('commands'))
  symlinkSync(path.join(ROOT, 'node_modules'), at('node_modules'))
  writeFileSync(
    at('package.json'),
    JSON.stringify({ name: 'empty', version: '1.0.0', type: 'module', oclif: { bin: 'empty', commands: './commands' } }),
  )
  writeFileSync(at('oclif.manifest.json'), JSON.stringify(manifest))
  writeFileSync(
    at('commands/nothing.js'),
    "import { Command } from '@oclif/core'\nexport default class Nothing extends Command { async run() { await this.parse(Nothing) } }\n",
  )
  writeFileSync(
    at('run.js'),
    "process.env.NODE_ENV = 'production'\nconst { run } = await import('@oclif/core')\nawait run(process.argv.slice(2), import.meta.dirname)\n",
  )
  return at('run.js')
}

const empty = emptyProgram()
const CASES = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'an empty oclif program', args: [empty, 'nothing'] },
  { name: 'mts --version', args: [MTS, '--version'], most: 1.8 },
  { name: 'mts --help', args: [MTS, '--help'], most: 1.8 },
  { name: 'mts stream --help', args: [MTS, 'stream', '--help'], most: 1.8 },
  { name: 'mts config', args: [MTS, 'config', '--json'], most: 2.8 },
  { name: 'mts db status', args: [MTS, 'db', 'status', '--json'], most: 2.8 },
]

function run(args) {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  if (status !== 0) throw new Error(`${args.join(' ')} ended with code ${status}: ${stderr}`)
  return Number(process.hrtime.bigint() - start) / 1e6
}

try {
  run([MTS, 'db', 'migrate', '--quiet'])
  for (const { args } of CASES) run(args)
  const samples = CASES.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { args }] of CASES.entries()) samples[i].push(run(args))
  }
  const [bare] = samples.map(median)
  printMachine(ROUNDS, 'wall time')
  printTable(
    ['command', 'median ms', 'fastest ms', '× node -e 0'],
    CASES.map(({ name }, i) => [
      name,
      median(samples[i]).toFixed(0),
      Math.min(...samples[i]).toFixed(0),
      (median(samples[i]) / bare).toFixed(2),
    ]),
  )
  console.log()
  for (const [i, { name, most }] of CASES.entries()) {
    if (most !== undefined) expectAtMost(`${name}, × node -e 0`, median(samples[i]) / bare, most)
  }
} finally {
  rmSync(folder, { recursive: true })
}
