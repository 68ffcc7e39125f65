/** A backtest of a strategy on order books over a journal: the frames as they came, through the same code as live. */
import { createHash, type Hash } from 'node:crypto'
import { DataError } from '../../errors.js'
import type { Exchange } from '../../exchanges/contract.js'
import type { JournalDamage, JournalFileInfo } from '../../feed/journal/reader.js'
import type { JournalRecord } from '../../feed/journal/record.js'
import type { LargeTradeThresholds } from '../../feed/large-trades.js'
import type { MarketState } from '../../feed/market-state.js'
import { Outputs } from '../../feed/outputs.js'
import type { Pipeline } from '../../feed/pipeline.js'
import { Replay } from '../../feed/replay.js'
import type { ValidationLimits } from '../../feed/validation.js'
import type { BookStrategy } from '../../strategies/book-contract.js'
import { resolveParameters } from '../../strategies/parameters.js'
import type { BacktestConfig } from '../config.js'
import type { Listener } from '../events.js'
import { canonicalJson } from '../provenance.js'
import { BookRun } from './book-run.js'

export interface JournalBacktest {
  readonly files: readonly JournalFileInfo[]
  readonly exchanges: readonly Exchange[]
  readonly strategy: BookStrategy
  /** `feesOf` is by exchange. */
  readonly config: BacktestConfig
  readonly largeTrades: LargeTradeThresholds
  readonly limits: ValidationLimits
  /** Which instruments the strategy may see; all when left out. */
  isWanted?(state: MarketState): boolean
  /** Told what the journal has before anything is said of it: names that are not there, as warnings. May throw. */
  check?(pipelines: Iterable<Pipeline>): readonly string[]
  readonly listener?: Listener
  readonly signal: AbortSignal
}

export interface JournalOutcome {
  readonly run: BookRun
  readonly pipelines: readonly Pipeline[]
  /** SHA-256 over every record that was played, and over what else the run could see. */
  readonly dataHash: string
  readonly records: number
  /** First and last record, ms. */
  readonly from: number
  readonly to: number
  readonly damages: readonly JournalDamage[]
  readonly warnings: readonly string[]
}

/**
 * Plays the journal up to `config.end` as fast as it goes. Errors: `DATA_EMPTY` where it has no frames of the exchanges, `DATA_TOO_SHORT`
 * where no step has a book; those of `check` and of the strategy.
 */
export async function playJournal(request: JournalBacktest): Promise<JournalOutcome> {
  const { strategy, config, limits, largeTrades, files, signal } = request
  const outputs = new Outputs()
  const damages: JournalDamage[] = []
  const replay = new Replay(new Map(request.exchanges.map((exchange) => [exchange.id, exchange])), outputs, limits)
  const run = new BookRun(() => replay.pipelines.values(), { ...request, strategy, config, largeTrades })
  run.follow(outputs)
  const hash = createHash('sha256').update(canonicalJson({ largeTrades, limits }))
  const endStamp = (config.end ?? Number.POSITIVE_INFINITY) * 1000
  const { records, firstStamp, lastStamp } = await replay.play(files, {
    before: (stamp, exchange, record) => {
      if (signal.aborted || stamp >= endStamp) return false
      hashRecord(hash, exchange, record)
      return undefined
    },
    onDamage: (damage) => damages.push(damage),
  })
  signal.throwIfAborted()
  const last = Math.floor((lastStamp ?? 0) / 1000)
  run.finish(config.end === undefined ? last : Math.max(last, Math.min(config.end, last + run.needs.stepMs)))
  if (records === 0) throw nothing(request)
  const pipelines = [...replay.pipelines.values()]
  const warnings = request.check?.(pipelines) ?? []
  if (run.columns.length === 0) throw tooShort(run, request)
  const from = Math.floor((firstStamp ?? 0) / 1000)
  return { run, pipelines, dataHash: hash.digest('hex'), records, from, to: last, damages, warnings }
}

/** The data's own bytes, whatever files and blocks they lie in. */
function hashRecord(hash: Hash, exchange: string, { stamp, connection, kind, payload }: JournalRecord): void {
  hash.update(`${exchange} ${stamp} ${connection} ${kind} ${payload.length}\n`).update(payload)
}

function nothing({ files, exchanges }: JournalBacktest): DataError {
  const present = [...new Set(files.map(({ exchange }) => exchange))].join(', ')
  return new DataError(
    'DATA_EMPTY',
    `The journal is of ${present}, and has no frames of ${exchanges.map(({ id }) => id).join(', ')}`,
    {
      suggestions: ['What there is: mts journal list'],
    },
  )
}

function tooShort({ markets, parameters, needs }: BookRun, { strategy }: JournalBacktest): DataError {
  const settings = resolveParameters(strategy, parameters)
  const what = markets.length === 0 ? 'no book of it could ever be read' : `it is shorter than a step of ${needs.stepMs} ms`
  return new DataError('DATA_TOO_SHORT', `${strategy.name} has nothing to run over: of this journal ${what}`, {
    suggestions: [
      'Record some: mts stream --record --channels book,trades,funding --duration 10m',
      'step_ms' in settings ? 'Or a shorter step: --param step_ms=100' : 'Or another time',
    ],
  })
}
