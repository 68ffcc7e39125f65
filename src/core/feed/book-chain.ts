import type { BookRule } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'

/** How the ids of an exchange's updates join each other and its snapshots, by the declaration of its books. */
export class BookChain {
  readonly #namesPrevious: boolean
  readonly #offset: number

  constructor({ chain, bridgeOffset = 0 }: Pick<BookRule, 'chain' | 'bridgeOffset'>) {
    this.#namesPrevious = chain === 'previous-id'
    this.#offset = bridgeOffset
  }

  /** Hot. Does the update come directly after the one that ended with `lastId`? */
  follows(update: BookUpdate, lastId: number): boolean {
    return this.#namesPrevious ? update.previousId === lastId : update.firstId === lastId + 1
  }

  /** Is all of the update in the snapshot already? */
  endsBefore(update: BookUpdate, snapshotId: number): boolean {
    return update.lastId < snapshotId + this.#offset
  }

  /**
   * Does the update continue a snapshot? It must cover everything after the snapshot's id. Where the exchange names the
   * previous update, `previousId <= snapshot` proves that: nothing was sent between the two, even if the ids jump.
   */
  bridges(update: BookUpdate, snapshotId: number): boolean {
    return update.firstId <= snapshotId + this.#offset || (update.previousId >= 0 && update.previousId <= snapshotId)
  }
}
