/** The exchange answered the opening handshake with an HTTP status: 403, 418 and 429 are bans, 404 is a wrong path. */
export class UpgradeRefusedError extends Error {
  readonly status: number
  /** What the exchange asks for, ms, where it does. */
  readonly retryAfterMs: number | undefined

  constructor(status: number, retryAfter: number | undefined, body: string) {
    super(`the WebSocket was refused with HTTP ${status}${body === '' ? '' : `: ${body}`}`)
    this.name = 'UpgradeRefusedError'
    this.status = status
    this.retryAfterMs = retryAfter
  }
}
