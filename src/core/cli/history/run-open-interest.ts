import { collectOpenInterest } from '../../collect/collect-open-interest.js'
import { failuresOf } from '../../collect/failures.js'
import { askInstruments, onEach } from '../../live/ask.js'
import { perpetualsNamed } from '../../live/funding.js'
import type { BaseSession } from '../base-command.js'
import { loadExchanges } from '../exchanges.js'
import { type StoredFlags, spanOf } from '../stored/flags.js'
import { printOpenInterest } from '../stored/print.js'
import { historyWorld } from './sources.js'

/** Brings what each exchange keeps of the time asked for into the database, and shows it. Rows that are there stay as they are. */
export async function collectOpenInterestHistory(session: BaseSession, name: string, flags: StoredFlags): Promise<void> {
  const { config, version } = session
  const clock = await session.clock()
  const world = await historyWorld(session)
  const exchanges = (await loadExchanges(flags.exchanges, config)).filter(({ rest }) => rest.openInterestHistory !== undefined)
  const { values, failures, warnings } = await onEach(exchanges, async (exchange) => {
    const { instruments } = perpetualsNamed(exchange, await askInstruments(world, exchange), [name])
    return instruments.map((instrument) => ({ exchange, instrument }))
  })
  const to = clock.now()
  const [{ openStore }, { openReader }] = await Promise.all([import('../../storage/store.js'), import('../../storage/reader.js')])
  const store = await openStore({
    ...{ path: config.db, batchSize: config.dbBatchSize, programVersion: version, clock },
    onLoss: (table, lost) => session.note(`Warning: ${lost} rows of ${table} were lost`),
    onFailure: () => undefined,
  })
  const keep: Parameters<typeof collectOpenInterest>[0]['keep'] = (row) => store.write('open_interest', row)
  const reader = openReader(config.db)
  const newest: Parameters<typeof collectOpenInterest>[0]['newest'] = (exchange, symbol, until) =>
    reader.openInterest({ exchanges: [exchange], symbols: [symbol], until, limit: 1 })[0]
  const range = { from: to - spanOf(flags), to }
  const results = await collectOpenInterest({ ...world, newest, keep }, values.flat(), range).finally(async () => {
    reader.close()
    await store.close()
  })
  if (store.failure !== undefined) throw store.failure
  const none = results.filter(({ received, failure }) => received === 0 && failure === undefined)
  await printOpenInterest(session, name, flags, {
    warnings: [...warnings, ...none.map(({ exchange, symbol }) => `${exchange} keeps nothing of ${symbol} for that time`)],
    failures: [
      ...failures,
      ...failuresOf(results, ({ exchange, symbol, received }) => ({ source: exchange, series: symbol, hasStored: received > 0 })),
    ],
  })
}
