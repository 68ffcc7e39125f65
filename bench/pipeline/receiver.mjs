/** One receiver in a process of its own: `receiver.mjs NAME PORT FRAMES`, with the frames that come before `go` among them. */
import { FIRST_FRAMES, RECEIVERS } from './receivers.mjs'

const [, , name, port, frames] = process.argv
const wanted = Number(frames)
/** So many are for the compilers: what runs for days is measured as it runs after its first second. */
const WARM_UP = Number(process.env['WARM_UP'] ?? Math.floor(wanted / 4))

let start
let seen = 0
let hasFirst
const first = new Promise((resolve) => {
  hasFirst = resolve
})

function count() {
  seen += 1
  if (seen === FIRST_FRAMES) hasFirst()
  if (seen === WARM_UP) {
    receiver.warm?.()
    start = { cpu: process.cpuUsage(), time: process.hrtime.bigint() }
  }
  if (seen === wanted) finish()
}

const receiver = await RECEIVERS[name]({ root: `ws://127.0.0.1:${port}`, count })
await first
await receiver.ready
process.send('ready')

function finish() {
  const { user, system } = process.cpuUsage(start.cpu)
  const seconds = Number(process.hrtime.bigint() - start.time) / 1e9
  const report = {
    ...receiver.report(),
    frames: wanted - WARM_UP,
    seconds,
    cpu: (user + system) / 1e6,
    rss: process.memoryUsage.rss(),
  }
  process.send(report, () => process.exit())
}
