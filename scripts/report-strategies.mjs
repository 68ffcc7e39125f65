// The strategies on candles over real bars, with costs, against buying and holding, as a user would run them.
//
//   node scripts/report-strategies.mjs BARS.csv VIX.csv [DAYS]     prints the table of docs/strategies.md
//
// Daily candles of BTC of an exchange and the daily VIX, as `mts db import` reads them; a value of VIX counts from the end of so many
// days after its date (6, as FRED's, when not given).
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const MTS = path.resolve(import.meta.dirname, '../bin/run.js')
const STRATEGIES = ['momentum', 'mean-reversion', 'vix-correlation', 'volume-spike']
const PERIOD = ['--start', '2018-01-01', '--end', '2024-08-09']
const COSTS = ['--commission', '0.001', '--slippage', '5bps']
const WHOLE = ['--param', 'position_size=1', '--max-exposure', '0', '--max-drawdown', '0']

const [bars, vix, days] = process.argv.slice(2)
if (bars === undefined || vix === undefined) {
  process.stderr.write('Usage: node scripts/report-strategies.mjs BARS.csv VIX.csv [DAYS]\n')
  process.exit(2)
}

const folder = mkdtempSync(path.join(tmpdir(), 'mts-report-'))

function mts(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MTS, ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status === 0) return stdout
  throw new Error(`mts ${args.join(' ')} ended with ${status}: ${stderr}`)
}

function run(strategy, ...more) {
  const args = ['backtest', '--strategy', strategy, '--symbols', 'BTC', '--interval', '1d', ...PERIOD, ...COSTS, ...more]
  return JSON.parse(mts(...args, '--no-store', '--json')).data
}

const percent = (metric, digits = 1) => (metric?.value == null ? '–' : (100 * metric.value).toFixed(digits))
const number = (metric) => (metric?.value == null ? '–' : metric.value.toFixed(2))

function row(name, size, { metrics, trades, costs }) {
  const cells = [
    name,
    size,
    percent(metrics.total_return, size === 'settings' ? 2 : 0),
    percent(metrics.cagr, 2),
    percent(metrics.volatility, 1),
    number(metrics.sharpe),
    percent(metrics.max_drawdown, 1),
    percent(metrics.exposure),
    trades.length,
    percent(metrics.win_rate, 0),
    costs === undefined ? '–' : Math.round(costs.fees + costs.slippage),
  ]
  return `| ${cells.join(' | ')} |`
}

try {
  mts('db', 'import', bars, '--quiet')
  mts('db', 'import', vix, '--quiet', ...(days === undefined ? [] : ['--lag', days]))
  const lines = [
    '| strategy | size | return % | a year % | volatility % | Sharpe | max draw-down % | exposure % | trades | won % | costs |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    row('buy and hold', 'all', run('buyhold')),
  ]
  for (const strategy of STRATEGIES) {
    lines.push(row(strategy, 'settings', run(strategy)), row(strategy, 'all', run(strategy, ...WHOLE)))
  }
  process.stdout.write(`${lines.join('\n')}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
