import type { ChannelRule } from '../exchanges/contract.js'
import type { Channel } from '../market/event.js'
import type { CoverageSpan } from './coverage-span.js'
import { Cadence } from './freshness.js'
import type { Carrier } from './sequence-merge.js'

/** A row that has ended; `holes` of it have not been filled yet. */
interface LostRow {
  span: CoverageSpan
  holes: number
}

/** One channel of one instrument: its present row of coverage, what that is judged by, and the connections that carry it. */
export class Track {
  readonly symbol: string
  readonly channel: Channel
  readonly hasIds: boolean
  /** Silence means something: the exchange's rule says how long it may last. */
  readonly hasRule: boolean
  readonly cadence: Cadence
  /** All that come by the same topic, this one among them. */
  readonly siblings: Track[]
  /** The one that brought the newest message; −1: none yet, or polled. */
  connection = -1
  /** All that were asked for it. */
  carriers: readonly Carrier[] = []
  /** Newest id of a channel whose ids count one by one; −1: none on record. */
  lastId = -1
  span: Omit<CoverageSpan, 'endedAt' | 'isOpen'> | undefined = undefined
  /** Times that something was lost so far. */
  losses = 0
  /** Proven holes in the present row. */
  holes = 0
  /** Rows of the past in which trades are missing: they may still be fetched. */
  readonly lost: LostRow[] = []
  /** Its connection broke and the ids have not told yet whether anything was missed. */
  isUncertain = false

  /** `sibling`: another that comes by the same topic. */
  constructor(channel: Channel, symbol: string, rule: ChannelRule | undefined, sibling: Track | undefined) {
    this.symbol = symbol
    this.channel = channel
    this.hasIds = rule?.proof === 'ids'
    this.hasRule = rule?.quietMs !== undefined || rule?.poll !== undefined
    this.cadence = sibling?.cadence ?? new Cadence(rule)
    this.siblings = sibling?.siblings ?? []
    this.siblings.push(this)
  }

  /** A connection was asked for it. */
  carry(connection: number, isOpen: boolean): void {
    if (this.carrier(connection) === undefined) this.carriers = [...this.carriers, { connection, isOpen, heardMs: 0 }]
  }

  carrier(connection: number): Carrier | undefined {
    return this.carriers.find((each) => each.connection === connection)
  }

  /** An open connection that carries it, and is not `except`. */
  openCarrier(except = -1): number | undefined {
    return this.carriers.find((each) => each.isOpen && each.connection !== except)?.connection
  }

  /** Nothing comes over a connection any longer; `isForGood`: nor will it again. */
  down(connection: number, isForGood: boolean): void {
    const carrier = this.carrier(connection)
    if (carrier === undefined) return
    carrier.isOpen = false
    if (isForGood) this.carriers = this.carriers.filter((each) => each !== carrier)
    if (this.connection === connection) this.connection = this.openCarrier() ?? connection
  }
}
