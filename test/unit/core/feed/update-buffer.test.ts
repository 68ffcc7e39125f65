import { describe, expect, it } from 'vitest'
import { UpdateBuffer } from '../../../../src/core/feed/update-buffer.js'
import { BookUpdate } from '../../../../src/core/market/book-update.js'

const MOST = 8 << 20

function update(id: number, levels: number): BookUpdate {
  const made = new BookUpdate()
  Object.assign(made, {
    symbol: 'A',
    depth: 50,
    timestamp: id + 0.5,
    sentAt: id + 0.7,
    firstId: id,
    lastId: id + 1,
    previousId: id - 1,
  })
  made.crossId = id * 2
  for (let i = 0; i < levels; i++) {
    made.bids.push(100 - i / 3, i)
    made.asks.push(101 + i / 3, id + i)
  }
  made.asks.push(500, 0)
  return made
}

function all(buffer: UpdateBuffer): BookUpdate[] {
  const found: BookUpdate[] = []
  buffer.find((each) => {
    found.push(each.clone())
    return false
  })
  return found
}

describe('updates that wait for a snapshot', () => {
  it('come back as they were, in their order, however large each is', () => {
    const buffer = new UpdateBuffer('A')
    const kept = [3, 0, 700, 40, 5_000, 1].map((levels, i) => update(1_700_000_000_000 + i, levels))
    for (const each of kept) buffer.push(each, MOST)
    expect(all(buffer)).toEqual(kept.map((each) => each.clone()))
    expect(buffer.find(({ lastId }) => lastId > 1_700_000_000_002)?.firstId).toBe(1_700_000_000_002)
    buffer.clear()
    expect([all(buffer), buffer.bytes]).toEqual([[], 0])
  })

  it('take no more than they may: the oldest go, the newest stay', () => {
    const buffer = new UpdateBuffer('A')
    for (let id = 0; id < 5_000; id++) buffer.push(update(id, 20), 1 << 20)
    expect(buffer.bytes).toBeLessThanOrEqual(1 << 20)
    const ids = all(buffer).map(({ firstId }) => firstId)
    expect(ids.at(-1)).toBe(4_999)
    expect(ids).toEqual(ids.map((_, i) => 5_000 - ids.length + i))
    // 90 numbers each.
    expect(ids.length).toBeGreaterThan((0.9 * (1 << 20)) / (91 * 8) - 30)
  })
})
