/** What came by one of several carriers and comes again by another: told by content and the exchange's times, where ids do not count. */
import type { Candle, Liquidation, Trade } from '../market/event.js'
import { liquidationId } from '../storage/ids.js'

interface Said {
  readonly time: number
  readonly connection: number
  readonly values: unknown[]
}

/** More messages of one moment are not told apart. */
const MOMENT = 32

/** Which fields of a partial record are news: those of a newer message, and other values of the same moment. */
export class FieldCopies {
  /** Time of the newest message. */
  newest = 0
  readonly #said = new Map<string, Said>()

  /** The part of `fields` that is news at `time` (of the exchange, any one unit); `undefined`: all of it came before. */
  news<Fields extends object>(connection: number, time: number, fields: Fields): Partial<Fields> | undefined {
    this.newest = Math.max(this.newest, time)
    const news: Partial<Fields> = {}
    let isEmpty = true
    for (const key of Object.keys(fields) as (keyof Fields & string)[]) {
      if (!this.#isNews(key, connection, time, fields[key])) continue
      news[key] = fields[key]
      isEmpty = false
    }
    return isEmpty ? undefined : news
  }

  #isNews(key: string, connection: number, time: number, value: unknown): boolean {
    const said = this.#said.get(key)
    if (said === undefined || time > said.time) {
      this.#said.set(key, { time, connection, values: [value] })
      return true
    }
    // Several messages of one millisecond: their order is known on one carrier only.
    if (time < said.time || (connection !== said.connection && said.values.includes(value))) return false
    this.#said.set(key, { time, connection, values: [...said.values.slice(1 - MOMENT), value] })
    return true
  }
}

/** A stall may end with a burst of what the other carrier brought long ago; what is older than these is taken for known. */
const TRADES = 4_096

/** Trades by ids that do not count: each id once. */
export class TradeCopies {
  /** Time by id, oldest arrival first. */
  readonly #known = new Map<string, number>()
  #forgottenUntil = Number.NEGATIVE_INFINITY

  isNew({ tradeId, timestamp }: Trade): boolean {
    if (timestamp < this.#forgottenUntil || this.#known.has(tradeId)) return false
    this.#known.set(tradeId, timestamp)
    if (this.#known.size <= TRADES) return true
    const [oldest] = this.#known
    if (oldest === undefined) return true
    this.#known.delete(oldest[0])
    this.#forgottenUntil = Math.max(this.#forgottenUntil, oldest[1])
    return true
  }
}

const CANDLES = 4

/** Pushes of candles: each state of each candle once, and none after a newer one. */
export class CandleCopies {
  /** Newest push by interval and open time. */
  readonly #pushed = new Map<string, { readonly pushedAt: number; readonly text: string }>()

  isNew(candle: Candle, pushedAt: number): boolean {
    const key = `${candle.interval} ${candle.timestamp}`
    const known = this.#pushed.get(key)
    const text = JSON.stringify(candle)
    if (known !== undefined && (pushedAt < known.pushedAt || (pushedAt === known.pushedAt && text === known.text))) return false
    this.#pushed.delete(key)
    this.#pushed.set(key, { pushedAt, text })
    if (this.#pushed.size > CANDLES * INTERVALS) this.#pushed.delete(this.#pushed.keys().next().value ?? '')
    return true
  }
}

/** More intervals of one instrument at once nobody asks for. */
const INTERVALS = 16
const LIQUIDATIONS = 1_000

/** Liquidations have no id: the same content twice on one carrier is two, once on each of two is one. */
export class LiquidationCopies {
  /** Times told by content, by carrier and of all; oldest content first. */
  readonly #counts = new Map<string, { told: number; readonly by: Map<number, number> }>()

  isNew(liquidation: Liquidation, connection: number): boolean {
    const key = liquidationId(liquidation, 0)
    let count = this.#counts.get(key)
    if (count === undefined) {
      count = { told: 0, by: new Map() }
      this.#counts.set(key, count)
      if (this.#counts.size > LIQUIDATIONS) this.#counts.delete(this.#counts.keys().next().value ?? '')
    }
    const own = (count.by.get(connection) ?? 0) + 1
    count.by.set(connection, own)
    if (own <= count.told) return false
    count.told = own
    return true
  }
}
