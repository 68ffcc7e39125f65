/** The one door through which everything leaves the simulated exchanges: what goes wrong on purpose goes wrong here. */
import type { ServerPeer, ServerResponse } from '../net/server.js'

export interface OutgoingFrame {
  readonly kind: 'frame'
  readonly exchange: string
  readonly connection: number
  /** `undefined`: an answer to the client's own message. */
  readonly topic: string | undefined
  readonly text: string
  /** What a frame of a book tells: how the exchange and the topic count it. */
  readonly ids?: BookIds | undefined
  readonly peer: ServerPeer
}

export interface BookIds {
  readonly symbol: string
  /** Of the simulated matching engine. */
  readonly firstId: number
  readonly lastId: number
  /** Number of the update within its topic. */
  readonly count: number
  readonly isSnapshot: boolean
}

export interface OutgoingResponse {
  readonly kind: 'response'
  readonly exchange: string
  /** Without the exchange's prefix. */
  readonly path: string
  readonly query: URLSearchParams
  readonly response: ServerResponse
  /** The answer as it was so many ms ago; `undefined` where it tells no book. */
  asOf(agoMs: number): ServerResponse | undefined
  /** Answers the client, now or later; only the first call counts. */
  respond(response: ServerResponse | 'hang-up'): void
}

/** A socket is about to be accepted. */
export interface OutgoingUpgrade {
  readonly kind: 'upgrade'
  readonly exchange: string
  /** Without the exchange's prefix. */
  readonly path: string
  /** With this HTTP status instead. */
  refuse(status: number): void
}

export type Outgoing = OutgoingFrame | OutgoingResponse | OutgoingUpgrade

/** Lets pass, changes, repeats, delays or swallows. */
export type Gate = (outgoing: Outgoing) => void

/** A client that takes this much less than it is sent is cut off, as the exchanges do. */
const LARGEST_BACKLOG_BYTES = 8 << 20

/** Nothing goes wrong. */
export const openGate: Gate = (outgoing) => {
  if (outgoing.kind === 'response') outgoing.respond(outgoing.response)
  else if (outgoing.kind === 'frame') sendFrame(outgoing.peer, outgoing.text)
}

function sendFrame(peer: ServerPeer, text: string): void {
  peer.send(text)
  if (peer.bufferedAmount > LARGEST_BACKLOG_BYTES) peer.destroy()
}
