import type { Exchange, Subscription } from '../exchanges/contract.js'

/** A connection that topics can be put on, as far as this needs to know it. */
export interface Slot {
  readonly socketClass: string
  readonly topics: ReadonlySet<string>
  /** Which copy of its topics it carries, from 1, which is meant when it is missing. */
  readonly copy?: number
  /** It takes no further topics. */
  readonly isLeaving?: boolean
}

/** Topics that go together on one connection: the one at `index`, which is new where it does not exist yet. */
export interface Placement {
  readonly index: number
  readonly socketClass: string
  readonly copy: number
  readonly topics: readonly string[]
}

/**
 * Puts topics on connections within the exchange's limits, filling up those that run before opening new ones. Topics that run
 * already are left where they are. With several copies each topic is put on so many connections: one carries topics of one copy
 * only, so that none carries a topic twice. The same for the plan that is shown and for what is done.
 */
export function placeTopics(
  exchange: Exchange,
  slots: readonly Slot[],
  wanted: ReadonlyMap<string, readonly string[]>,
  copies = 1,
): Placement[] {
  const loads = slots.map(({ copy = 1, isLeaving = false, ...slot }) => ({
    ...slot,
    copy,
    isLeaving,
    count: slot.topics.size,
    characters: lengthOf(slot.topics),
    added: [] as string[],
  }))
  for (let copy = 1; copy <= copies; copy++) {
    const running = new Set(loads.filter((load) => load.copy === copy).flatMap(({ topics }) => [...topics]))
    for (const [socketClass, topics] of wanted) {
      for (const topic of topics) {
        if (running.has(topic)) continue
        let load = loads.find((each) => each.copy === copy && each.socketClass === socketClass && hasRoom(exchange, each, topic))
        if (load === undefined) {
          load = { socketClass, copy, isLeaving: false, topics: new Set(), count: 0, characters: 0, added: [] }
          loads.push(load)
        }
        load.count += 1
        load.characters += topic.length
        load.added.push(topic)
      }
    }
  }
  return loads
    .map(({ socketClass, copy, added }, index) => ({ index, socketClass, copy, topics: added }))
    .filter(({ topics }) => topics.length > 0)
}

interface Load {
  readonly isLeaving: boolean
  readonly count: number
  readonly characters: number
}

function hasRoom({ sockets }: Exchange, { isLeaving, count, characters }: Load, topic: string): boolean {
  const { topicsPerConnection, charactersPerConnection = Number.POSITIVE_INFINITY } = sockets
  return !isLeaving && count < topicsPerConnection && characters + topic.length <= charactersPerConnection
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
