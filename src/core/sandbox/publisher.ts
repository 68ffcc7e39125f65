/** Who listens to what on one exchange. Each topic runs once, however many listen, and each frame is written once. */
import type { SandboxData, SandboxExchange, SandboxListing, SandboxSession, SandboxTopic } from '../exchanges/sandbox-contract.js'
import type { ServerPeer } from '../net/server.js'
import type { Gate } from './gate.js'
import { MOST_LEVELS } from './market/book.js'
import type { Market } from './market/market.js'
import { mixText } from './market/random.js'
import { type BookData, type BookSource, bookSource, type Source, sourceOf } from './sources.js'

export interface Session extends SandboxSession {
  readonly topics: Set<string>
  readonly peer: ServerPeer
}

export interface Publisher {
  subscribe(session: Session, names: readonly string[]): void
  unsubscribe(session: Session, names: readonly string[]): void
  /** Tells every topic whose time has come; once for each step of the market. */
  step(): void
  /** The newest update of the topic that carries the symbol's whole book and counts its updates, while it runs. */
  wholeBook(symbol: string): BookData | undefined
}

interface RunningTopic {
  readonly name: string
  readonly spec: SandboxTopic
  readonly listing: SandboxListing
  readonly source: Source
  readonly sessions: Set<Session>
  /** Exchanges do not push all topics in the same millisecond. */
  readonly phaseMs: number
  turn: number
}

export function createPublisher(exchange: SandboxExchange, market: Market, gate: Gate): Publisher {
  const running = new Map<string, RunningTopic>()
  // A topic that is heard again goes on counting.
  const counts = new Map<string, number>()
  const wholeBooks = new Map<string, BookSource>()

  const start = (name: string, spec: SandboxTopic, key: string): RunningTopic => {
    const live = market.live(exchange.id, spec.symbol)
    const { listing } = live.instrument
    const phaseMs = spec.everyMs > 0 && spec.kind !== 'mark' ? (mixText(0, name) >>> 0) % spec.everyMs : 0
    const topic = { name, spec, listing, sessions: new Set<Session>(), phaseMs, turn: turnOf(market.now, phaseMs, spec.everyMs) }
    if (spec.kind !== 'book') return { ...topic, source: sourceOf(live, spec) }
    const source = bookSource(live, spec, (counts.get(key) ?? 0) + 1)
    if (spec.hasSnapshot && (spec.depth === 0 || spec.depth >= MOST_LEVELS)) wholeBooks.set(spec.symbol, source)
    return { ...topic, source }
  }

  const stop = (key: string, { source, spec }: RunningTopic): void => {
    running.delete(key)
    if (spec.kind !== 'book') return
    const book = source as BookSource
    counts.set(key, book.published().count)
    if (wholeBooks.get(spec.symbol) === book) wholeBooks.delete(spec.symbol)
  }

  const join = (session: Session, name: string): void => {
    session.topics.add(name)
    const spec = exchange.topic(name, session.socket)
    // Binance acknowledges what it does not know and then stays silent.
    if (spec === undefined || !market.has(exchange.id, spec.symbol)) return
    const key = keyOf(session, name)
    const topic = running.get(key) ?? start(name, spec, key)
    running.set(key, topic)
    topic.sessions.add(session)
    for (const data of topic.source.joined()) tell(exchange, gate, topic, data, [session])
  }

  return {
    subscribe(session, names) {
      for (const name of names) if (!session.topics.has(name)) join(session, name)
    },
    unsubscribe(session, names) {
      for (const name of names) {
        session.topics.delete(name)
        const key = keyOf(session, name)
        const topic = running.get(key)
        if (topic?.sessions.delete(session) === true && topic.sessions.size === 0) stop(key, topic)
      }
    },
    step() {
      for (const topic of running.values()) {
        const turn = turnOf(market.now, topic.phaseMs, topic.spec.everyMs)
        const isDue = turn !== topic.turn
        topic.turn = turn
        for (const data of topic.source.step(isDue)) tell(exchange, gate, topic, data, topic.sessions)
      }
    },
    wholeBook: (symbol) => wholeBooks.get(symbol)?.published(),
  }
}

function tell(
  exchange: SandboxExchange,
  gate: Gate,
  { name, listing }: RunningTopic,
  data: SandboxData,
  sessions: Iterable<Session>,
): void {
  // The form of a frame depends on how the session was opened.
  const written = new Map<string, readonly string[]>()
  const ids = data.kind === 'book' ? data : undefined
  for (const session of sessions) {
    const form = session.url.pathname
    let texts = written.get(form)
    if (texts === undefined) {
      const frame = exchange.frame(name, data, session, listing)
      texts = typeof frame === 'string' ? [frame] : frame
      written.set(form, texts)
    }
    const { peer, connection } = session
    for (const text of texts) gate({ kind: 'frame', exchange: exchange.id, connection, topic: name, text, ids, peer })
  }
}

/** The same name may mean something else on another class of socket. */
function keyOf({ socket }: SandboxSession, name: string): string {
  return `${socket} ${name}`
}

function turnOf(now: number, phaseMs: number, everyMs: number): number {
  return everyMs > 0 ? Math.floor((now + phaseMs) / everyMs) : now
}
