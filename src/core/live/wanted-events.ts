import type { Exchange } from '../exchanges/contract.js'
import { NamedInstruments } from './named.js'

interface Published {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
}

export interface Wanted {
  /** Ids of exchanges; all when missing. */
  readonly exchanges: readonly string[] | undefined
  /** Base assets, symbols or pairs; all when empty. */
  readonly symbols: readonly string[]
  /** By which names are told apart. */
  readonly known: ReadonlyMap<string, Exchange>
}

/** Which of all that others publish was asked for, and of which names nothing comes. */
export class WantedEvents {
  readonly #exchanges: readonly string[] | undefined
  readonly #named: NamedInstruments
  readonly #heard = new Map<string, Published>()

  constructor({ exchanges, symbols, known }: Wanted) {
    this.#exchanges = exchanges
    this.#named = new NamedInstruments(symbols, known)
  }

  /** What concerns a whole exchange or connection is never filtered away by a symbol. */
  has({ exchange, symbol, pair }: Published): boolean {
    if (exchange !== '' && this.#exchanges?.includes(exchange) === false) return false
    const key = `${exchange} ${symbol}`
    if (symbol !== '' && !this.#heard.has(key)) this.#heard.set(key, { exchange, symbol, pair })
    return this.#named.has({ exchange, symbol, pair })
  }

  /** Names of which nothing came, while something did of others. */
  get unheard(): readonly string[] {
    return this.#heard.size === 0 ? [] : this.#named.missing([...this.#heard.values()])
  }

  get symbols(): readonly string[] {
    return [...new Set([...this.#heard.values()].map(({ symbol }) => symbol))].sort()
  }
}
