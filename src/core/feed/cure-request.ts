/** Asks for a cure of one book, never for a second one before the first came, failed or lost its meaning. */
export class CureRequest {
  readonly #ask: (attempt: number) => void
  #attempt = 0
  #isAsked = false

  constructor(ask: (attempt: number) => void) {
    this.#ask = ask
  }

  /** One more attempt since the book was right. A refresh may be under way when the book breaks: its snapshot is the cure then. */
  again(): void {
    this.#attempt += 1
    this.#send(this.#attempt)
  }

  /** The book is right; what it has shall be renewed before it ends. */
  refresh(): void {
    this.#send(1)
  }

  /** It came, or it failed: the next one may be asked for. */
  answered(): void {
    this.#isAsked = false
  }

  /** The book is right: the next cure is the first one again. */
  succeeded(): void {
    this.#attempt = 0
  }

  #send(attempt: number): void {
    if (this.#isAsked) return
    this.#isAsked = true
    this.#ask(attempt)
  }
}
