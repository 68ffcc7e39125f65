/** Exactly one recovery a gap: no book is seeded anew without a reason that came after it was seeded before. */
import type { MarketEvent } from '../../src/core/market/event.js'
import type { Outgoing } from '../../src/core/sandbox/gate.js'

/** What makes a book need a new seed, beside its gaps. */
const REASONS: ReadonlySet<string> = new Set(['suspect', 'silent'])
const ALL_OF_EXCHANGE: ReadonlySet<string> = new Set(['disconnected', 'connected'])

export class SeedCheck {
  readonly violations: string[] = []
  /** Books that were seeded since the last reason for it. */
  readonly #seeded = new Set<string>()

  /** Went out as it was: a whole book among it is a seed. */
  passed(outgoing: Outgoing): void {
    const symbol = seedOf(outgoing)
    if (symbol === undefined) return
    const name = `${outgoing.exchange} ${symbol}`
    if (this.#seeded.has(name)) this.violations.push(`${name}: seeded again for nothing`)
    this.#seeded.add(name)
  }

  event(event: MarketEvent): void {
    const { exchange, symbol } = event
    if (event.type === 'gap' && event.channel === 'book') this.#seeded.delete(`${exchange} ${symbol}`)
    if (event.type !== 'status') return
    if (REASONS.has(event.status)) this.#seeded.delete(`${exchange} ${symbol}`)
    if (!ALL_OF_EXCHANGE.has(event.status)) return
    for (const name of this.#seeded) if (name.startsWith(`${exchange} `)) this.#seeded.delete(name)
  }
}

function seedOf(outgoing: Outgoing): string | undefined {
  if (outgoing.kind === 'frame') return outgoing.ids?.isSnapshot === true ? outgoing.ids.symbol : undefined
  if (outgoing.kind !== 'response' || !outgoing.path.endsWith('/depth') || outgoing.response.status !== 200) return undefined
  return outgoing.query.get('symbol') ?? undefined
}
