/** What exchanges and providers have in common when they are asked over HTTP: requests, what they cost, pages of rows. */

/** Whoever can be asked: what `net` has to know of it. */
export interface Service {
  readonly id: string
  readonly name: string
  /** Request budgets by name; each request names the one that it is paid from. */
  readonly budgets: Readonly<Record<string, Budget>>
  readonly bans: BanRules
  /** The part of its budgets that is used, where they are declared with a reserve; else it is the user's to say. */
  readonly budgetShare?: number
  /** Of one that has sockets: new connections allowed in five minutes. */
  readonly sockets?: { readonly connectionsPer5Minutes: number }
}

export interface Budget {
  /** Weight that may be spent in one window. */
  readonly limit: number
  readonly windowMs: number
  /** True: the window is aligned to the clock (a UTC minute). False: it slides. */
  readonly isAligned: boolean
  /** Response header (lower case) with the weight used in the present window, where there is one. */
  readonly usedHeader?: string
}

/** What a service does with those who ask too much: HTTP status → ms of silence when it does not say for how long. */
export interface BanRules {
  readonly statuses: Readonly<Record<number, number>>
  /** A pause of undeclared length doubles when it proves too short, up to this, ms. */
  readonly longestMs?: number
  /**
   * The pause that an answer demands otherwise than by status and `Retry-After`; `isExact`: it says for how long. `undefined`:
   * none, or nothing beyond what the statuses say. `now` in ms UTC.
   */
  pause?(answer: Answer, now: number): { readonly ms: number; readonly isExact: boolean } | undefined
}

/** As it came: names of headers in lower case. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface HttpRequest {
  readonly path: string
  readonly query: Readonly<Record<string, string | number | undefined>>
  /** Name of the budget and what this request costs of it. */
  readonly budget: string
  readonly weight: number
  /** Beside those that every request has, or in their place; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent, and told to nobody: kept out of URLs, records, logs and errors. */
  readonly secrets?: Secrets
}

export interface Secrets {
  readonly query?: Readonly<Record<string, string>>
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Where the next page begins; opaque to everyone but the capability that made it. */
export type PageToken = string | number

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next?: PageToken
}
