/**
 * How long the newest message of each connection was under way. The difference of the clocks is in all of them alike, so that two
 * can be compared though none of them is known.
 */
export class CarrierDelays {
  readonly #us = new Map<number, number>()

  /** A message of the exchange's time `timestamp` (ms; `null` or 0: none given), received at `stamp` (µs). */
  note(connection: number, timestamp: number | null, stamp: number): void {
    if (timestamp !== null && timestamp > 0) this.#us.set(connection, stamp - timestamp * 1000)
  }

  /** µs by which the one is late against the other; 0 when it is not, or when one of them is not known. */
  behind(connection: number, other: number): number {
    const [late, early] = [this.#us.get(connection), this.#us.get(other)]
    return late === undefined || early === undefined ? 0 : Math.max(0, late - early)
  }

  forget(connection: number): void {
    this.#us.delete(connection)
  }
}
