import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BookSide } from '../../src/core/book/book-side.js'
import type { BookRule } from '../../src/core/exchanges/contract.js'
import { BookSynchroniser, type SyncEvents } from '../../src/core/feed/synchroniser.js'
import { type Change, ExchangeEngine, type Message } from '../support/exchange-engine.js'

const RULES: Readonly<Record<string, BookRule>> = {
  'previous ids, REST snapshots': rule('rest', 'previous-id', 0),
  'first ids, REST snapshots': rule('rest', 'first-id', 1),
  'first ids, snapshots in the stream': rule('stream', 'first-id', undefined),
}

function rule(snapshot: 'rest' | 'stream', chain: 'previous-id' | 'first-id', bridgeOffset: 0 | 1 | undefined): BookRule {
  const recovery = snapshot === 'rest' ? 'reseed' : 'resubscribe'
  const common = { snapshot, chain, recovery, snapshotDepth: 3, isWindowed: false } as const
  return bridgeOffset === undefined ? common : { ...common, bridgeOffset }
}

/** What happens between the engine and us. `back` counts messages or ids. */
type Step =
  | { readonly kind: 'message'; readonly changes: readonly Change[]; readonly fate: 'arrives' | 'lost' | 'late' | 'twice' }
  | { readonly kind: 'again'; readonly back: number }
  | { readonly kind: 'snapshot'; readonly back: number; readonly isAsked: boolean }
  | { readonly kind: 'failure' | 'retry' | 'cut' | 'stream snapshot' }

const change: fc.Arbitrary<Change> = fc
  .record({
    isBid: fc.boolean(),
    price: fc.oneof(fc.nat(3), fc.nat(14)),
    // Levels go more often than they come, near the top above all: the market has to leave what a snapshot knew.
    quantity: fc.constantFrom(0, 0, 1, 2.5, 7),
    skip: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ isBid, price, ...rest }) => ({ isBid, price: isBid ? 100 - price : 101 + price, ...rest }))

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('message' as const),
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
      fate: fc.oneof(
        { weight: 8, arbitrary: fc.constant('arrives' as const) },
        { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'late' as const, 'twice' as const) },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('again' as const), back: fc.nat(6) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('snapshot' as const), back: fc.nat(12), isAsked: fc.boolean() }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom({ kind: 'failure' as const }, { kind: 'retry' as const }, { kind: 'stream snapshot' as const }),
  },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'cut' as const }, { kind: 'stream snapshot' as const }) },
)

interface Gap {
  readonly lastId: number | null
  readonly nextId: number | null
}

/** A synchroniser at the engine's wire: holds it to the engine after everything that happens. */
class Bench {
  readonly engine: ExchangeEngine
  readonly sync: BookSynchroniser
  readonly tally = { readable: 0, gaps: 0, cures: 0, refreshes: 0 }
  readonly #rule: BookRule
  #gaps: Gap[] = []
  #isCureAsked = false
  /** Newest id that arrived since the connection began. */
  #arrived = -1
  #delayed: Message | undefined
  /** A change was joined to a book: its topic counts one by one. */
  #hasFollowed = false

  constructor(rule: BookRule) {
    this.#rule = rule
    this.engine = new ExchangeEngine(rule)
    const events: SyncEvents = {
      changed: () => this.#check(),
      entered: () => undefined,
      gap: (_sync, lastId, nextId) => this.#gaps.push({ lastId, nextId }),
      cure: (sync) => {
        expect(this.#isCureAsked, 'a second cure was asked for while one is under way').toBe(false)
        this.#isCureAsked = true
        this.tally.cures += 1
        if (sync.state === 'synced') this.tally.refreshes += 1
      },
    }
    this.sync = new BookSynchroniser('X', rule, events)
  }

  run(step: Step): void {
    switch (step.kind) {
      case 'message':
        this.#message(this.engine.change(step.changes), step.fate)
        break
      case 'again':
        this.#again(step.back)
        break
      case 'snapshot':
        this.#restSnapshot(this.engine.id - step.back, step.isAsked)
        break
      case 'stream snapshot':
        this.streamSnapshot()
        break
      case 'failure':
        if (this.#isCureAsked) this.#answer(() => this.sync.cureFailed('no answer'))
        break
      case 'retry':
        this.sync.retry()
        break
      case 'cut':
        this.#cut()
    }
    this.#check()
  }

  /** Everything arrives, and every cure is given at once: the book has to come right. */
  heal(): void {
    for (let i = 0; i < 4; i++) {
      this.run({ kind: 'message', changes: [{ isBid: true, price: 95, quantity: i + 1, skip: 0 }], fate: 'arrives' })
      this.run({ kind: 'retry' })
      if (this.#rule.snapshot === 'stream') this.streamSnapshot()
      else if (this.sync.needsSnapshot) this.#restSnapshot(this.engine.id, true)
    }
    expect(this.sync.book?.sequence).toBe(this.engine.id)
  }

  streamSnapshot(): void {
    if (this.#rule.snapshot !== 'stream') return
    this.#delayed = undefined
    this.#isCureAsked = false
    const { id } = this.engine
    const known = this.sync.book?.sequence ?? id
    const lost = this.#hasFollowed && id > known + 1 ? [{ lastId: known, nextId: id }] : []
    this.#expectGaps(lost, () => this.sync.update(this.engine.snapshot(id, 0), 1))
    this.#arrived = id
  }

  #message(message: Message, fate: Extract<Step, { kind: 'message' }>['fate']): void {
    if (fate === 'lost') return
    if (fate === 'late') {
      this.#delayed = message
      return
    }
    this.#deliver(message)
    if (fate === 'twice') this.#deliver(message)
    if (this.#delayed === undefined) return
    const delayed = this.#delayed
    this.#delayed = undefined
    this.#deliver(delayed)
  }

  #again(back: number): void {
    const message = this.engine.messages.at(-1 - back)
    if (message !== undefined && message.update.lastId <= this.#arrived) this.#deliver(message)
  }

  /** A hole is told exactly when it can be proven: at the first message behind it, with the ids on both sides. */
  #deliver({ update, previousLast }: Message): void {
    const known = this.sync.book?.sequence ?? this.#arrived
    const isHole = known >= 0 && previousLast > known
    const before = this.sync.book?.sequence
    this.#expectGaps(isHole ? [{ lastId: known, nextId: update.firstId }] : [], () => this.sync.update(update, 1))
    if (isHole) expect(this.sync.book).toBeUndefined()
    else if (before !== undefined) expect(this.sync.book?.sequence).toBe(Math.max(before, update.lastId))
    if (!isHole && before !== undefined && update.lastId > before) this.#hasFollowed = true
    this.#arrived = Math.max(this.#arrived, update.lastId)
  }

  #restSnapshot(id: number, isAsked: boolean): void {
    if (this.#rule.snapshot !== 'rest' || id < 1000 || (isAsked && !this.#isCureAsked)) return
    const before = this.sync.book?.sequence ?? -1
    this.#answer(() => this.sync.snapshot(this.engine.snapshot(id, this.#rule.snapshotDepth), 1))
    if (this.sync.book !== undefined) expect(this.sync.book.sequence).toBeGreaterThanOrEqual(before)
  }

  #cut(): void {
    const { book } = this.sync
    this.#isCureAsked = false
    this.#delayed = undefined
    this.#expectGaps(book === undefined ? [] : [{ lastId: book.sequence, nextId: null }], () => this.sync.reset('cut', true))
    this.#arrived = -1
    expect(this.sync.book).toBeUndefined()
  }

  #answer(work: () => void): void {
    this.#isCureAsked = false
    this.#expectGaps([], work)
  }

  #expectGaps(expected: readonly Gap[], work: () => void): void {
    this.#gaps = []
    work()
    expect(this.#gaps).toEqual(expected)
    this.tally.gaps += expected.length
  }

  #check(): void {
    const { book } = this.sync
    if (book === undefined) return
    this.tally.readable += 1
    const truth = this.engine.at(book.sequence)
    expect(known(book.bids)).toEqual([...truth.bids].filter(([price]) => book.bids.isTrusted(price)).sort((a, b) => b[0] - a[0]))
    expect(known(book.asks)).toEqual([...truth.asks].filter(([price]) => book.asks.isTrusted(price)).sort((a, b) => a[0] - b[0]))
  }
}

/** The levels of which nothing is missing. */
function known(side: BookSide): (readonly [number, number])[] {
  return side.levels(side.length).filter(([price]) => side.isTrusted(price))
}

describe('a book whose messages are lost, late, doubled and out of order', () => {
  for (const [name, each] of Object.entries(RULES)) {
    it(`is the engine's book whenever it can be read, and tells every hole once (${name})`, () => {
      const seen = { readable: 0, gaps: 0, cures: 0, refreshes: 0 }
      fc.assert(
        fc.property(fc.boolean(), fc.array(step, { minLength: 5, maxLength: 60 }), (isSeeded, steps) => {
          const bench = new Bench(each)
          if (isSeeded) bench.heal()
          for (const one of steps) bench.run(one)
          bench.heal()
          for (const key of Object.keys(seen) as (keyof typeof seen)[]) seen[key] += bench.tally[key]
        }),
        { numRuns: 400, seed: 20_260_809 },
      )
      // The steps have to bring about what is claimed of them.
      expect(Math.min(seen.readable, seen.gaps, seen.cures)).toBeGreaterThan(80)
      expect(seen.refreshes).toBeGreaterThan(each.snapshot === 'rest' ? 50 : -1)
    })
  }
})
