/**
 * Frames a second from a loopback socket to metrics. A sender process writes frames made beforehand from recordings; each
 * receiver is a process of its own, in turn. Two connections, one an exchange; after each frame: mid, spread, microprice and
 * the imbalance of ten levels of its book. The limit is `ws` that counts bytes.
 *
 * `node pipeline.mjs [NAME…]` runs only these: bare, parsed, core, feed, tardis, ccxt. `LOAD=busy` plays frames of 40 levels instead
 * of ten: the targets for the share of the limit and for the latency are for the usual ones.
 */
import { fork } from 'node:child_process'
import { expectAtMost, expectEqual, expectRatio, median, printMachine, printTable, versionOf } from './lib.mjs'

const FRAMES = Number(process.env['FRAMES'] ?? 100_000)
const ROUNDS = Number(process.env['ROUNDS'] ?? 5)
const LOAD = process.env['LOAD'] ?? 'usual'
const TITLES = {
  bare: 'ws, frames counted (the limit)',
  parsed: 'ws + JSON.parse',
  core: 'mts: decoder, synchroniser, book, metrics',
  feed: 'mts, the whole live path with every check',
  tardis: `tardis-dev ${versionOf('tardis-dev')}: mappers, OrderBook`,
  ccxt: `ccxt ${versionOf('ccxt')}: pro client, handleMessage, OrderBook`,
}
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(TITLES)

const script = (name) => new URL(`pipeline/${name}.mjs`, import.meta.url)
const once = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`a process ended with code ${code}`)))
  })

const sender = fork(script('sender'), [String(FRAMES)])
const { port, figures } = await once(sender)
const total = figures.reduce((sum, { frames }) => sum + frames, 0)
const bytes = figures.reduce((sum, each) => sum + each.bytes, 0)

async function receive(name) {
  const receiver = fork(script('receiver'), [name, String(port), String(total)], {
    execArgv: process.env['RECEIVER_ARGS']?.split(' ') ?? [],
  })
  await once(receiver)
  const report = once(receiver)
  sender.send('go')
  return report
}

const reports = new Map(names.map((name) => [name, []]))
for (let round = 0; round < ROUNDS; round++) for (const name of names) reports.get(name).push(await receive(name))
sender.disconnect()

function of(name, pick) {
  return reports.has(name) ? median(reports.get(name).map(pick)) : Number.NaN
}
const cpu = (name) => of(name, (report) => report.cpu / report.frames) * 1e6
const text = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '–')

printMachine(ROUNDS)
console.log(`Load '${LOAD}': ${total} frames, ${(bytes / total).toFixed(0)} bytes each with the header\n`)
printTable(
  ['receiver', 'CPU µs/frame', 'k frames/CPU s', 'k frames/s', 'of the limit', 'p50 µs', 'p99 µs', 'MB'],
  names.map((name) => [
    TITLES[name],
    text(cpu(name), 2),
    text(1000 / cpu(name), 1),
    text(
      of(name, (report) => report.frames / report.seconds / 1000),
      1,
    ),
    text(cpu('bare') / cpu(name), 2),
    text(
      of(name, (report) => report.p50),
      1,
    ),
    text(
      of(name, (report) => report.p99),
      1,
    ),
    text(of(name, (report) => report.rss) / 1e6, 0),
  ]),
)
console.log()
const checked = names.filter((name) => name !== 'bare' && name !== 'parsed')
expectEqual(
  'sums of best bid + best ask after each frame',
  checked.map((name) => reports.get(name)[0].checksum.toPrecision(12)),
)
if (names.length === Object.keys(TITLES).length) {
  expectRatio('decoder, book and metrics against tardis-dev', cpu('tardis') / cpu('core'), 5)
  expectRatio('decoder, book and metrics against ccxt', cpu('ccxt') / cpu('core'), 6)
}
if (names.length === Object.keys(TITLES).length && LOAD === 'usual') {
  expectRatio('decoder, book and metrics against the limit', cpu('bare') / cpu('core'), 0.33)
  expectRatio('the whole live path against the limit', cpu('bare') / cpu('feed'), 0.25)
  expectAtMost(
    'received → processed, p50 µs',
    of('feed', (report) => report.p50),
    3,
  )
  expectAtMost(
    'received → processed, p99 µs',
    of('feed', (report) => report.p99),
    15,
  )
}
