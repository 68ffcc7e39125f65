import { join } from 'node:path'
import type { StorageError } from '../errors.js'
import { prepareJournalFolder } from '../feed/journal/journal-error.js'
import { JournalWriter } from '../feed/journal/writer.js'
import { LiveFeed, type LiveFeedSettings } from '../feed/live-feed.js'
import type { Outputs } from '../feed/outputs.js'
import type { Pipeline } from '../feed/pipeline.js'
import { DriftMemory } from './drift-memory.js'
import { FlightRecorder } from './flight-recorder.js'
import type { StreamOptions, StreamWorld } from './stream-options.js'

/** The feed of a live run with what keeps its records as they came. */
export interface Capture {
  readonly feed: LiveFeed
  readonly pipelines: () => Pipeline[]
  /** Records that could not be journaled. */
  readonly lost: number
  /** Where everything is recorded: stamp in µs of the oldest record that a crash would cost, `Infinity` for none. */
  readonly unsealedSince: (() => number) | undefined
  /** Ends the feed, and waits until everything is on disk. */
  readonly close: () => Promise<void>
}

/**
 * Everything goes to the journal where it is recorded, else the newest records stay in memory for the case that something happens that
 * must not. What nobody understands is kept in both. Throws `StorageError` where a journal cannot be written.
 */
export function openCapture(
  world: StreamWorld,
  options: StreamOptions,
  outputs: Outputs,
  onFailure: (error: StorageError) => void,
): Capture {
  const { isRecorded, dataDirectory } = options
  const { clock } = world
  const directory = join(dataDirectory, 'journal')
  if (isRecorded) prepareJournalFolder(directory)
  let lost = 0
  const onLoss = (_exchange: string, count: number) => {
    lost += count
  }
  const journal = new JournalWriter({ directory, clock, ...options.journal, onLoss, onFailure })
  const flight = isRecorded ? undefined : new FlightRecorder(dataDirectory, clock)
  flight?.follow(outputs)
  const pipelines = (): Pipeline[] => [...feed.exchanges].map((each) => each.pipeline)
  const drift = new DriftMemory(join(dataDirectory, 'logs', 'drift.json'), clock, pipelines)
  const feed = new LiveFeed(world, feedSettings(world, options, { journal, flight, drift }), outputs)
  return {
    feed,
    pipelines,
    get lost() {
      return lost
    },
    unsealedSince: isRecorded ? () => journal.unsealedSince : undefined,
    close: async () => {
      feed.stop()
      await Promise.all([journal.close(), flight?.close(), drift.save()])
    },
  }
}

interface Keepers {
  readonly journal: JournalWriter
  /** Instead of a journal of everything. */
  readonly flight: FlightRecorder | undefined
  readonly drift: DriftMemory
}

function feedSettings(world: StreamWorld, options: StreamOptions, { journal, flight, drift }: Keepers): LiveFeedSettings {
  return {
    limits: options.limits,
    samples: journal,
    onStrange: (exchange, reason, sample) => drift.note(exchange, reason, Buffer.from(sample)),
    onUnknown: (exchange, reason, frame) => {
      drift.note(exchange, reason, frame)
      flight?.dump(exchange, reason)
    },
    exchange: (exchange) => ({
      endpoints: world.endpoints(exchange),
      backoff: options.reconnect,
      pollEveryMs: options.openInterestEveryMs,
      redundancy: options.redundancy,
      journal: flight?.box ?? journal,
    }),
  }
}
