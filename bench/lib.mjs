/** What the benchmarks share: recorded frames, interleaved rounds, an aligned table. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'

const HERE = import.meta.dirname
export const RECORDED = path.resolve(HERE, '../../shared/recorded')
const DIST = path.resolve(process.env['MTS_DIST'] ?? path.join(HERE, '../dist'))
const ROUNDS = Number(process.env['ROUNDS'] ?? 9)
/** The process's clock counts in ms steps on some systems: samples are much longer. */
const SAMPLE_MS = 60

/** A module of the built project. */
export function built(file) {
  return import(pathToFileURL(path.join(DIST, file)).href)
}

/** Lines of a recording as buffers of their own. */
export function recordedFrames(file) {
  const text = gunzipSync(readFileSync(path.join(RECORDED, file))).toString()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => Buffer.from(line))
}

export function recordedJson(file) {
  return JSON.parse(readFileSync(path.join(RECORDED, file), 'utf8'))
}

export function versionOf(name) {
  return createRequire(import.meta.url)(`./node_modules/${name}/package.json`).version
}

/**
 * Times candidates `{name, run(): number}` in turn within each round, so that all suffer the same noise; each sample repeats
 * `run` until it is long enough. Gives the median ns of one of the `units` of work that `run` does, and the checksums.
 *
 * It is CPU time of the whole process, so that other work on the machine does not count and collecting the garbage does.
 */
export function compare(candidates, units) {
  const state = candidates.map((candidate) => ({ ...candidate, repeats: 1, samples: [], checksum: candidate.run() }))
  for (const entry of state) entry.repeats = Math.max(1, Math.ceil(SAMPLE_MS / Math.max(1, timed(entry) / 1e6)))
  for (let round = 0; round < ROUNDS; round++) {
    for (const entry of state) {
      entry.samples.push(timed(entry) / entry.repeats / units)
    }
  }
  return state.map(({ name, samples, checksum }) => ({ name, checksum, ns: median(samples) }))
}

function timed({ run, repeats }) {
  const start = process.cpuUsage()
  for (let i = 0; i < repeats; i++) run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) * 1000
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** The first column to the left, the others to the right. */
export function printTable(head, rows) {
  const cells = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)))
  for (const row of cells) {
    console.log(row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column]))).join('  '))
  }
}

export function printMachine(rounds = ROUNDS, measure = 'CPU time') {
  const cpus = os.cpus()
  const day = new Date().toISOString().slice(0, 10)
  const machine = `${cpus.length} × ${cpus[0]?.model.trim()}`
  console.log(`${day}, Node ${process.version}, V8 ${process.versions.v8}, ${machine}, ${measure}, median of ${rounds} rounds`)
  console.log(`$ node ${[`bench/${path.basename(process.argv[1])}`, ...process.argv.slice(2)].join(' ')}\n`)
}

/** Says what the ratio must reach and leaves exit code 1 behind when it does not. */
export function expectRatio(what, ratio, target) {
  const holds = ratio >= target
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}: ${ratio.toFixed(target < 1 ? 2 : 1)}× (target ${target}×)`)
  if (!holds) process.exitCode = 1
}

/** The same for what must not be more. */
export function expectAtMost(what, value, most) {
  const holds = value <= most
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}: ${value.toFixed(2)} (at most ${most})`)
  if (!holds) process.exitCode = 1
}

export function expectEqual(what, values) {
  if (new Set(values.map(String)).size === 1) return
  console.log(`FAIL ${what} differ: ${values.join(', ')}`)
  process.exitCode = 1
}
