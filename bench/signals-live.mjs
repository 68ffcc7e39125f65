/**
 * What live signals add to each record of a feed: six recorded minutes of BTCUSDT on Binance, spot and futures, through decoder, checks and
 * books alone, then with the detector's, spread and volume rules, then with the strategies on order books besides. CPU of the whole, by record;
 * the first passes are for the compilers.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { built, expectAtMost, printMachine, printTable, RECORDED } from './lib.mjs'

const PASSES = Number(process.env['PASSES'] ?? 7)
const WARM_UP = 2
const RECORDINGS = [
  ['binance-spot', 'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz'],
  ['binance', 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz'],
]

const { loadExchange } = await built('core/exchanges/registry.js')
const { Outputs } = await built('core/feed/outputs.js')
const { Replay } = await built('core/feed/replay.js')
const { DEFAULT_LIMITS: limits } = await built('core/feed/validation.js')
const { watchSignals } = await built('core/live/signals/watch.js')
const { TRIGGERS } = await built('core/strategies/triggers.js')
const { BOOK_STRATEGIES } = await built('core/strategies/book-registry.js')
const { settingsOfStrategy } = await built('core/strategies/settings.js')

const exchanges = await Promise.all(RECORDINGS.map(([id]) => loadExchange(id)))
const triggers = TRIGGERS.map((trigger) => ({ trigger, settings: settingsOfStrategy(trigger, []) }))
const books = BOOK_STRATEGIES.map((strategy) => ({ strategy, settings: settingsOfStrategy(strategy, []) }))
const candidates = [
  { name: 'books and checks', rules: undefined },
  { name: 'and arbitrage, spread, volume', rules: { triggers, books: [] } },
  { name: 'and three strategies on order books', rules: { triggers, books } },
]

printMachine()
const directory = mkdtempSync(path.join(os.tmpdir(), 'mts-bench-'))
try {
  await importAll()
  const { findJournalFiles } = await built('core/feed/journal/reader.js')
  const files = await findJournalFiles(directory)
  const times = candidates.map(() => [])
  let told = []
  for (let pass = 0; pass < PASSES + WARM_UP; pass++) {
    told = []
    for (const [i, { rules }] of candidates.entries()) {
      const played = await playOnce(files, rules)
      told.push(played)
      if (pass >= WARM_UP) times[i].push(played.us)
    }
  }
  const medians = times.map((each) => each.sort((a, b) => a - b)[each.length >> 1])
  const row = ({ name }, i) => [
    name,
    medians[i].toFixed(2),
    i === 0 ? '–' : (medians[i] - medians[0]).toFixed(2),
    String(told[i].signals),
  ]
  printTable([`${told[0].records} recorded frames`, 'µs a record', 'added', 'lines told'], candidates.map(row))
  console.log()
  expectAtMost('live signals, µs a record', medians[2] - medians[0], 20)
} finally {
  rmSync(directory, { recursive: true, force: true })
}

async function importAll() {
  const { importRecording } = await built('core/feed/journal/import.js')
  const { findRecordings } = await built('core/feed/journal/recording.js')
  const { JournalWriter } = await built('core/feed/journal/writer.js')
  const { systemClock } = await built('core/net/system-clock.js')
  const journal = new JournalWriter({ directory, clock: systemClock(), blockBytes: 262_144, flushMs: 1_000 })
  for (const [i, [, name]] of RECORDINGS.entries()) {
    const [recording] = await findRecordings(path.join(RECORDED, name))
    await importRecording(recording, exchanges[i], 1, journal)
  }
  await journal.close()
}

async function playOnce(files, rules) {
  const outputs = new Outputs()
  const replay = new Replay(new Map(exchanges.map((exchange) => [exchange.id, exchange])), outputs, limits)
  let signals = 0
  if (rules !== undefined) {
    const parts = { ...rules, exchanges, largeTrades: { default: 100_000 }, cash: 100_000, latencyMs: 50, isWanted: () => true }
    watchSignals(outputs, () => replay.pipelines.values(), parts).keepBy(() => (signals += 1))
  }
  const before = process.cpuUsage()
  const { records } = await replay.play(files, { onDamage: (damage) => console.log(`FAIL ${damage.path}: ${damage.message}`) })
  const { user, system } = process.cpuUsage(before)
  return { us: (user + system) / records, records, signals }
}
