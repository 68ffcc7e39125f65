/** One socket of a feed as far as its renewal needs to know it. */
export interface Renewable {
  readonly isOpen: boolean
  readonly topics: ReadonlySet<string>
}

export interface RenewalWorld<Connection extends Renewable> {
  /** A second connection for the same topics. */
  open(old: Connection): Connection
  /** Everything that the old one brings comes by the new one too, and nothing is missing between them. */
  isReady(old: Connection, fresh: Connection): boolean
  /** ms by which the old one brings later what the new one brought. */
  behindMs(old: Connection, fresh: Connection): number
  /** The old one is not needed any longer. */
  retire(old: Connection, fresh: Connection): void
  /** The old one goes on, or comes back, by itself. */
  drop(fresh: Connection, old: Connection): void
}

/** Of an exchange's limit of 24 h, the last hour is kept free: a successor that is refused can try again. */
const MARGIN = 1 / 24
/** And up to 40 minutes more, so that connections that were opened together are not renewed together. */
const JITTER = 1 / 36
/** A successor that is not ready after this part of the lifetime, and half a minute at least, gives way to those of others. */
const ATTEMPT = 1 / 96
const SHORTEST_ATTEMPT_MS = 30_000

interface Renewal<Connection> {
  readonly old: Connection
  readonly fresh: Connection
  readonly until: number
  /** Since when the successor brings everything, ms; `undefined`: it does not. */
  readySince: number | undefined
}

/**
 * Make before break: an exchange that cuts connections at an age gets a successor for each in time, one after the other. The
 * old one ends once the successor has taken over; until then it goes on, whatever becomes of the successor.
 */
export class Renewals<Connection extends Renewable> {
  readonly #lifetimeMs: number
  readonly #random: () => number
  readonly #world: RenewalWorld<Connection>
  readonly #dueAt = new Map<Connection, number>()
  #present: Renewal<Connection> | undefined

  /** `lifetimeMs`: age at which the exchange cuts; `Infinity`: it does not. */
  constructor(lifetimeMs: number, random: () => number, world: RenewalWorld<Connection>) {
    this.#lifetimeMs = lifetimeMs
    this.#random = random
    this.#world = world
  }

  get #attemptMs(): number {
    return Math.max(SHORTEST_ATTEMPT_MS, this.#lifetimeMs * ATTEMPT)
  }

  /** It is being replaced, or replaces one: it gets no further topics. */
  involves(connection: Connection): boolean {
    return this.#present?.old === connection || this.#present?.fresh === connection
  }

  opened(connection: Connection, nowMs: number): void {
    const early = this.#lifetimeMs * (MARGIN + JITTER * this.#random())
    if (this.#lifetimeMs < Number.POSITIVE_INFINITY) this.#dueAt.set(connection, nowMs + this.#lifetimeMs - early)
  }

  /** It was cut. If its successor is there already it stays away, else it comes back as ever. */
  closed(connection: Connection): void {
    this.#dueAt.delete(connection)
    if (this.#present?.old !== connection) return
    const { old, fresh } = this.#present
    this.#present = undefined
    if (fresh.isOpen && covers(fresh, old)) this.#world.retire(old, fresh)
    else this.#world.drop(fresh, old)
  }

  /** Call it every second. */
  watch(nowMs: number): void {
    if (this.#present !== undefined) {
      const { old, fresh, until } = this.#present
      const hasTakenOver = this.#hasTakenOver(this.#present, nowMs)
      if (!hasTakenOver && nowMs < until) return
      this.#present = undefined
      if (hasTakenOver) {
        this.#dueAt.delete(old)
        this.#world.retire(old, fresh)
        return
      }
      this.#dueAt.set(old, nowMs + this.#attemptMs)
      this.#world.drop(fresh, old)
    }
    for (const [old, dueAt] of this.#dueAt) {
      if (dueAt > nowMs || !old.isOpen || old.topics.size === 0) continue
      this.#present = { old, fresh: this.#world.open(old), until: nowMs + this.#attemptMs, readySince: undefined }
      return
    }
  }

  /** What was sent before the successor brought everything is still under way on an old one that is late. */
  #hasTakenOver(renewal: Renewal<Connection>, nowMs: number): boolean {
    const { old, fresh } = renewal
    const isReady = fresh.isOpen && covers(fresh, old) && this.#world.isReady(old, fresh)
    renewal.readySince = isReady ? (renewal.readySince ?? nowMs) : undefined
    return renewal.readySince !== undefined && nowMs - renewal.readySince >= this.#world.behindMs(old, fresh)
  }
}

function covers(fresh: Renewable, old: Renewable): boolean {
  return old.topics.size > 0 && [...old.topics].every((topic) => fresh.topics.has(topic))
}
