import type { Channel, EventBase, MarketEvent, StatusName } from '../market/event.js'
import type { MarketState } from './market-state.js'
import type { MarketStates } from './market-states.js'

/** The record that is being read: its connection (−1: none), its stamp in µs, and that in ms. */
export class RecordMoment {
  connection = -1
  stamp = 0
  receivedAt = 0
}

/** Tells what the present record brought as events. */
export class RecordTeller {
  readonly #exchange: string
  readonly #moment: RecordMoment
  readonly #states: MarketStates
  readonly publish: (event: MarketEvent) => void

  constructor(exchange: string, moment: RecordMoment, states: MarketStates, publish: (event: MarketEvent) => void) {
    this.#exchange = exchange
    this.#moment = moment
    this.#states = states
    this.publish = publish
  }

  /** `timestamp`: the exchange's, ms. */
  base({ instrument: { symbol, pair } }: MarketState, timestamp: number | null): EventBase {
    return { exchange: this.#exchange, symbol, pair, timestamp, receivedAt: this.#moment.receivedAt }
  }

  /** Of a channel of an instrument, or of the exchange where both are empty. */
  status(symbol: string, status: StatusName, detail: string, channel: Channel | '', connection: number | null = null): void {
    const pair = symbol === '' ? '' : this.#states.of(symbol).instrument.pair
    const base = { exchange: this.#exchange, symbol, pair, timestamp: null, receivedAt: this.#moment.receivedAt }
    this.publish({ type: 'status', ...base, status, channel, connection: connection === -1 ? null : connection, detail })
  }
}
