/** What every exchange of the registry must hold, whatever it is. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ApiError, ProtocolError, UsageError } from '../../src/core/errors.js'
import type { Exchange, PageToken, RestCapabilities, RestSource, Subscription } from '../../src/core/exchanges/contract.js'
import { EXCHANGE_IDS, loadExchange, loadSandboxExchange } from '../../src/core/exchanges/registry.js'
import type { SandboxExchange, SandboxMarket, SandboxResponse, SandboxSession } from '../../src/core/exchanges/sandbox-contract.js'
import { CHANNELS, type Channel } from '../../src/core/market/event.js'
import { decodeAll, type Told } from '../support/told.js'
import { dataFor, LAST_ID, marketOf, NOW } from './market.js'

const MINUTE = 60_000
const EXCHANGES = await Promise.all(EXCHANGE_IDS.map(async (id) => [id, await loadExchange(id)] as const))

/** What a channel's frames tell. */
const RECORD: Readonly<Record<Channel, Told['what']>> = {
  book: 'book',
  trades: 'trade',
  ticker: 'ticker',
  funding: 'funding',
  'open-interest': 'openInterest',
  liquidations: 'liquidation',
  candles: 'candle',
}

/** How much of each history is walked, so that no exchange can answer it in one page. */
const ROWS = { candles: 2500, fundingHistory: 1100, openInterestHistory: 600 }
const STEPS = { candles: MINUTE, fundingHistory: 8 * 60 * MINUTE, openInterestHistory: 5 * MINUTE }

type Capability = keyof RestCapabilities
type AnySource = RestSource<object, unknown>

const CAPABILITIES: readonly Capability[] = [
  'serverTime',
  'instruments',
  'orderBook',
  'tickers',
  'funding',
  'fundingHistory',
  'fundingIntervals',
  'openInterest',
  'openInterestHistory',
  'candles',
  'recentTrades',
  'tradesFrom',
]

function queryOf(capability: Capability, symbol: string): object {
  const queries: Readonly<Partial<Record<Capability, object>>> = {
    serverTime: {},
    instruments: {},
    fundingIntervals: {},
    orderBook: { symbol, depth: 20 },
    candles: { symbol, interval: '1m' },
    openInterestHistory: { symbol, period: '5m' },
    tradesFrom: { symbol, fromId: 1 },
  }
  return queries[capability] ?? { symbol }
}

function sources(exchange: Exchange): [Capability, AnySource][] {
  return CAPABILITIES.flatMap((name) => {
    const source = exchange.rest[name] as unknown as AnySource | undefined
    return source === undefined ? [] : [[name, source]]
  })
}

/** Each channel with each of its options; what is asked over REST has no topics. */
function subscriptions(exchange: Exchange, symbol = exchange.symbols.main('BTC')): Subscription[] {
  return CHANNELS.flatMap((channel) => {
    const rule = exchange.channels[channel]
    if (rule === undefined || rule.poll !== undefined) return []
    return (rule.options ?? [undefined]).map((option) => ({ channel, symbol, ...(option === undefined ? {} : { option }) }))
  })
}

const described = ({ channel, option }: Subscription): string => (option === undefined ? channel : `${channel} ${option}`)

/** Every number in there is finite. */
function expectFinite(value: unknown): void {
  expect(oddNumber(value)).toBeUndefined()
}

/** The first number that is none, if any. */
function oddNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : value
  if (typeof value !== 'object' || value === null) return undefined
  const entries = ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : Object.values(value)
  for (const entry of entries) {
    const odd = oddNumber(entry)
    if (odd !== undefined) return odd
  }
  return undefined
}

function sessionOf(exchange: Exchange, socket: string, topics: readonly string[] = []): SandboxSession {
  const { pathname } = new URL(exchange.endpoints.sockets[socket] ?? '')
  return { connection: 1, socket, url: new URL(`ws://127.0.0.1${pathname}`), topics: new Set(topics) }
}

/** The frames that the sandbox pushes for a subscription, first to last, with the topic of each. */
function framesOf(exchange: Exchange, sandbox: SandboxExchange, subscription: Subscription): string[] {
  const market = marketOf(sandbox)
  return exchange.stream.topics(subscription).flatMap(({ name, socket }) => {
    const topic = sandbox.topic(name, socket)
    const listing = market.listings.find(({ symbol }) => symbol === subscription.symbol)
    if (topic === undefined || listing === undefined) throw new Error(`the sandbox does not know ${name}`)
    const session = sessionOf(exchange, socket, [name])
    return dataFor(topic, market).flatMap((data) => sandbox.frame(name, data, session, listing))
  })
}

const decode = (exchange: Exchange, frames: Iterable<string | Buffer>): Told[] => decodeAll(exchange.stream.decoder(), frames)

function send(
  source: AnySource,
  sandbox: SandboxExchange,
  market: SandboxMarket,
  query: object,
  page?: PageToken,
): SandboxResponse {
  const request = source.request(query, page)
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(request.query)) if (value !== undefined) params.set(key, String(value))
  return sandbox.rest({ method: 'GET', path: request.path, query: params, usedWeight: 0 }, market)
}

/** The body as it would come off the wire. */
function ask(source: AnySource, sandbox: SandboxExchange, market: SandboxMarket, query: object, page?: PageToken): unknown {
  const { status, body } = send(source, sandbox, market, query, page)
  expect(status).toBe(200)
  return JSON.parse(JSON.stringify(body))
}

/** All pages; more than fifty are a walk that does not end. */
function walk(source: AnySource, sandbox: SandboxExchange, market: SandboxMarket, query: object): unknown[] {
  const rows: unknown[] = []
  let page: PageToken | undefined
  for (let count = 0; count < 50; count++) {
    const answer = source.parse(ask(source, sandbox, market, query, page), query, page)
    rows.push(...answer.rows)
    page = answer.next
    if (page === undefined) return rows
  }
  throw new Error('the walk does not end')
}

describe('the registry', () => {
  it('offers these capabilities', () => {
    const columns = EXCHANGES.map(([, exchange]) => exchange)
    const line = (name: string, has: (exchange: Exchange) => string) =>
      [name.padEnd(20), ...columns.map((c) => has(c).padEnd(13))].join(' ').trimEnd()
    const table = [
      line('', ({ id }) => id),
      ...CAPABILITIES.map((name) => line(name, ({ rest }) => (rest[name] === undefined ? '-' : 'rest'))),
      ...CHANNELS.map((name) =>
        line(name, ({ channels }) => (channels[name] === undefined ? '-' : channels[name].poll ? 'polled' : 'stream')),
      ),
    ]
    expect(`\n${table.join('\n')}\n`).toMatchInlineSnapshot(`
      "
                           binance       binance-spot  bybit
      serverTime           rest          rest          rest
      instruments          rest          rest          rest
      orderBook            rest          rest          rest
      tickers              rest          -             rest
      funding              rest          -             rest
      fundingHistory       rest          -             rest
      fundingIntervals     rest          -             -
      openInterest         rest          -             rest
      openInterestHistory  rest          -             rest
      candles              rest          rest          rest
      recentTrades         rest          rest          rest
      tradesFrom           rest          rest          -
      book                 stream        stream        stream
      trades               stream        stream        stream
      ticker               stream        -             stream
      funding              stream        -             stream
      open-interest        polled        -             stream
      liquidations         stream        -             stream
      candles              stream        -             stream
      "
    `)
  })
})

describe.each(EXCHANGES)('%s declares itself', (id, exchange) => {
  it('under the name by which it was asked for, with a page of documentation', () => {
    expect(exchange.id).toBe(id)
    expect(exchange.docs).toMatch(/^https:\/\//)
    expect(exchange.kinds.length).toBeGreaterThan(0)
  })

  it('with limits that allow something', () => {
    const { sockets, budgets, fees } = exchange
    const limits = [
      sockets.topicsPerConnection,
      sockets.topicsPerMessage,
      sockets.messagesPerSecond,
      sockets.connectionsPer5Minutes,
    ]
    expect(Math.min(...limits)).toBeGreaterThan(0)
    for (const { limit, windowMs } of Object.values(budgets)) expect(Math.min(limit, windowMs)).toBeGreaterThan(0)
    expect(exchange.bans.statuses).toHaveProperty('429')
    expect(Math.max(Math.abs(fees.maker), Math.abs(fees.taker))).toBeLessThan(0.02)
  })

  it('with a heartbeat that can be answered before the connection counts as dead', () => {
    const { pingEveryMs, ping, deadAfterMs } = exchange.sockets.heartbeat
    expect(ping === undefined).toBe(pingEveryMs === undefined)
    if (pingEveryMs !== undefined) expect(deadAfterMs).toBeGreaterThan(pingEveryMs)
  })

  it('with a book rule that can be followed', () => {
    const { snapshot, bridgeOffset, recovery } = exchange.book
    expect(bridgeOffset === undefined).toBe(snapshot === 'stream')
    if (recovery === 'reseed') expect(snapshot).toBe('rest')
  })

  it('with capabilities for what it polls', () => {
    for (const rule of Object.values(exchange.channels)) {
      if (rule.poll !== undefined) expect(exchange.rest).toHaveProperty(rule.poll.capability)
    }
  })

  it.each(subscriptions(exchange).map((subscription) => [described(subscription), subscription] as const))(
    'with topics on a known class of socket for %s',
    (_, subscription) => {
      const topics = exchange.stream.topics(subscription)
      expect(topics.length).toBeGreaterThan(0)
      for (const { name, socket } of topics) {
        expect(name).not.toBe('')
        expect(Object.keys(exchange.endpoints.sockets)).toContain(socket)
      }
    },
  )

  it('with a topic of its own for each option, the first being the default', () => {
    const symbol = exchange.symbols.main('BTC')
    for (const channel of CHANNELS) {
      const { options } = exchange.channels[channel] ?? {}
      if (options === undefined) continue
      const names = options.map((option) =>
        exchange.stream
          .topics({ channel, symbol, option })
          .map(({ name }) => name)
          .join(),
      )
      expect(new Set(names).size).toBe(options.length)
      expect(
        exchange.stream
          .topics({ channel, symbol })
          .map(({ name }) => name)
          .join(),
      ).toBe(names[0])
      expect(() => exchange.stream.topics({ channel, symbol, option: 'nonsense' })).toThrow(UsageError)
    }
  })

  it('with messages in JSON that carry their id and every topic', () => {
    const names = subscriptions(exchange).flatMap((subscription) => exchange.stream.topics(subscription).map(({ name }) => name))
    for (const text of [exchange.stream.subscribe(names, 4711), exchange.stream.unsubscribe(names, 4711)]) {
      expect(JSON.parse(text)).toBeTypeOf('object')
      expect(text).toContain('4711')
      for (const name of names) expect(text).toContain(JSON.stringify(name))
    }
  })

  it.each(['BTC', 'ETH', 'SHIB', 'PEPE', 'SOL'])('with a main contract of %s that reads back', (base) => {
    const symbol = exchange.symbols.main(base)
    expect(exchange.symbols.parse(symbol)).toMatchObject({ exchange: id, symbol, base })
    expect(exchange.symbols.parse(symbol)?.pair).toMatch(/^[0-9]*[A-Z]+\/[A-Z]+(:[A-Z]+)?$/)
  })

  it.each(['', ' ', 'rubbish', 'BTC/USDT', 'BTCUSDT ', '???', '💥', '__proto__', 'constructor', '-', 'USDT'])(
    'without reading %j as a symbol',
    (text) => {
      expect(exchange.symbols.parse(text)).toBeUndefined()
    },
  )

  it('with symbols that keep every byte, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'ABT0U1S-_2DC6PERP') })), (text) => {
        const instrument = exchange.symbols.parse(text)
        if (instrument !== undefined) expect(instrument.symbol).toBe(text)
        expectFinite(instrument)
      }),
    )
  })
})

describe.each(EXCHANGES)('%s over REST', (id, exchange) => {
  const symbol = exchange.symbols.main('BTC')

  it.each(sources(exchange))('pays for %s from a budget that it declares', (name, source) => {
    const request = source.request(queryOf(name, symbol))
    const budget = exchange.budgets[request.budget]
    expect(request.path).toBe(source.path)
    expect(budget?.limit).toBeGreaterThanOrEqual(request.weight)
    expect(request.weight).toBeGreaterThan(0)
  })

  it.each(sources(exchange))('reads %s from its own sandbox, oldest first', async (name, source) => {
    const sandbox = await loadSandboxExchange(id)
    const query = queryOf(name, symbol)
    const { rows } = source.parse(ask(source, sandbox, marketOf(sandbox), query), query)
    expect(rows.length).toBeGreaterThan(0)
    expectFinite(rows)
    if (['candles', 'fundingHistory', 'openInterestHistory', 'recentTrades', 'tradesFrom'].includes(name)) {
      const stamps = rows.map((row) => (row as { timestamp: number }).timestamp)
      expect(stamps).toEqual(stamps.toSorted((a, b) => a - b))
    }
  })

  it.each(sources(exchange).filter(([name]) => name in ROWS))('walks %s without a hole or a double', async (name, source) => {
    const sandbox = await loadSandboxExchange(id)
    const step = STEPS[name as keyof typeof STEPS]
    const to = Math.floor(NOW / step) * step
    const from = to - ROWS[name as keyof typeof ROWS] * step
    const rows = walk(source, sandbox, marketOf(sandbox), { ...queryOf(name, symbol), from, to }) as { timestamp: number }[]
    const stamps = rows.map(({ timestamp }) => timestamp).sort((a, b) => a - b)
    expect(stamps).toEqual(Array.from({ length: (to - from) / step }, (_, i) => from + i * step))
  })

  it('lists the contracts of its sandbox with their steps', async () => {
    const sandbox = await loadSandboxExchange(id)
    const market = marketOf(sandbox)
    const { rows } = exchange.rest.instruments.parse(
      ask(exchange.rest.instruments as unknown as AnySource, sandbox, market, {}),
      {},
    )
    for (const { symbol, tickSize, lotSize, multiplier } of market.listings) {
      expect(rows.find((row) => row.symbol === symbol)).toMatchObject({ tickSize, lotSize, multiplier, isTrading: true })
    }
  })

  it('says that an unknown symbol is refused, and which', async () => {
    const sandbox = await loadSandboxExchange(id)
    const query = { symbol: exchange.symbols.main('NOPE'), depth: 20 }
    const { body } = send(exchange.rest.orderBook as unknown as AnySource, sandbox, marketOf(sandbox), query)
    expect(() => exchange.rest.orderBook.parse(body, query)).toThrow(expect.objectContaining({ code: 'API_REJECTED' }))
    expect(() => exchange.rest.orderBook.parse(body, query)).toThrow(query.symbol)
  })

  it.each(sources(exchange))('takes no foreign body for %s', (name, source) => {
    for (const body of [null, undefined, 'text', 42, { foo: 1 }, '<html>403</html>']) {
      expect(() => source.parse(body, queryOf(name, symbol))).toThrow(ProtocolError)
    }
  })

  it.each(sources(exchange))('never makes %s of a damaged body into numbers that are none', async (name, source) => {
    const sandbox = await loadSandboxExchange(id)
    const recent = name in STEPS ? { from: NOW - 9 * STEPS[name as keyof typeof STEPS], to: NOW } : {}
    const query = { ...queryOf(name, symbol), ...recent }
    const good = ask(source, sandbox, marketOf(sandbox), query)
    fc.assert(
      fc.property(
        fc.nat(),
        fc.oneof(fc.constantFrom('', 'x', null, -1, [], {}, '0x1F', 'NaN', 'Infinity', ' '), fc.jsonValue()),
        (at, value) => {
          const body = structuredClone(good)
          damage(body, at, value)
          try {
            expectFinite(source.parse(body, query).rows)
          } catch (error) {
            expect(error).toBeInstanceOf(ApiError)
          }
        },
      ),
    )
  })
})

/** Puts `value` in the place of some leaf of the body. */
function damage(body: unknown, at: number, value: unknown): void {
  const leaves: (() => void)[] = []
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, child] of Object.entries(node)) {
      if (typeof child === 'object' && child !== null) collect(child)
      else leaves.push(() => Object.assign(node, { [key]: value }))
    }
  }
  collect(body)
  leaves[at % Math.max(1, leaves.length)]?.()
}

describe.each(EXCHANGES)('%s on a socket', (id, exchange) => {
  const all = subscriptions(exchange).map((subscription) => [described(subscription), subscription] as const)

  it('is where its own sandbox listens', async () => {
    const sandbox = await loadSandboxExchange(id)
    for (const [socket, url] of Object.entries(exchange.endpoints.sockets))
      expect(sandbox.socket(new URL(url).pathname)).toBe(socket)
    expect(sandbox.socket('/nowhere')).toBeUndefined()
  })

  it.each(all)('subscribes and unsubscribes %s', async (_, subscription) => {
    const sandbox = await loadSandboxExchange(id)
    for (const { name, socket } of exchange.stream.topics(subscription)) {
      const subscribed = sandbox.message(exchange.stream.subscribe([name], 7), sessionOf(exchange, socket))
      expect(decode(exchange, subscribed.frames)).toEqual([{ what: 'control', kind: 'subscribed', id: 7 }])
      expect(subscribed.subscribe).toEqual([name])
      const ended = sandbox.message(exchange.stream.unsubscribe([name], 8), sessionOf(exchange, socket, [name]))
      expect(ended.unsubscribe).toEqual([name])
      // Some exchanges answer both alike.
      expect(decode(exchange, ended.frames)).toEqual([{ what: 'control', kind: expect.stringMatching(/subscribed$/), id: 8 }])
    }
  })

  it('has its ping answered', async () => {
    const sandbox = await loadSandboxExchange(id)
    const text = exchange.sockets.heartbeat.ping?.(9)
    if (text === undefined) return
    const [socket = ''] = Object.keys(exchange.endpoints.sockets)
    const told = decode(exchange, sandbox.message(text, sessionOf(exchange, socket)).frames)
    expect(told).toEqual([{ what: 'control', kind: expect.any(String), id: 9 }])
  })

  it.each(all)('tells %s from the frames of its own sandbox', async (_, subscription) => {
    const sandbox = await loadSandboxExchange(id)
    const told = decode(exchange, framesOf(exchange, sandbox, subscription))
    expectFinite(told)
    expect(told.map(({ what }) => what)).toContain(RECORD[subscription.channel])
    expect(told.filter(({ what }) => what === 'unknown' || what === 'remark')).toEqual([])
    for (const record of told) expect(record['symbol']).toBe(subscription.symbol)
  })

  it.each(all.filter(([, { channel }]) => channel === 'book'))('chains %s as its rule says', async (_, subscription) => {
    const sandbox = await loadSandboxExchange(id)
    const { snapshot, chain } = exchange.book
    const books = decode(exchange, framesOf(exchange, sandbox, subscription))
    const [first] = books
    const last = books.at(-1)
    if (snapshot === 'stream') expect(first?.['isSnapshot']).toBe(true)
    const sequence = snapshot === 'stream' ? first?.['lastId'] : LAST_ID
    if (last?.['isSnapshot'] === true) return
    if (chain === 'previous-id') expect(last?.['previousId']).toBe(sequence)
    else expect(last?.['firstId']).toBe(Number(sequence) + 1)
  })

  it('seeds its book from REST with the id at which its updates go on, where that is its rule', async () => {
    if (exchange.book.snapshot !== 'rest') return
    const sandbox = await loadSandboxExchange(id)
    const query = { symbol: exchange.symbols.main('BTC'), depth: exchange.book.snapshotDepth }
    const body = ask(exchange.rest.orderBook as unknown as AnySource, sandbox, marketOf(sandbox), query)
    expect(exchange.rest.orderBook.parse(body, query).rows[0]?.lastId).toBe(LAST_ID)
  })
})

describe.each(EXCHANGES)('the decoder of %s', (id, exchange) => {
  /** Frames of every channel, with what each tells. */
  async function goodFrames(): Promise<string[]> {
    const sandbox = await loadSandboxExchange(id)
    return subscriptions(exchange).flatMap((subscription) => framesOf(exchange, sandbox, subscription))
  }

  /** One unknown and nothing else, or no unknown at all; and no number that is none. */
  function expectWhole(told: readonly Told[]): void {
    if (told.some(({ what }) => what === 'unknown')) expect(told).toHaveLength(1)
    expectFinite(told.filter(({ what }) => what !== 'control'))
  }

  it('takes any bytes', () => {
    const rubbish = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
    )
    fc.assert(fc.property(rubbish, (frame) => expectWhole(decode(exchange, [frame]))))
  })

  it('calls a frame that was cut short unknown, wherever it was cut', async () => {
    for (const frame of await goodFrames()) {
      const step = Math.max(1, Math.floor(frame.length / 40))
      for (let end = 0; end < frame.length; end += step) {
        expect(decode(exchange, [frame.slice(0, end)])).toEqual([{ what: 'unknown', reason: expect.any(String) }])
      }
    }
  })

  it('tells a damaged frame wholly or not at all, and the next one as ever', async () => {
    const frames = await goodFrames()
    const damaged = fc
      .tuple(fc.nat(), fc.nat(), fc.oneof(fc.constantFrom(...'"{}[],:-.0e9n'), fc.constant('')))
      .map(([which, where, insert]) => {
        const frame = frames[which % frames.length] ?? ''
        const at = where % frame.length
        return { frame, broken: frame.slice(0, at) + insert + frame.slice(at + 1) }
      })
    fc.assert(
      fc.property(damaged, ({ frame, broken }) => {
        const decoder = exchange.stream.decoder()
        expectWhole(decodeAll(decoder, [broken]))
        expect(decodeAll(decoder, [frame])).toEqual(decode(exchange, [frame]))
      }),
      { numRuns: 500 },
    )
  })
})
