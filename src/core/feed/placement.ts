import type { Exchange, Subscription } from '../exchanges/contract.js'

/** A connection that topics can be put on, as far as this needs to know it. */
export interface Slot {
  readonly socketClass: string
  readonly topics: ReadonlySet<string>
}

/** Topics that go together on one connection: the one at `index`, which is new where it does not exist yet. */
export interface Placement {
  readonly index: number
  readonly socketClass: string
  readonly topics: readonly string[]
}

/**
 * Puts topics on connections within the exchange's limits, filling up those that run before opening new ones. Topics that run
 * already are left where they are. The same for the plan that is shown and for what is done.
 */
export function placeTopics(
  exchange: Exchange,
  slots: readonly Slot[],
  wanted: ReadonlyMap<string, readonly string[]>,
): Placement[] {
  const { topicsPerConnection, charactersPerConnection = Number.POSITIVE_INFINITY } = exchange.sockets
  const running = new Set(slots.flatMap(({ topics }) => [...topics]))
  const loads = slots.map(({ socketClass, topics }) => ({
    socketClass,
    count: topics.size,
    characters: lengthOf(topics),
    added: [] as string[],
  }))
  for (const [socketClass, topics] of wanted) {
    for (const topic of topics) {
      if (running.has(topic)) continue
      let load = loads.find(
        (each) =>
          each.socketClass === socketClass &&
          each.count < topicsPerConnection &&
          each.characters + topic.length <= charactersPerConnection,
      )
      if (load === undefined) {
        load = { socketClass, count: 0, characters: 0, added: [] }
        loads.push(load)
      }
      load.count += 1
      load.characters += topic.length
      load.added.push(topic)
    }
  }
  return loads
    .map(({ socketClass, added }, index) => ({ index, socketClass, topics: added }))
    .filter(({ topics }) => topics.length > 0)
}

/** Topics of each class of socket, each once, in the order asked for. What is polled has none. */
export function topicsBySocket(exchange: Exchange, subscriptions: Iterable<Subscription>): Map<string, string[]> {
  const sockets = new Map<string, Set<string>>()
  for (const subscription of subscriptions) {
    if (exchange.channels[subscription.channel]?.poll !== undefined) continue
    for (const { name, socket } of exchange.stream.topics(subscription)) {
      const names = sockets.get(socket) ?? new Set()
      sockets.set(socket, names.add(name))
    }
  }
  return new Map([...sockets].map(([socket, names]) => [socket, [...names]]))
}

/** Topics in as many messages as an exchange wants. */
export function inMessages(topics: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.ceil(topics.length / size) }, (_, i) => topics.slice(i * size, (i + 1) * size))
}

function lengthOf(topics: Iterable<string>): number {
  let sum = 0
  for (const topic of topics) sum += topic.length
  return sum
}
