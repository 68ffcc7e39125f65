import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import { findJournalFiles } from '../../src/core/feed/journal/reader.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import { STREAM_CHANNELS } from '../../src/core/live/channels.js'
import { runReplay } from '../../src/core/live/replay.js'
import type { MarketEvent } from '../../src/core/market/event.js'
import { type Gate, openGate } from '../../src/core/sandbox/gate.js'
import {
  bookText,
  canonicalLines,
  hashOf,
  type Line,
  readLines,
  replayJournal,
  temporaryDirectory,
  writeLines,
} from '../support/feed.js'
import { books, exchangesOf, startLive } from '../support/live-feed.js'
import { createVirtualNet } from '../support/virtual-net.js'

const EXCHANGES = await exchangesOf('binance', 'binance-spot', 'bybit')
const exchanges = [...EXCHANGES.values()]

/** A live run at the sandbox with everything that can happen to subscriptions; gives its canonical lines and its journal. */
async function recordLive(): Promise<{ readonly canonical: readonly string[]; readonly journal: string }> {
  const journal = await temporaryDirectory()
  let cut: (() => void) | undefined
  const live = await startLive({
    journal,
    pollEveryMs: 200,
    gate: (outgoing) => {
      if (outgoing.kind === 'response') outgoing.respond(outgoing.response)
      else if (outgoing.kind === 'upgrade') return
      else if (cut !== undefined && outgoing.exchange === 'binance') {
        cut()
        cut = undefined
        outgoing.peer.destroy()
      } else outgoing.peer.send(outgoing.text)
    },
  })
  const count = (type: string, exchange: string) =>
    live.events.filter((event) => event.type === type && event.exchange === exchange).length
  for (const exchange of exchanges) {
    const channels = (['book', 'trades', 'ticker', 'funding', 'open-interest', 'liquidations', 'candles'] as const).filter(
      (channel) => exchange.channels[channel] !== undefined,
    )
    await live.feed.exchange(exchange).loadInstruments()
    live.feed.add(
      exchange,
      channels.map((channel) => ({ channel, symbol: 'BTCUSDT' })),
    )
  }
  await live.until(() => exchanges.every(({ id }) => count('book', id) > 1) && count('open_interest', 'binance') > 0)
  const [binance] = exchanges
  if (binance === undefined) throw new Error('no binance')
  live.feed.add(binance, books('ETHUSDT'))
  await live.until(() => live.state('binance', 'ETHUSDT').sync.book !== undefined)
  live.feed.remove('binance', books('ETHUSDT'))
  const isCut = new Promise<void>((resolve) => {
    cut = resolve
  })
  await isCut
  await live.until(() => count('gap', 'binance') === 1)
  live.feed.add(binance, books('ETHUSDT'))
  await live.until(() => live.state('binance', 'ETHUSDT').sync.book !== undefined)
  const seen = count('book', 'binance')
  await live.until(() => count('book', 'binance') > seen + 3)
  await live.stop()
  return { canonical: canonicalLines(live.events), journal }
}

describe('the replay of a recorded live run', () => {
  it('gives byte for byte the events that the live run gave, twice, and others when one byte was another', async () => {
    const { canonical, journal } = await recordLive()
    const first = await replayJournal(journal, { exchanges, intervalMs: 250 })
    const types = new Set(first.events.map(({ type }) => type))
    expect([...types].sort()).toEqual(
      expect.arrayContaining(['book', 'candle', 'funding', 'gap', 'open_interest', 'spread', 'ticker', 'trade']),
    )
    expect(first.canonical).toEqual(canonical)
    expect(first.hash).toBe(hashOf(canonical))
    expect((await replayJournal(journal, { exchanges, intervalMs: 250 })).hash).toBe(first.hash)

    const lines = await readLines(journal)
    const changed = path.join(journal, 'changed')
    await writeLines(changed, changeDigit(lines))
    expect((await replayJournal(changed, { exchanges, intervalMs: 250 })).hash).not.toBe(first.hash)
    const rewritten = path.join(journal, 'rewritten')
    await writeLines(rewritten, lines)
    expect((await replayJournal(rewritten, { exchanges, intervalMs: 250 })).hash).toBe(first.hash)
  })

  it('ends with a sample of the last state before an orderly stop, in both', async () => {
    const journal = await temporaryDirectory()
    const live = await startLive({ journal })
    const last = new Map<string, number>()
    live.outputs.watch(({ instrument: { exchange }, sync: { book } }, kind) => {
      if (kind === 'book' && book !== undefined) last.set(exchange, book.sequence)
    })
    for (const exchange of exchanges) live.feed.add(exchange, books('BTCUSDT'))
    await live.until(() => exchanges.every(({ id }) => live.state(id, 'BTCUSDT').sync.counts.applied > 3))
    await live.stop()
    const replayed = await replayJournal(journal, { exchanges, intervalMs: 250 })
    expect(replayed.canonical).toEqual(canonicalLines(live.events))
    for (const { id } of exchanges) {
      const sample = replayed.events.findLast((event) => event.type === 'book' && event.exchange === id)
      expect(sample).toMatchObject({ sequence: last.get(id) })
    }
  })

  it('tells the last sample of a book that is given up between two frames, in both', async () => {
    const start = Date.UTC(2026, 10, 21, 10)
    const net = createVirtualNet(start)
    const journal = await temporaryDirectory()
    let isMute = false
    const gate: Gate = (outgoing) => {
      if (outgoing.kind !== 'frame' || !isMute) openGate(outgoing)
    }
    const live = await startLive({ journal, net, gate })
    const [binance] = exchanges
    if (binance === undefined) throw new Error('no binance')
    live.feed.add(binance, books('BTCUSDT'))
    const changedAt = () => Math.floor(live.state('binance', 'BTCUSDT').sync.stamp / 1000)
    // A change that waits for its sample at 500, and then nothing: no timer looks before the next full second.
    const isWaiting = () =>
      changedAt() - start > 2_000 && (changedAt() - start) % 1_000 > 260 && (net.clock.now() - start) % 1_000 < 480
    expect(await net.passUntil(isWaiting, 10_000)).toBe(true)
    isMute = true
    await net.pass(300)
    const last = live.state('binance', 'BTCUSDT').sync.book?.sequence
    live.feed.remove('binance', books('BTCUSDT'))
    await live.stop()
    expect(live.events.findLast(({ type }) => type === 'book')).toMatchObject({ sequence: last })
    expect((await replayJournal(journal, { exchanges: [binance], intervalMs: 250 })).canonical).toEqual(canonicalLines(live.events))
  })

  it('reads no book of a run that crashed once the next run begins', async () => {
    const journal = await temporaryDirectory()
    const [first, second] = [path.join(journal, 'first'), path.join(journal, 'second')]
    for (const directory of [first, second]) {
      const live = await startLive({ journal: directory })
      const [binance, , bybit] = exchanges
      if (binance === undefined || bybit === undefined) throw new Error('exchanges are missing')
      live.feed.add(binance, books('BTCUSDT'))
      live.feed.add(bybit, books('BTCUSDT'))
      await live.until(() => ['binance', 'bybit'].every((id) => live.state(id, 'BTCUSDT').sync.counts.applied > 5))
      await live.stop()
    }
    const crashed = (await readLines(first)).filter(({ kind }) => kind !== 'close')
    const next = await readLines(second)
    const begin = next[0]?.stamp ?? 0
    const startOf = (exchange: string) =>
      next.findIndex((line) => line.exchange === exchange && line.kind === 'open' && line.connection === 0)
    const afterBoth = next[Math.max(startOf('binance'), startOf('bybit')) + 1]?.stamp
    expect(begin).toBeGreaterThan(crashed.at(-1)?.stamp ?? 0)
    const joined = path.join(journal, 'joined')
    await writeLines(joined, [...crashed, ...next])
    const readable = new Map<string, string>()
    const states = new Map<string, { readonly text: () => string | undefined }>()
    let beforeStart: (string | undefined)[] = []
    let afterStart: (string | undefined)[] = []
    const replayed = await replayJournal(joined, {
      exchanges,
      watch: (state, kind) => {
        if (kind !== 'book') return
        const text = bookText(state) ?? ''
        readable.set(state.instrument.exchange, text)
        states.set(state.instrument.exchange, { text: () => bookText(state) })
      },
      before: (stamp) => {
        const now = [...states.values()].map(({ text }) => text())
        if (stamp <= begin) beforeStart = now
        // Both exchanges' feeds have begun anew, and no frame has come since.
        if (stamp === afterBoth) afterStart = now
        return undefined
      },
    })
    expect(beforeStart.every((text) => text !== undefined)).toBe(true)
    expect(beforeStart.length).toBe(2)
    expect(afterStart).toEqual([undefined, undefined])
    expect(replayed.events.filter(({ type }) => type === 'gap').length).toBe(2)
  })

  it('tells where a damaged file ends as a gap, and reads no book of its connection from there on', async () => {
    const journal = await temporaryDirectory()
    const live = await startLive({ journal })
    const [binance, , bybit] = exchanges
    if (binance === undefined || bybit === undefined) throw new Error('exchanges are missing')
    live.feed.add(binance, books('BTCUSDT'))
    live.feed.add(bybit, books('BTCUSDT'))
    await live.until(() => ['binance', 'bybit'].every((id) => live.state(id, 'BTCUSDT').sync.counts.applied > 5))
    await live.stop()
    const lines = await readLines(journal)
    const damaged = lines.filter(({ exchange, connection }) => exchange === 'bybit' && connection > 0).slice(0, -3)
    const broken = path.join(journal, 'broken')
    await writeLines(
      broken,
      lines.filter((line) => line.exchange !== 'bybit' || line.connection === 0 || damaged.includes(line)),
    )
    const file = (await findJournalFiles(broken)).find(({ path: each }) => each.includes('bybit') && each.endsWith('-1.frames.gz'))
    await appendFile(file?.path ?? '', gzipSync(Buffer.from('no record\n')))
    const { events, damages, pipelines } = await replayJournal(broken, { exchanges })
    expect(damages).toHaveLength(1)
    expect(events.filter(({ type }) => type === 'gap').map(({ exchange, receivedAt }) => [exchange, receivedAt])).toEqual([
      ['bybit', Math.floor((damaged.at(-1)?.stamp ?? 0) / 1000)],
    ])
    expect([...(pipelines.get('bybit')?.states ?? [])].map(({ sync }) => sync.book)).toEqual([undefined])
  })
})

/** One digit of one price of the last book frame of bybit, and nothing else. */
function changeDigit(lines: readonly Line[]): Line[] {
  const at = lines.findLastIndex(
    ({ exchange, kind, payload }) => exchange === 'bybit' && kind === 'ws' && payload.includes('publicTrade'),
  )
  return lines.map((line, i) => {
    if (i !== at) return line
    const payload = Buffer.from(line.payload)
    const place = payload.indexOf('"p":"') + 5
    payload[place] = payload[place] === 0x31 ? 0x32 : 0x31
    return { ...line, payload }
  })
}

/** A small journal of bybit trades, `everyMs` apart. */
async function trades(count: number, everyMs: number): Promise<string> {
  const directory = await temporaryDirectory()
  const start = Date.UTC(2026, 10, 21, 10)
  await writeLines(
    directory,
    Array.from({ length: count }, (_, i): Line => {
      const T = start + i * everyMs
      const data = [{ i: `id-${i}`, T, p: '100.5', v: '2', S: 'Buy', s: 'BTCUSDT', BT: false }]
      const payload = Buffer.from(JSON.stringify({ topic: 'publicTrade.BTCUSDT', type: 'snapshot', ts: T, data }))
      return { exchange: 'bybit', stamp: T * 1000, connection: 1, kind: 'ws', payload }
    }),
  )
  return directory
}

async function replayAt(speed: number | undefined, clock: VirtualClock, signal = new AbortController().signal) {
  const shown: { readonly at: number; readonly event: MarketEvent }[] = []
  const running = runReplay(
    { clock, signal },
    {
      files: await findJournalFiles(await trades(6, 1_000)),
      exchanges,
      symbols: [],
      channels: STREAM_CHANNELS,
      depth: 10,
      intervalMs: 1_000,
      speed,
      sinks: { database: undefined, csvDirectory: undefined, storeIntervalMs: 1_000 },
      limits: DEFAULT_LIMITS,
      largeTrades: { default: 20_000 },
    },
    (event) => {
      if (event.type === 'trade') shown.push({ at: clock.now(), event })
    },
  )
  return { shown, running }
}

describe('the pace of a replay', () => {
  it('is that of the recording, or so many times faster', async () => {
    for (const [speed, expected] of [
      [1, [0, 1_000, 2_000, 3_000, 4_000, 5_000]],
      [10, [0, 100, 200, 300, 400, 500]],
    ] as const) {
      const clock = new VirtualClock(1_000_000)
      const { shown, running } = await replayAt(speed, clock)
      let isDone = false
      const done = running.then(() => {
        isDone = true
      })
      // Time passes only where the replay waits for it.
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve))
        clock.advanceTo((clock.now() + 10) * 1000)
        if (clock.now() > 1_100_000) break
      }
      await done
      const times = shown.map(({ at }) => at - 1_000_000)
      expect(times.length).toBe(6)
      const first = times[0] ?? 0
      for (const [i, ms] of expected.entries()) expect(Math.abs((times[i] ?? 0) - first - ms)).toBeLessThanOrEqual(20)
    }
  })

  it('is as fast as it goes when none is given', async () => {
    const clock = new VirtualClock(1_000_000)
    const { shown, running } = await replayAt(undefined, clock)
    expect((await running).records).toBe(6)
    expect(shown.map(({ at }) => at)).toEqual(Array.from({ length: 6 }, () => 1_000_000))
  })

  it('ends at once when it is stopped while it waits', async () => {
    const clock = new VirtualClock(1_000_000)
    const stop = new AbortController()
    const { shown, running } = await replayAt(1, clock, stop.signal)
    while (shown.length < 2) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.advanceTo((clock.now() + 10) * 1000)
    }
    stop.abort()
    const isEnded = await Promise.race([
      running.then(() => true),
      new Promise((resolve) => setImmediate(resolve)).then(() => new Promise((resolve) => setImmediate(() => resolve(false)))),
    ])
    clock.advanceTo((clock.now() + 60_000) * 1000)
    await running
    expect(isEnded).toBe(true)
    expect(shown.length).toBe(2)
  })
})
