import { describe, expect, it } from 'vitest'
import { type Followed, type FollowedType, type ReadEntry, StreamMerge } from '../../../../../src/core/storage/redis/merge.js'

const ATTACHED = 1_000
const OLD = '500-a'
const NEW = '2000-b'

function entry(run: string, number: number, type: FollowedType, inStream: number, id: string, body = `${number}`): ReadEntry {
  return { run, number, type, inStream, id, body }
}

function told(followed: readonly Followed[]): string[] {
  return followed.map((each) => {
    if (each.kind === 'event') return each.body
    return each.kind === 'loss' ? `-${each.lost} ${each.type} ${each.lastId}..${each.nextId}` : each.kind
  })
}

describe('streams that are followed together', () => {
  it('come in the order in which their collector wrote them', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    const trades = [entry(NEW, 1, 'trade', 1, '2001-0'), entry(NEW, 4, 'trade', 2, '2001-1')]
    const books = [entry(NEW, 2, 'book', 1, '2001-0'), entry(NEW, 3, 'book', 2, '2001-1')]
    expect(told(merge.add([...trades, ...books]))).toEqual(['1', '2', '3', '4'])
  })

  it('mix two collectors by the time of arrival and keep the order of each', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    const a = [entry('2000-a', 1, 'trade', 1, '2001-0', 'a1'), entry('2000-a', 2, 'book', 1, '2005-0', 'a2')]
    const b = [entry('2000-b', 1, 'trade', 1, '2002-0', 'b1'), entry('2000-b', 2, 'trade', 2, '2006-0', 'b2')]
    expect(told(merge.add([...b, ...a]))).toEqual(['a1', 'b1', 'a2', 'b2'])
  })

  it('hold back what may still have an earlier entry beside it', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    const read = [entry(NEW, 1, 'trade', 1, '2001-0'), entry(NEW, 3, 'book', 1, '2003-0')]
    expect(told(merge.add(read, 2_003))).toEqual(['1'])
    expect(told(merge.add([entry(NEW, 2, 'trade', 2, '2003-0')]))).toEqual(['2', '3'])
  })

  it('are told once although they were sent twice', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    const once = [entry(NEW, 1, 'trade', 1, '2001-0'), entry(NEW, 2, 'trade', 2, '2001-1')]
    const again = [entry(NEW, 1, 'trade', 1, '2002-0'), entry(NEW, 2, 'trade', 2, '2002-1'), entry(NEW, 3, 'trade', 3, '2002-2')]
    expect(told(merge.add([...once, ...again]))).toEqual(['1', '2', '3'])
  })
})

describe('a hole in the numbers of a stream', () => {
  it('is told where it is, with the ids around it', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    merge.add([entry(NEW, 1, 'trade', 1, '2001-0')])
    expect(told(merge.add([entry(NEW, 9, 'trade', 5, '2009-0')]))).toEqual(['-3 trade 2001-0..2009-0', '9'])
  })

  it('is none where another type was written meanwhile', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    expect(told(merge.add([entry(NEW, 1, 'trade', 1, '2001-0'), entry(NEW, 7, 'trade', 2, '2002-0')]))).toEqual(['1', '7'])
  })

  it('is nobody’s loss before we came, and ours in a run that began after', () => {
    expect(told(new StreamMerge(ATTACHED, ['trade', 'book']).add([entry(OLD, 900, 'trade', 700, '1001-0')]))).toEqual(['900'])
    expect(told(new StreamMerge(ATTACHED, ['trade', 'book']).add([entry(NEW, 9, 'trade', 7, '2001-0')]))).toEqual([
      '-6 trade null..2001-0',
      '9',
    ])
  })

  it('is seen right after the entry that was the newest when we came', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    merge.begin(entry(OLD, 10, 'trade', 10, '999-0'))
    expect(told(merge.add([entry(OLD, 13, 'trade', 13, '1001-0')]))).toEqual(['-2 trade 999-0..1001-0', '13'])
  })

  it('at the end of a stream that fell silent is told by the collector’s count, once', () => {
    const merge = new StreamMerge(ATTACHED, ['trade', 'book'])
    merge.add([entry(NEW, 1, 'trade', 1, '2001-0')])
    const beat = (number: number, inStream: number, isOver: boolean) =>
      entry(NEW, number, 'heartbeat', inStream, `${2_001 + number}-0`, JSON.stringify({ counts: { trade: 4, book: 9 }, isOver }))
    expect(told(merge.add([beat(14, 1, false)]))).toEqual(['-3 trade 2001-0..null', '-9 book null..null', 'alive'])
    expect(told(merge.add([beat(15, 2, true)]))).toEqual(['over'])
  })

  it('is not ours where the count tells of what was written before we came', () => {
    const counts = JSON.stringify({ counts: { trade: 4 }, isOver: false })
    const beat = entry(OLD, 5, 'heartbeat', 1, '1001-0', counts)
    expect(told(new StreamMerge(ATTACHED, ['trade']).add([beat]))).toEqual(['alive'])
  })
})
