import { nearest, UsageError } from '../errors.js'
import type { Exchange } from '../exchanges/contract.js'
import type { Pipeline } from '../feed/pipeline.js'

interface Named {
  readonly exchange: string
  readonly symbol: string
  readonly pair: string
}

/** The instruments that the user named, for a recording, which has no list of them: found out as they turn up. */
export class NamedInstruments {
  readonly #names: readonly string[]
  readonly #exchanges: ReadonlyMap<string, Exchange>
  readonly #known = new Map<string, boolean>()

  constructor(names: readonly string[], exchanges: ReadonlyMap<string, Exchange>) {
    this.#names = names.map((name) => name.toUpperCase())
    this.#exchanges = exchanges
  }

  /** Everything is wanted when nothing was named, and what concerns no instrument always. */
  has(named: Named): boolean {
    if (this.#names.length === 0 || named.symbol === '') return true
    const key = `${named.exchange} ${named.symbol}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const isWanted = this.#names.some((name) => this.#is(name, named))
    this.#known.set(key, isWanted)
    return isWanted
  }

  /** Names, in capitals, that none of these has. */
  missing(present: readonly Named[]): string[] {
    return this.#names.filter((name) => !present.some((each) => this.#is(name, each)))
  }

  /** Names that no instrument of the recording has, as warnings. Throws `UsageError` when that is all of them. */
  check(pipelines: Iterable<Pipeline>): string[] {
    const present = [...pipelines].flatMap(({ states }) => [...states].map((state) => state.instrument))
    const missing = this.missing(present)
    const [first] = missing
    if (first === undefined) return []
    if (missing.length < this.#names.length) return missing.map((name) => `${name} is not in the recording`)
    const symbols = [...new Set(present.map((each) => each.symbol))]
    const near = nearest(first, symbols)
    throw new UsageError('USAGE_UNKNOWN_SYMBOL', `The recording has no ${first}`, {
      suggestions: [near.length > 0 ? `Did you mean ${near.join(', ')}?` : `It has ${symbols.slice(0, 10).join(', ')}`],
    })
  }

  #is(name: string, { exchange, symbol, pair }: Named): boolean {
    return (
      symbol.toUpperCase() === name || pair.toUpperCase() === name || this.#exchanges.get(exchange)?.symbols.main(name) === symbol
    )
  }
}
