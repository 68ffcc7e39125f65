/** `mts signals` from its flags to its output. */

import { coinsOf } from '../../backtest/load/coins.js'
import { findStrategy, loadLibrary } from '../../backtest/strategy-file.js'
import { momentOf } from '../../collect/period.js'
import { ConfigError, DataError, UsageError } from '../../errors.js'
import type { StrategyJob } from '../../live/signals/hear.js'
import { publishSignals, rowsOf, writeSignals } from '../../live/signals/keep.js'
import { type MadeSignals, makeSignals } from '../../live/signals/make.js'
import type { ConflictRule } from '../../signals/contract.js'
import { openHistory } from '../../storage/history.js'
import type { Reader } from '../../storage/reader.js'
import type { Strategy } from '../../strategies/contract.js'
import { type SettingsFile, settingsOfStrategy } from '../../strategies/settings.js'
import { openBars } from '../backtest/prepare.js'
import type { BaseSession } from '../base-command.js'
import { toJson } from '../output/keys.js'
import { checkedSettingsFiles } from '../strategies/settings-files.js'
import { redisSettings } from '../stream/options.js'
import { failuresOf, printSignals, signalsDocument } from './print.js'

export interface SignalsFlags {
  readonly strategies: readonly string[] | undefined
  readonly assets: readonly string[] | undefined
  readonly at: string | undefined
  readonly conflict: ConflictRule
  readonly 'min-confidence': number | undefined
  readonly 'max-risk': number | undefined
  readonly size: number
  readonly source: string | undefined
  readonly interval: string | undefined
  readonly redis: boolean | undefined
  readonly 'no-store': boolean
  readonly sandbox: boolean
}

export async function runSignals(session: BaseSession, flags: SignalsFlags): Promise<void> {
  const now = (await session.clock()).now()
  const at = flags.at === undefined ? now : momentOf(flags.at, '--at')
  if (at > now) {
    throw new UsageError('USAGE_BAD_TIME', `--at: ${flags.at} has not come yet`, {
      suggestions: ['Give a time of the past, or none for now'],
    })
  }
  const made = await make(session, flags, at)
  checkAny(made)
  if (!flags['no-store']) await keep(session, flags, made, now)
  await printSignals(session, made, { isKept: !flags['no-store'] })
}

async function make(session: BaseSession, flags: SignalsFlags, at: number): Promise<MadeSignals> {
  const reader = await openBars(session)
  try {
    const { jobs, warnings } = await jobsOf(session, flags, reader)
    const made = await makeSignals(reader, {
      jobs,
      at,
      isPast: flags.at !== undefined,
      maxIntervals: session.config.status.maxIntervals,
      source: flags.source,
      interval: flags.interval,
      version: session.version,
      conflict: flags.conflict,
      minConfidence: flags['min-confidence'],
      maxPortfolioRisk: flags['max-risk'],
      usualSize: flags.size,
    })
    return { ...made, warnings: [...warnings, ...made.warnings] }
  } finally {
    reader.close()
  }
}

interface Chosen {
  readonly jobs: readonly StrategyJob[]
  /** Files of the user's own that hold no strategy. */
  readonly warnings: readonly string[]
}

/** Those that are named, else all that are enabled; each with the assets that are named, else its own. */
async function jobsOf(session: BaseSession, flags: SignalsFlags, reader: Reader): Promise<Chosen> {
  const { symbols, strategyPaths } = session.config
  const stored = new Set(reader.candleSpans().map(({ cryptocurrency }) => cryptocurrency))
  const named = flags.assets === undefined ? undefined : await coinsOf(flags.assets, stored)
  const usual = await coinsOf(symbols, stored)
  const { strategies, files, warnings } = await chosenStrategies(flags.strategies, strategyPaths)
  const jobs = strategies.flatMap((strategy) => {
    const settings = settingsOfStrategy(strategy, files)
    if (flags.strategies === undefined && !settings.enabled) return []
    return [{ strategy, settings, assets: named ?? (settings.assets.length > 0 ? settings.assets : usual) }]
  })
  if (jobs.length > 0) return { jobs, warnings }
  throw new ConfigError('CONFIG_NO_STRATEGY', 'No strategy is enabled', {
    suggestions: ['Set "enabled": true in config/strategies/<name>.json', 'Or name some: --strategies momentum,mean-reversion'],
  })
}

async function chosenStrategies(
  names: readonly string[] | undefined,
  paths: readonly string[],
): Promise<{
  readonly strategies: readonly Strategy[]
  readonly files: readonly SettingsFile[]
  readonly warnings: readonly string[]
}> {
  const folder = process.cwd()
  const library = await loadLibrary(folder, paths)
  const chosen = names === undefined ? library.found : await Promise.all(names.map((name) => findStrategy(name, folder, paths)))
  return {
    strategies: chosen.map(({ strategy }) => strategy),
    files: checkedSettingsFiles(folder, { ...library, found: [...library.found, ...chosen] }),
    // Who names some knows what he left out.
    warnings: names === undefined ? library.failures.map(({ file, error }) => `${file} was left out: ${error.message}`) : [],
  }
}

/** Where no strategy could look at anything, there is no answer. */
function checkAny({ signals, dropped, silent, notRun }: MadeSignals): void {
  if (signals.length + dropped.length + silent.length > 0) return
  const [first] = notRun
  if (first === undefined) return
  const reasons = [...new Set(notRun.map(({ reason }) => reason))]
  const more = reasons.length > 1 ? ` (and ${reasons.length - 1} more reasons)` : ''
  throw new DataError(first.code, `No strategy could run: ${first.reason}${more}`, {
    suggestions: [...new Set(notRun.flatMap(({ suggestions }) => suggestions))],
  })
}

async function keep(session: BaseSession, flags: SignalsFlags, made: MadeSignals, now: number): Promise<void> {
  const { config, version } = session
  const clock = await session.clock()
  const rows = rowsOf(made, now)
  const history = openHistory({ path: config.db, clock, programVersion: version })
  try {
    history.saveSignals(rows)
  } finally {
    history.close()
  }
  const document = { schemaVersion: 1, ...signalsDocument(made), failures: failuresOf(made) }
  writeSignals(config.dataDir, made.timestamp, `${toJson(document)}\n`)
  const redis = redisSettings(config, flags)
  if (redis === undefined) return
  const refusal = await publishSignals(rows, { url: redis.url, clock, render: toJson })
  if (refusal !== undefined) session.note(`Warning: not all signals reached Redis: ${refusal}`)
}
