/**
 * Received → processed of one frame, at rates as they happen: frames come over loopback at 1 000 and at 20 000 a second, after so many at
 * full speed that the code is compiled. From the moment at which `ws` hands a frame over until the book, its checks and metrics
 * are done; the peers do the same work without the checks. Each receiver is a process of its own, in turn.
 */
import { fork } from 'node:child_process'
import { expectRatio, median, printMachine, printTable, versionOf } from './lib.mjs'

const RATES = [1_000, 20_000]
const SECONDS = Number(process.env['SECONDS'] ?? 10)
const ROUNDS = Number(process.env['ROUNDS'] ?? 3)
const WARM_UP = 60_000
const TITLES = {
  feed: 'mts, the whole live path with every check',
  tardis: `tardis-dev ${versionOf('tardis-dev')}: mappers, OrderBook`,
  ccxt: `ccxt ${versionOf('ccxt')}: pro client, handleMessage, OrderBook`,
}
const QUANTILES = [
  ['p50', 'p50 µs'],
  ['p99', 'p99 µs'],
  ['p999', 'p99.9 µs'],
]
const TARGET = 5

const script = (name) => new URL(`pipeline/${name}.mjs`, import.meta.url)
const once = (child) =>
  new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`a process ended with code ${code}`)))
  })

async function measure(rate) {
  const env = { ...process.env, RATE: String(rate), WARM_UP: String(WARM_UP) }
  const perConnection = Math.floor((WARM_UP + rate * SECONDS) / 2)
  const sender = fork(script('sender'), [String(perConnection)], { env })
  const { port, figures } = await once(sender)
  const total = figures.reduce((sum, { frames }) => sum + frames, 0)
  const reports = new Map(Object.keys(TITLES).map((name) => [name, []]))
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of reports.keys()) {
      const receiver = fork(script('receiver'), [name, String(port), String(total)], { env })
      await once(receiver)
      const report = once(receiver)
      sender.send('go')
      reports.get(name).push(await report)
    }
  }
  sender.disconnect()
  return new Map([...reports].map(([name, own]) => [name, (key) => median(own.map((report) => report[key]))]))
}

printMachine(ROUNDS, `${SECONDS} s a round`)
for (const rate of RATES) {
  const results = await measure(rate)
  const names = Object.keys(TITLES)
  console.log(`${rate} frames/s\n`)
  printTable(
    ['receiver', ...QUANTILES.map(([, title]) => title), 'CPU %'],
    names.map((name) => {
      const of = results.get(name)
      const cpu = ((of('cpu') / of('seconds')) * 100).toFixed(1)
      return [TITLES[name], ...QUANTILES.map(([key]) => of(key).toFixed(1)), cpu]
    }),
  )
  console.log()
  for (const [key, title] of QUANTILES) {
    const ratio = results.get('tardis')(key) / results.get('feed')(key)
    if (key === 'p50') expectRatio(`${title} against tardis-dev`, ratio, TARGET)
    else console.log(`     ${title} against tardis-dev: ${ratio.toFixed(1)}×`)
  }
  console.log()
}
