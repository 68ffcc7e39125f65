/** Starts the writer's thread, from compiled code and, in tests and development, from the source. */
import { Worker } from 'node:worker_threads'
import { StorageError } from '../errors.js'
import { storageError } from './storage-errors.js'
import type { FromWriter, ToWriter, WriterSettings } from './writer-protocol.js'

export interface WriterThread {
  send(message: ToWriter): void
  /** Ends the thread at once. */
  stop(): Promise<void>
}

export interface WriterThreadEvents {
  onStored(rejected: Extract<FromWriter, { kind: 'stored' }>['rejected']): void
  onClosed(): void
  /** Nothing more will be stored. At most once. */
  onFailed(error: StorageError): void
}

/** Resolves once the database is open and migrated; rejects with the `StorageError` that prevented it. */
export function startWriter(settings: WriterSettings, events: WriterThreadEvents): Promise<WriterThread> {
  const worker = newWorker(settings)
  const thread: WriterThread = {
    send: (message) => worker.postMessage(message),
    stop: async () => {
      await worker.terminate()
    },
  }
  return new Promise((resolve, reject) => {
    let isReady = false
    let isOver = false
    const fail = (error: StorageError): void => {
      if (isOver) return
      isOver = true
      if (isReady) events.onFailed(error)
      else reject(error)
    }
    worker.on('message', (message: FromWriter) => {
      if (message.kind === 'stored') events.onStored(message.rejected)
      else if (message.kind === 'failed') fail(failureOf(message))
      else if (message.kind === 'ready') {
        isReady = true
        resolve(thread)
      } else {
        isOver = true
        events.onClosed()
      }
    })
    worker.on('error', (error) => fail(storageError(error, settings.path)))
    worker.on('exit', () => fail(new StorageError('STORAGE_FAILED', `The writer of ${settings.path} stopped unexpectedly`)))
  })
}

/** Node 20 cannot start a thread from TypeScript: beside the source, tsx is there to translate it. */
function newWorker(settings: WriterSettings): Worker {
  const options = { workerData: settings }
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./writer-worker.js', import.meta.url), options)
  const entry = JSON.stringify(new URL('./writer-worker.ts', import.meta.url))
  const translator = JSON.stringify(import.meta.resolve('tsx/esm/api'))
  const script = `import(${translator}).then(({ tsImport }) => tsImport(${entry}, ${entry}))`
  return new Worker(script, { ...options, eval: true })
}

function failureOf({ code, message, suggestions }: Extract<FromWriter, { kind: 'failed' }>): StorageError {
  return new StorageError(code, message, { suggestions })
}
