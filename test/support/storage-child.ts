/**
 * A program of its own for tests of storage. `migrate FILE`: migrates once a line comes in, so that several can be started
 * at the same moment. `write FILE`: writes samples and prints how many are acknowledged, until it is killed. `history FILE`:
 * the same with bars, `HISTORY_BATCH` a transaction.
 */
import { once } from 'node:events'
import { migrate } from '../../src/core/storage/migrate.js'
import { bar, HISTORY_BATCH, history, sample, watchedStore } from './storage.js'

const [task, file = ''] = process.argv.slice(2)

if (task === 'migrate') {
  process.stdout.write('ready\n')
  await once(process.stdin, 'data')
  const report = migrate(file, { appliedAt: 1, programVersion: '1.2.3' })
  process.stdout.write(`${JSON.stringify(report)}\n`)
  process.stdin.destroy()
} else if (task === 'history') {
  const writer = history(file)
  for (let written = 0; ; written += HISTORY_BATCH) {
    writer.upsertCandles(Array.from({ length: HISTORY_BATCH }, (_, at) => bar(written + at)))
    process.stdout.write(`${written + HISTORY_BATCH}\n`)
    // Lets the line out of the process.
    await new Promise((resolve) => setImmediate(resolve))
  }
} else {
  const { store } = await watchedStore(file)
  for (let written = 0; ; ) {
    for (let row = 0; row < 50; row++) store.write('order_book_samples', sample(written++, 20))
    await store.flush()
    process.stdout.write(`${written}\n`)
  }
}
