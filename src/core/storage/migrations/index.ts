/**
 * Every change of the schema, in order. A migration that was released never changes again: databases remember its checksum.
 * A new one gets the next number and a line here.
 */
import { createHash } from 'node:crypto'
import { sql as orderBooks } from './001-order-books.js'
import { sql as fundingAndOpenInterest } from './002-funding-and-open-interest.js'
import { sql as largeTrades } from './003-large-trades.js'
import { sql as coverageAndStreamStats } from './004-coverage-and-stream-stats.js'
import { sql as candles } from './005-candles.js'
import { sql as macro } from './006-macro.js'
import { sql as backtests } from './007-backtests.js'
import { sql as arbitrage } from './008-arbitrage.js'
import { sql as signals } from './009-signals.js'
import { sql as macroQuality } from './010-macro-quality.js'
import { sql as coverageRuns } from './011-coverage-runs.js'
import { sql as macroLooks } from './012-macro-looks.js'

export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
  /** SHA-256 of the text, hex. */
  readonly checksum: string
}

export const MIGRATIONS: readonly Migration[] = [
  migration(1, 'order books', orderBooks),
  migration(2, 'funding and open interest', fundingAndOpenInterest),
  migration(3, 'large trades', largeTrades),
  migration(4, 'coverage and stream stats', coverageAndStreamStats),
  migration(5, 'candles', candles),
  migration(6, 'macro', macro),
  migration(7, 'backtests', backtests),
  migration(8, 'arbitrage', arbitrage),
  migration(9, 'signals', signals),
  migration(10, 'macro quality', macroQuality),
  migration(11, 'coverage runs', coverageRuns),
  migration(12, 'macro looks', macroLooks),
]

export const SCHEMA_VERSION = MIGRATIONS.length

function migration(number: number, name: string, sql: string): Migration {
  return { number, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}
