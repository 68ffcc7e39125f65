/** Channels that die alone, and frames that get lost, at the simulated exchanges. */
import { expect, it } from 'vitest'
import type { CoverageSpan } from '../../src/core/feed/coverage-span.js'
import type { Channel } from '../../src/core/market/event.js'
import { openGate } from '../../src/core/sandbox/gate.js'
import { exchangesOf, type Live, startLive } from '../support/live-feed.js'

const EXCHANGES = await exchangesOf('binance')

/** Binance with a shorter patience for one channel. */
function binance(channel: Channel, quietMs: number) {
  const exchange = EXCHANGES.get('binance')
  const rule = exchange?.channels[channel]
  if (exchange === undefined || rule === undefined) throw new Error(`binance has no ${channel}`)
  return { ...exchange, channels: { ...exchange.channels, [channel]: { ...rule, quietMs } } }
}

function watchCoverage(live: Live) {
  const rows = new Map<string, CoverageSpan>()
  live.outputs.keepCoverage((span) => rows.set(`${span.channel} ${span.startedAt}`, span))
  return (channel: Channel) => [...rows.values()].filter((row) => row.channel === channel).sort((a, b) => a.startedAt - b.startedAt)
}

it('subscribes again to a channel that was acknowledged and brings nothing, and cuts nobody else off', async () => {
  let isDead = true
  const live = await startLive({
    gate: (outgoing) => {
      if (isDead && outgoing.kind === 'frame' && outgoing.topic?.includes('markPrice') === true) return
      openGate(outgoing)
    },
  })
  const rows = watchCoverage(live)
  live.feed.add(binance('funding', 1_500), [
    { channel: 'funding', symbol: 'BTCUSDT' },
    { channel: 'trades', symbol: 'BTCUSDT' },
  ])
  const silences = () => live.events.filter((event) => event.type === 'status' && event.status === 'silent')
  await live.until(() => silences().length > 0)
  isDead = false
  await live.until(() => live.events.some(({ type }) => type === 'funding'))
  await live.stop()
  expect(silences()).toMatchObject([{ exchange: 'binance', symbol: 'BTCUSDT', channel: 'funding', connection: 1 }])
  expect(silences()[0]).toHaveProperty('detail', expect.stringContaining('subscribed again'))
  const cuts = live.events.filter((event) => event.type === 'status' && event.status === 'disconnected')
  expect(cuts.map((event) => 'detail' in event && event.detail)).toEqual(['stopped'])
  expect(rows('funding').map(({ state }) => state)).toEqual(['stale', 'unproven'])
  expect(rows('trades').map(({ state }) => state)).toEqual(['resync', 'contiguous'])
})

it('tells a lost trade by its ids, in the events and in the coverage', async () => {
  let seen = 0
  const live = await startLive({
    gate: (outgoing) => {
      if (outgoing.kind === 'frame' && outgoing.topic?.includes('aggTrade') === true && ++seen === 4) return
      openGate(outgoing)
    },
  })
  const rows = watchCoverage(live)
  live.feed.add(binance('trades', 60_000), [{ channel: 'trades', symbol: 'BTCUSDT' }])
  await live.until(() => live.events.filter(({ type }) => type === 'trade').length >= 5)
  await live.stop()
  const ids = live.events.flatMap((event) => (event.type === 'trade' ? [Number(event.tradeId)] : []))
  const gaps = live.events.filter(({ type }) => type === 'gap')
  expect(gaps).toMatchObject([{ channel: 'trades', lastId: ids[2], nextId: ids[3] }])
  expect(live.events.find((event) => event.type === 'trade' && Number(event.tradeId) === ids[3])).toMatchObject({ quality: 'gap' })
  expect(rows('trades').map(({ state }) => state)).toEqual(['resync', 'contiguous', 'gap', 'contiguous'])
  expect(rows('trades')[2]?.detail).toContain(`${ids[2]}..${ids[3]} trade ${ids[3]} does not follow ${ids[2]}`)
})
