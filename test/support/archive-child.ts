/** `DATABASE DIRECTORY NOW`: archives, and prints a line before each file that it writes, until it is killed. */
import { archiveHistory } from '../../src/core/storage/archive/archive.js'

const [database = '', directory = '', now = ''] = process.argv.slice(2)
await archiveHistory({
  database,
  directory,
  now: Number(now),
  programVersion: '1.2.3',
  isPartial: false,
  isVerifying: false,
  signal: new AbortController().signal,
  onProgress: (text) => process.stdout.write(`${text}\n`),
})
