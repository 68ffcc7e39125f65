// The tour: the main job with real commands, on a simulated market and SQLite; no key, no network.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'

const ROOT = path.resolve(import.meta.dirname, '..')
const PLACE = path.join(ROOT, 'data/demo')
const isTerminal = process.stdout.isTTY === true && !process.env['NO_COLOR']
const paint = (code, text) => (isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text)

const WIDTH = process.stdout.columns ?? 150

/** Lines of a command that runs which are worth a look: the first of each type. */
function firstOfEachType(lines) {
  const types = new Set()
  return lines.filter((line) => {
    const { type } = JSON.parse(line)
    if (types.has(type) || type === 'status' || type === 'summary') return false
    types.add(type)
    return true
  })
}

function summaryOf(lines) {
  return JSON.parse(lines.findLast((line) => line.startsWith('{"type":"summary"')) ?? '{"exchanges":[]}')
}

function title(text) {
  process.stdout.write(`\n${paint('1', `# ${text}`)}\n`)
}

function say(text) {
  process.stdout.write(`${text}\n`)
}

function show(text) {
  say(
    text
      .trimEnd()
      .split('\n')
      .map((line) => (line.length > WIDTH ? `${line.slice(0, WIDTH - 1)}…` : line))
      .join('\n'),
  )
}

/** Runs a command as a user would type it, and gives its lines; stops the demo where it fails. */
function run(command, args, { isShown = true, expected = 0 } = {}) {
  say(paint('36', `$ ${[command, ...args].map(quoted).join(' ')}`))
  const [file, before] = command === 'mts' ? [process.execPath, [path.join(ROOT, 'bin/run.js')]] : [command, []]
  const { status, stdout, stderr, error } = spawnSync(file, [...before, ...args], {
    cwd: PLACE,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  })
  if (isShown) show(stdout ?? '')
  if (status !== expected) {
    process.stderr.write(stderr ?? '')
    say(`${command} ended with ${status ?? error?.message}, not ${expected}`)
    process.exit(1)
  }
  return (stdout ?? '').split('\n').filter((line) => line !== '')
}

function quoted(argument) {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument
  return /["$`!\\]/.test(argument) ? `'${argument.replaceAll("'", "'\\''")}'` : `"${argument}"`
}

rmSync(PLACE, { recursive: true, force: true })
mkdirSync(PLACE, { recursive: true })

title('A database, made or brought to the newest schema')
run('mts', ['db', 'migrate'])

title('One order book on two exchanges, with what it would cost to trade')
run('mts', ['orderbook', 'BTC', '--sandbox', '--depth', '5'])

title('Funding of two exchanges against each other: who receives, and when the fees are paid')
run('mts', ['funding', '--sandbox', '--history', '--days', '30', '-o', 'table'])
run('mts', ['funding', '--sandbox', '--compare', '--hold', '14d'])

title('What buying on one exchange and selling on another would bring, after fees')
run('mts', ['arb', 'scan', '--sandbox', '--type', 'spread,funding', '--symbols', 'BTC,ETH,SOL'])

title('The past: a month of candles, and macro series with the moment at which each value was known')
run('mts', ['collect', '--sandbox', '--source', 'binance', '--coins', 'BTC,ETH', '--days', '30', '-o', 'table'])
say('… and again: only the newest bars are asked for')
run('mts', ['collect', '--sandbox', '--source', 'binance', '--coins', 'BTC,ETH', '--days', '30', '-o', 'table'])
run('mts', ['macro', '--sandbox', '--fill', 'forward,interpolate', '-o', 'table'])
run('mts', ['status'])

title('A rule on those bars: what it would have made, against holding, with fees, slippage and funding')
run('mts', [
  'backtest',
  '--strategy',
  'sma-cross',
  '--symbols',
  'BTC',
  '--slippage',
  '5bps',
  '--report',
  'data/reports/sma-cross.html',
])
say(`… the report, one file for any browser: ${path.relative(ROOT, PLACE)}/data/reports/sma-cross.html`)

title('What every strategy says now, where they disagree, and what is made of it')
run('mts', ['collect', '--sandbox', '--source', 'binance', '--coins', 'BTC,ETH', '--interval', '1d', '--days', '400'], {
  isShown: false,
})
run('mts', ['macro', '--sandbox', '--indicators', 'VIX', '--days', '400'], { isShown: false })
run('mts', ['signals', '--assets', 'BTC,ETH', '-o', 'table'])

title('The same strategies over 300 days, beside each other')
const strategies = JSON.parse(run('mts', ['strategies', 'list', '--json'], { isShown: false }).join('\n')).data
const start = new Date(Date.now() - 300 * 86_400_000).toISOString().slice(0, 10)
const ids = strategies.flatMap(({ name, needs }) => {
  // Those on books need a recording.
  if (needs.includes('book')) return []
  const args = ['backtest', '--strategy', name, '--symbols', 'BTC', '--interval', '1d', '--start', start, '--json']
  return JSON.parse(run('mts', args, { isShown: false }).join('\n')).data.id
})
run('mts', ['backtest', 'compare', ...ids, '--report', 'data/reports/strategies.html'])
say(`… on one page: ${path.relative(ROOT, PLACE)}/data/reports/strategies.html`)

title('Everything that happens for six seconds: checked, stored, and recorded frame by frame')
const live = run('mts', ['stream', '--sandbox', '--duration', '6s', '--record'], { isShown: false })
show(firstOfEachType(live).join('\n'))
say(`… ${live.length} lines, and last the summary:`)
for (const each of summaryOf(live).exchanges) {
  const readable = `${each.books_readable} of ${each.books} books readable`
  say(`  ${each.exchange}: ${each.frames} frames, ${readable}, ${each.gaps} gaps, ${each.flagged} flagged, ${each.unknown} unknown`)
}

title('The recording through the same code: the same events, so the same hash')
const replay = run('mts', ['replay', 'data/journal', '--no-store', '--interval', '0'], { isShown: false })
const hash = summaryOf(replay).events_hash
say(`… ${replay.length} lines, ${hash}`)
run('mts', ['replay', 'data/journal', '--no-store', '--interval', '0', '--expect', hash], { isShown: false })
say('… the second run gave the same: exit code 0')

title('What is stored now')
run('mts', ['db', 'status'])

title('Plain SQL on it, by any client')
if (spawnSync('sqlite3', ['--version']).status === 0) {
  const query =
    'SELECT exchange, symbol, count(*) AS samples, round(avg(spread_percentage) * 100, 3) AS mean_spread_bps FROM bid_ask_spreads GROUP BY 1, 2'
  run('sqlite3', ['-header', '-column', 'data/crypto_data.db', query])
} else say('skipped: sqlite3 is not installed')

say(
  `\nAll of it lies in ${path.relative(ROOT, PLACE)}/data: crypto_data.db and journal/. Without --sandbox the same commands talk to the exchanges.`,
)
