import { CHANNELS, type Channel } from '../../market/event.js'

/** A subscription as a record on connection 0: what is asked for is data, for silence can only be told of what was asked for. */
export interface SubscriptionRecord {
  readonly channel: Channel
  readonly symbol: string
  /** Number of the connection that carries it; −1: polled. */
  readonly connection: number
}

export function encodeSubscription({ channel, symbol, connection }: SubscriptionRecord): Buffer {
  return Buffer.from(`subscription ${channel} ${connection} ${symbol}`)
}

/** `undefined`: the record is of another kind. */
export function parseSubscription(text: string): SubscriptionRecord | undefined {
  const [, name, connection, symbol] = /^subscription (\S+) (-?\d+) (.+)$/.exec(text) ?? []
  const channel = CHANNELS.find((each) => each === name)
  return channel === undefined || symbol === undefined ? undefined : { channel, symbol, connection: Number(connection) }
}
