import fc from 'fast-check'
import { expect, it } from 'vitest'
import { BlackBox } from '../../../../src/core/feed/black-box.js'
import type { RecordKind } from '../../../../src/core/feed/journal/record.js'

function dumped(box: BlackBox, exchange = 'binance') {
  const records: { connection: number; stamp: number; kind: RecordKind; text: string }[] = []
  box.dump(exchange, {
    append: (_exchange, connection, stamp, kind, payload) =>
      records.push({ connection, stamp, kind, text: payload.toString('latin1') }),
  })
  return records
}

it('holds the newest 10 000 records of a run, whole, each exchange apart', () => {
  const box = new BlackBox()
  for (let i = 0; i < 25_000; i++) {
    box.append(i % 2 === 0 ? 'binance' : 'bybit', 1 + (i % 3), i, i % 5 === 0 ? 'rest' : 'ws', Buffer.from(`record ${i}`))
  }
  const own = dumped(box)
  expect(box.count).toBe(10_000)
  expect(own.length + dumped(box, 'bybit').length).toBe(10_000)
  expect(own[0]).toEqual({ connection: 1, stamp: 15_000, kind: 'rest', text: 'record 15000' })
  expect(own.at(-1)).toEqual({ connection: 3, stamp: 24_998, kind: 'ws', text: 'record 24998' })
})

it('takes no more memory than it began with, however large the records are, and never gives a damaged one', () => {
  const size = fc.integer({ min: 0, max: 1_200_000 })
  fc.assert(
    fc.property(fc.array(size, { minLength: 20, maxLength: 60 }), (sizes) => {
      const box = new BlackBox()
      for (const [i, length] of sizes.entries()) box.append('binance', 1, i, 'ws', Buffer.alloc(length, i))
      const own = dumped(box)
      const kept = sizes.flatMap((length, i) => (length > 1 << 20 ? [] : [i])).slice(-own.length)
      expect(own.map(({ stamp }) => stamp)).toEqual(own.length === 0 ? [] : kept)
      for (const { stamp, text } of own) {
        expect(text.length).toBe(sizes[stamp])
        expect(Buffer.from(text, 'latin1').every((byte) => byte === stamp)).toBe(true)
      }
      expect(own.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(8 << 20)
      const smallest = sizes.every((length) => length <= 1 << 20) ? Math.min(sizes.length, 6) : 0
      expect(own.length).toBeGreaterThanOrEqual(smallest)
    }),
    { numRuns: 30 },
  )
})
