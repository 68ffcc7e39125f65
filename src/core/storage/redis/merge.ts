/** From entries of several streams to the order in which each collector wrote them, and to what is missing among them. Pure. */
import type { EventType } from '../../market/event.js'
import { HEARTBEAT, type Heartbeat, type StreamEntry } from './names.js'

export type FollowedType = EventType | typeof HEARTBEAT

export interface ReadEntry extends StreamEntry {
  readonly type: FollowedType
  /** `<server's ms>-<number>` */
  readonly id: string
}

/** `loss`: entries of a stream that nobody can read any more. The ids are those before and after; `null` where there is none. */
export type Followed =
  | { readonly kind: 'event'; readonly type: EventType; readonly body: string }
  | {
      readonly kind: 'loss'
      readonly type: EventType
      readonly lost: number
      readonly lastId: string | null
      readonly nextId: string | null
    }
  | { readonly kind: 'alive' | 'over'; readonly run: string }

interface Seen {
  readonly inStream: number
  readonly id: string | null
}

/** Runs that are remembered: each has a few numbers. */
const RUNS_KEPT = 100

export class StreamMerge {
  readonly #attachedAt: number
  readonly #types: readonly EventType[]
  readonly #runs = new Map<string, Map<FollowedType, Seen>>()
  #pending: ReadEntry[] = []

  /** `attachedAt`: the server's ms. What was written before is nobody's loss. */
  constructor(attachedAt: number, types: readonly EventType[]) {
    this.#attachedAt = attachedAt
    this.#types = types
  }

  /** The newest entry of a stream when it began to be followed. */
  begin({ run, type, inStream, id }: ReadEntry): void {
    this.#of(run).set(type, { inStream, id })
  }

  /** `before`: entries from this ms on may still have earlier ones beside them, unread; they wait. */
  add(entries: readonly ReadEntry[], before = Number.POSITIVE_INFINITY): Followed[] {
    const all = [...this.#pending, ...entries]
    this.#pending = all.filter(({ id }) => msOf(id) >= before)
    const followed: Followed[] = []
    for (const entry of inOrder(all.filter(({ id }) => msOf(id) < before))) this.#take(entry, followed)
    return followed
  }

  #take(entry: ReadEntry, followed: Followed[]): void {
    const { run, type, inStream, id, body } = entry
    const last = this.#of(run).get(type) ?? this.#first(entry)
    // Sent again, because the collector could not know that it had arrived.
    if (inStream <= last.inStream) return
    this.#of(run).set(type, { inStream, id })
    if (type === HEARTBEAT) {
      this.#count(entry, followed)
      return
    }
    const lost = inStream - last.inStream - 1
    if (lost > 0) followed.push({ kind: 'loss', type, lost, lastId: last.id, nextId: id })
    followed.push({ kind: 'event', type, body })
  }

  /** Of a run that began while we followed, all is ours; of an earlier one what comes from here on. */
  #first({ run, inStream }: Pick<ReadEntry, 'run' | 'inStream'>): Seen {
    return { inStream: msOf(run) > this.#attachedAt ? 0 : inStream - 1, id: null }
  }

  /** A stream that fell silent has no next entry to show the hole: the collector's own count does. */
  #count({ run, body }: ReadEntry, followed: Followed[]): void {
    const { counts, isOver } = parseHeartbeat(body)
    const seen = this.#of(run)
    for (const type of this.#types) {
      const count = counts[type] ?? 0
      const last = seen.get(type) ?? this.#first({ run, inStream: count + 1 })
      if (count <= last.inStream) continue
      seen.set(type, { inStream: count, id: last.id })
      followed.push({ kind: 'loss', type, lost: count - last.inStream, lastId: last.id, nextId: null })
    }
    followed.push({ kind: isOver ? 'over' : 'alive', run })
  }

  #of(run: string): Map<FollowedType, Seen> {
    let seen = this.#runs.get(run)
    if (seen !== undefined) return seen
    seen = new Map()
    this.#runs.set(run, seen)
    const [oldest] = this.#runs.keys()
    if (this.#runs.size > RUNS_KEPT && oldest !== undefined) this.#runs.delete(oldest)
    return seen
  }
}

/** Each run by its own numbers; between runs whose next entry came to the server first. */
function inOrder(entries: readonly ReadEntry[]): ReadEntry[] {
  const byRun = new Map<string, ReadEntry[]>()
  for (const entry of entries) {
    const own = byRun.get(entry.run)
    if (own === undefined) byRun.set(entry.run, [entry])
    else own.push(entry)
  }
  const runs = [...byRun.values()].map((own) => own.toSorted((a, b) => a.number - b.number))
  if (runs.length <= 1) return runs[0] ?? []
  const ordered: ReadEntry[] = []
  const heads = runs.map((own) => ({ own, at: 0 }))
  while (ordered.length < entries.length) {
    let first: (typeof heads)[number] | undefined
    for (const head of heads) if (timeAt(head) < timeAt(first)) first = head
    const entry = first?.own[first.at]
    if (first === undefined || entry === undefined) break
    ordered.push(entry)
    first.at += 1
  }
  return ordered
}

function timeAt(head: { readonly own: readonly ReadEntry[]; readonly at: number } | undefined): number {
  const entry = head?.own[head.at]
  return entry === undefined ? Number.POSITIVE_INFINITY : msOf(entry.id)
}

/** The server's ms at the head of an entry's id or of a run's name. */
export function msOf(id: string): number {
  return Number.parseInt(id, 10)
}

function parseHeartbeat(body: string): Heartbeat {
  try {
    const { counts = {}, isOver = false } = JSON.parse(body) as Partial<Heartbeat>
    return { counts, isOver }
  } catch {
    // Written by something else: it counts nothing.
    return { counts: {}, isOver: false }
  }
}
