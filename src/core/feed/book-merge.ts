import type { BookRule } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { CarrierDelays } from './carrier-delays.js'
import { type Carrier, type MergeCounts, SequenceMerge } from './sequence-merge.js'
import type { BookSynchroniser } from './synchroniser.js'

/**
 * One stream of book updates out of several carriers of it. The synchroniser behind it sees what one carrier without losses
 * would have brought, and what is lost on all of them as the hole that it is.
 */
export class BookMerge {
  readonly sequence: SequenceMerge<BookUpdate>
  readonly #counts: MergeCounts
  readonly #sync: BookSynchroniser
  readonly #pass: (update: BookUpdate) => void
  /** Cross sequence of the newest update that went on; −1: none. */
  #crossId: number

  constructor(
    sync: BookSynchroniser,
    { chain }: BookRule,
    { counts, delays }: { readonly counts: MergeCounts; readonly delays: CarrierDelays },
    pass: (update: BookUpdate) => void,
  ) {
    this.#counts = counts
    this.#sync = sync
    this.#pass = pass
    this.#crossId = sync.book?.crossId ?? -1
    this.sequence = new SequenceMerge<BookUpdate>(
      {
        lastId: (update) => update.lastId,
        joins: (update, last) => !update.isSnapshot && joins(chain, update, last),
        keep: (update) => update.clone(),
        bytes: (update) => update.bytes,
        pass: (update, isJoined, last) => this.#goOn(isJoined ? chained(chain, update, last) : update),
      },
      delays,
      counts,
    )
    this.sequence.reset(sync.newestId)
  }

  offer(update: BookUpdate, connection: number, carriers: readonly Carrier[], stamp: number): void {
    const { sequence } = this
    const isBehind = update.lastId <= sequence.last
    // Ids that fall while the cross sequence grows are counted anew, after a restart of the exchange's service.
    const isAnew = isBehind && this.#crossId >= 0 && update.crossId > this.#crossId
    if (update.isSnapshot && (isAnew || this.#sync.book === undefined || (!this.#sync.hasFollowed && !isBehind))) {
      if (isAnew) sequence.reset()
      this.#begin(update, connection)
      sequence.settle(carriers, stamp)
    } else if (isAnew) {
      sequence.reset()
      this.#begin(update, connection)
    } else if (isBehind || update.crossId < 0 || update.crossId >= this.#crossId) {
      sequence.offer(update, connection, carriers, stamp)
    } else {
      // A carrier that has not heard of the restart yet.
      this.#counts.repeated += 1
    }
  }

  reset(): void {
    this.sequence.reset()
    this.#crossId = -1
  }

  #begin(update: BookUpdate, connection: number): void {
    this.sequence.begin(update.lastId, connection)
    this.#goOn(update)
  }

  #goOn(update: BookUpdate): void {
    this.#crossId = update.crossId
    this.#pass(update)
  }
}

/** Carriers may cut the stream into messages at other ids; quantities are absolute, so an overlap does no harm. */
function joins(chain: BookRule['chain'], { firstId, previousId }: BookUpdate, last: number): boolean {
  return chain === 'previous-id' ? previousId >= 0 && previousId <= last : firstId <= last + 1
}

/** The update as it follows `last`: what it repeats of another carrier's message is not its beginning any more. */
function chained(chain: BookRule['chain'], update: BookUpdate, last: number): BookUpdate {
  if (last < 0) return update
  if (chain === 'previous-id') update.previousId = last
  else update.firstId = last + 1
  return update
}
