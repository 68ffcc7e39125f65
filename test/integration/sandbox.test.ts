import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { VirtualClock } from '../../src/core/clock.js'
import { type Gate, openGate } from '../../src/core/sandbox/gate.js'
import { type ExactBook, type Sandbox, type SandboxOptions, startSandbox } from '../../src/core/sandbox/index.js'

// Raw clients only: what is proven here is what any program sees that speaks the real exchanges' protocols.

const START = Date.UTC(2026, 10, 21, 10, 0, 7)
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

interface World {
  readonly clock: VirtualClock
  readonly sandbox: Sandbox
  /** Lets the market live on for so many ms, in the steps in which a clock would tell it. */
  pass(ms: number): void
}

async function start(options: Partial<SandboxOptions> = {}): Promise<World> {
  const clock = new VirtualClock(START)
  const sandbox = await startSandbox({ clock, port: 0, seed: 42, speed: 1, keptChanges: 100_000, ...options })
  cleanups.push(() => sandbox.close())
  return { clock, sandbox, pass: (ms) => clock.advanceTo((clock.now() + ms) * 1000) }
}

function urlOf(sandbox: Sandbox, exchange: string, socket?: string): string {
  const endpoints = sandbox.urls[exchange]
  return (socket === undefined ? endpoints?.rest : endpoints?.sockets[socket]) ?? ''
}

async function get(sandbox: Sandbox, exchange: string, path: string) {
  const response = await fetch(urlOf(sandbox, exchange) + path)
  return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) }
}

type Wire = readonly [string, string][]

interface Client {
  readonly socket: WebSocket
  /** Texts in the order of their arrival. */
  readonly texts: string[]
  send(message: object): void
  /** Resolves when everything that was sent to this client until now is in `texts`. */
  settled(): Promise<void>
}

/** `probe` asks for an answer with a number in it; `isAnswer` knows it again. It is not kept in `texts`. */
async function connect(
  url: string,
  probe: (id: number) => object,
  isAnswer: (message: { id?: number; req_id?: string }, id: number) => boolean,
): Promise<Client> {
  const socket = new WebSocket(url)
  const texts: string[] = []
  let probes = 1_000_000
  let waiting: { id: number; resolve: () => void } | undefined
  socket.on('message', (data) => {
    const text = data.toString()
    if (waiting !== undefined && isAnswer(JSON.parse(text), waiting.id)) waiting.resolve()
    else texts.push(text)
  })
  cleanups.push(() => socket.terminate())
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return {
    socket,
    texts,
    send: (message) => socket.send(JSON.stringify(message)),
    settled: () =>
      new Promise((resolve) => {
        probes += 1
        waiting = { id: probes, resolve }
        socket.send(JSON.stringify(probe(probes)))
      }),
  }
}

const binance = (sandbox: Sandbox, socket = 'public', exchange = 'binance') =>
  connect(
    urlOf(sandbox, exchange, socket),
    (id) => ({ method: 'LIST_SUBSCRIPTIONS', id }),
    (message, id) => message.id === id,
  )

const bybit = (sandbox: Sandbox) =>
  connect(
    urlOf(sandbox, 'bybit', 'linear'),
    (id) => ({ op: 'ping', req_id: String(id) }),
    (message, id) => message.req_id === String(id),
  )

interface Depth {
  readonly U: number
  readonly u: number
  readonly pu: number
  readonly b: Wire
  readonly a: Wire
}

function depths({ texts }: Client): Depth[] {
  return texts.flatMap((text) => JSON.parse(text).data ?? []).filter(({ e }: { e?: string }) => e === 'depthUpdate')
}

interface BybitBook {
  readonly type: 'snapshot' | 'delta'
  readonly data: { readonly u: number; readonly seq: number; readonly b: Wire; readonly a: Wire }
}

function bybitBooks({ texts }: Client, topic: string): BybitBook[] {
  return texts.map((text) => JSON.parse(text)).filter((message) => message.topic === topic)
}

/** The plainest book there is. */
class PlainBook {
  readonly bids = new Map<number, number>()
  readonly asks = new Map<number, number>()

  apply(bids: Wire, asks: Wire): void {
    for (const [side, levels] of [
      [this.bids, bids],
      [this.asks, asks],
    ] as const) {
      for (const [price, quantity] of levels) {
        if (Number(quantity) === 0) side.delete(Number(price))
        else side.set(Number(price), Number(quantity))
      }
    }
  }

  replace(bids: Wire, asks: Wire): void {
    this.bids.clear()
    this.asks.clear()
    this.apply(bids, asks)
  }

  best(depth: number): Pick<ExactBook, 'bids' | 'asks'> {
    return {
      bids: [...this.bids].sort(([a], [b]) => b - a).slice(0, depth),
      asks: [...this.asks].sort(([a], [b]) => a - b).slice(0, depth),
    }
  }
}

function truth({ market }: Sandbox, exchange: string, symbol: string, id: number, depth = 1_000) {
  const book = market.book(exchange, symbol, id)
  return { bids: book?.bids.slice(0, depth), asks: book?.asks.slice(0, depth) }
}

describe('the simulated binance', () => {
  it('chains its depth updates by pu, bridges them to the REST snapshot, and they rebuild the exact book at every id', async () => {
    const { sandbox, pass } = await start()
    const client = await binance(sandbox)
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 })
    await client.settled()
    pass(500)
    const { body } = await get(sandbox, 'binance', '/fapi/v1/depth?symbol=BTCUSDT&limit=1000')
    pass(10_000)
    await client.settled()
    const frames = depths(client)
    expect(frames.length).toBeGreaterThan(90)
    expect(frames.slice(1).map(({ pu }) => pu)).toEqual(frames.slice(0, -1).map(({ u }) => u))
    const applied = frames.filter(({ u }) => u >= body.lastUpdateId)
    const [first] = applied
    expect(first?.pu === body.lastUpdateId || (first?.U ?? 0) <= body.lastUpdateId).toBe(true)
    const book = new PlainBook()
    book.replace(body.bids, body.asks)
    expect(book.best(1_000)).toEqual(truth(sandbox, 'binance', 'BTCUSDT', body.lastUpdateId))
    for (const { b, a, u } of applied) {
      book.apply(b, a)
      expect(book.best(1_000)).toEqual(truth(sandbox, 'binance', 'BTCUSDT', u))
    }
  })

  it('tells on bookTicker the best prices that the book had at its id', async () => {
    const { sandbox, pass } = await start()
    const client = await binance(sandbox)
    client.send({ method: 'SUBSCRIBE', params: ['ethusdt@bookTicker'], id: 1 })
    await client.settled()
    pass(3_000)
    await client.settled()
    const tickers = client.texts.flatMap((text) => JSON.parse(text).data ?? [])
    expect(tickers.length).toBeGreaterThan(50)
    for (const { u, b, B, a, A } of tickers) {
      const { bids, asks } = truth(sandbox, 'binance', 'ETHUSDT', u, 1)
      expect([bids, asks]).toEqual([[[Number(b), Number(B)]], [[Number(a), Number(A)]]])
    }
  })

  it('numbers its trades without a gap and closes a minute as REST tells it afterwards', async () => {
    const { sandbox, pass } = await start()
    const client = await binance(sandbox, 'market')
    client.send({ method: 'SUBSCRIBE', params: ['solusdt@aggTrade', 'solusdt@kline_1m'], id: 1 })
    await client.settled()
    for (let i = 0; i < 4; i++) pass(30_000)
    await client.settled()
    const events = client.texts.flatMap((text) => JSON.parse(text).data ?? [])
    const ids = events.filter(({ e }) => e === 'aggTrade').map(({ a }) => a)
    expect(ids.length).toBeGreaterThan(50)
    expect(ids).toEqual(ids.map((_, i) => ids[0] + i))
    const closed = events.filter(({ e, k }) => e === 'kline' && k.x).map(({ k }) => k)
    expect(closed).toHaveLength(2)
    const { body } = await get(sandbox, 'binance', `/fapi/v1/klines?symbol=SOLUSDT&interval=1m&startTime=${closed[0].t}&limit=2`)
    expect(body.map((row: unknown[]) => row.slice(0, 11))).toEqual(
      closed.map((k) => [k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q]),
    )
  })

  it('acknowledges a stream on the wrong route and stays silent', async () => {
    const { sandbox, pass } = await start()
    const client = await binance(sandbox, 'market')
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 7 })
    await client.settled()
    pass(2_000)
    await client.settled()
    expect(client.texts).toEqual(['{"result":null,"id":7}'])
  })

  it('counts the weight of the minute, refuses above the limit, and forgets with the minute', async () => {
    const { sandbox, pass } = await start()
    const path = '/fapi/v1/depth?symbol=BTCUSDT&limit=1000'
    const used: number[] = []
    for (let i = 0; i < 120; i++) {
      const { status, headers } = await get(sandbox, 'binance', path)
      expect(status).toBe(200)
      used.push(Number(headers.get('x-mbx-used-weight-1m')))
    }
    expect(used).toEqual(used.map((_, i) => 20 * (i + 1)))
    const refused = await get(sandbox, 'binance', path)
    expect([refused.status, refused.body.code]).toEqual([429, -1003])
    expect((await get(sandbox, 'bybit', '/v5/market/time')).status).toBe(200)
    pass(60_000)
    expect((await get(sandbox, 'binance', path)).status).toBe(200)
  })
})

describe('the simulated binance-spot', () => {
  it('continues each depth update at the id after the last', async () => {
    const { sandbox, pass } = await start()
    const client = await binance(sandbox, 'public', 'binance-spot')
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 })
    await client.settled()
    pass(3_000)
    await client.settled()
    const frames = depths(client)
    expect(frames.length).toBeGreaterThan(20)
    expect(frames.slice(1).map(({ U }) => U)).toEqual(frames.slice(0, -1).map(({ u }) => u + 1))
  })
})

describe('the simulated bybit', () => {
  it('sends a snapshot and then updates by u + 1 that keep the best 50 levels exact', async () => {
    const { sandbox, pass } = await start()
    const client = await bybit(sandbox)
    client.send({ op: 'subscribe', args: ['orderbook.50.BTCUSDT'], req_id: '1' })
    await client.settled()
    pass(5_000)
    await client.settled()
    const frames = bybitBooks(client, 'orderbook.50.BTCUSDT')
    expect(frames.length).toBeGreaterThan(150)
    expect(frames.map(({ type }) => type)).toEqual(frames.map((_, i) => (i === 0 ? 'snapshot' : 'delta')))
    const book = new PlainBook()
    frames.forEach(({ data }, i) => {
      expect(data.u).toBe((frames[0]?.data.u ?? 0) + i)
      book.apply(data.b, data.a)
      expect(book.best(1_000)).toEqual(truth(sandbox, 'bybit', 'BTCUSDT', data.seq, 50))
    })
  })

  it('lets who comes later join the chain with a snapshot of what the others have', async () => {
    const { sandbox, pass } = await start()
    const topic = 'orderbook.200.ETHUSDT'
    const [early, late] = [await bybit(sandbox), await bybit(sandbox)]
    early.send({ op: 'subscribe', args: [topic], req_id: '1' })
    await early.settled()
    // In the middle of two pushes.
    pass(1_030)
    late.send({ op: 'subscribe', args: [topic], req_id: '1' })
    await late.settled()
    pass(1_000)
    await Promise.all([early.settled(), late.settled()])
    const [snapshot, ...deltas] = bybitBooks(late, topic)
    expect(snapshot?.type).toBe('snapshot')
    const seen = bybitBooks(early, topic).filter(({ data }) => data.u > (snapshot?.data.u ?? 0))
    expect(deltas.length).toBeGreaterThan(5)
    expect(deltas).toEqual(seen)
    const book = new PlainBook()
    for (const { data } of [snapshot, ...deltas].flatMap((frame) => frame ?? [])) {
      book.apply(data.b, data.a)
      expect(book.best(1_000)).toEqual(truth(sandbox, 'bybit', 'ETHUSDT', data.seq, 200))
    }
  })

  it('goes on counting when a topic is left and taken up again', async () => {
    const { sandbox, pass } = await start()
    const topic = 'orderbook.50.BTCUSDT'
    const client = await bybit(sandbox)
    client.send({ op: 'subscribe', args: [topic], req_id: '1' })
    await client.settled()
    pass(1_000)
    client.send({ op: 'unsubscribe', args: [topic], req_id: '2' })
    await client.settled()
    const last = bybitBooks(client, topic).at(-1)?.data.u ?? 0
    pass(1_000)
    client.send({ op: 'subscribe', args: [topic], req_id: '3' })
    await client.settled()
    const again = bybitBooks(client, topic).at(-1)
    expect(again?.type).toBe('snapshot')
    expect(again?.data.u).toBeGreaterThan(last)
  })

  it('tells over REST the book that orderbook.1000 had at the same u', async () => {
    const { sandbox, pass } = await start()
    const topic = 'orderbook.1000.BTCUSDT'
    const client = await bybit(sandbox)
    client.send({ op: 'subscribe', args: [topic], req_id: '1' })
    await client.settled()
    pass(1_110)
    const { body } = await get(sandbox, 'bybit', '/v5/market/orderbook?category=linear&symbol=BTCUSDT&limit=1000')
    await client.settled()
    const book = new PlainBook()
    for (const { data } of bybitBooks(client, topic).filter(({ data }) => data.u <= body.result.u)) book.apply(data.b, data.a)
    const rest = new PlainBook()
    rest.replace(body.result.b, body.result.a)
    expect(book.best(1_000)).toEqual(rest.best(1_000))
    expect(bybitBooks(client, topic).at(-1)?.data.u).toBe(body.result.u)
  })

  it('sends of a ticker first everything and then what changed', async () => {
    const { sandbox, pass } = await start()
    const client = await bybit(sandbox)
    client.send({ op: 'subscribe', args: ['tickers.BTCUSDT'], req_id: '1' })
    await client.settled()
    pass(1_000)
    await client.settled()
    const [snapshot, ...deltas] = client.texts.map((text) => JSON.parse(text)).filter(({ topic }) => topic === 'tickers.BTCUSDT')
    expect(deltas.length).toBeGreaterThan(5)
    for (const { type, data } of deltas) {
      expect(type).toBe('delta')
      expect(Object.keys(data).length).toBeLessThan(Object.keys(snapshot.data).length)
    }
    const told = Object.assign({}, snapshot.data, ...deltas.map(({ data }) => data))
    const late = await bybit(sandbox)
    late.send({ op: 'subscribe', args: ['tickers.BTCUSDT'], req_id: '1' })
    await late.settled()
    expect(told).toEqual(JSON.parse(late.texts.at(-1) ?? '').data)
  })
})

describe('the sandbox', () => {
  it('sends every subscriber of a topic the same bytes', async () => {
    const { sandbox, pass } = await start()
    const topic = 'orderbook.50.SOLUSDT'
    const clients = await Promise.all(Array.from({ length: 8 }, () => bybit(sandbox)))
    for (const client of clients) client.send({ op: 'subscribe', args: [topic], req_id: '1' })
    await Promise.all(clients.map((client) => client.settled()))
    pass(2_000)
    await Promise.all(clients.map((client) => client.settled()))
    const deltas = clients.map(({ texts }) => texts.filter((text) => text.includes('"delta"')))
    expect(deltas[0]?.length).toBeGreaterThan(30)
    for (const other of deltas) expect(other).toEqual(deltas[0])
  })

  it('sends the same bytes for the same seed and times', async () => {
    const runs = await Promise.all(
      [1, 2].map(async () => {
        const { sandbox, pass } = await start()
        const [one, two] = [await binance(sandbox), await bybit(sandbox)]
        one.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms', 'btcusdt@bookTicker'], id: 1 })
        two.send({ op: 'subscribe', args: ['orderbook.50.BTCUSDT', 'publicTrade.BTCUSDT', 'tickers.BTCUSDT'], req_id: '1' })
        await Promise.all([one.settled(), two.settled()])
        pass(3_000)
        await Promise.all([one.settled(), two.settled()])
        return [...one.texts, ...two.texts].join('\n')
      }),
    )
    expect(runs[0]?.length).toBeGreaterThan(50_000)
    expect(runs[0]).toBe(runs[1])
  })

  it('answers 404 where an exchange has no path and where there is no exchange', async () => {
    const { sandbox } = await start()
    expect((await get(sandbox, 'bybit', '/v5/market/nothing')).status).toBe(404)
    const root = `http://127.0.0.1:${sandbox.port}`
    const unknown = await fetch(`${root}/nowhere/fapi/v1/depth`)
    expect([unknown.status, JSON.parse(await unknown.text()).exchanges]).toEqual([404, Object.keys(sandbox.urls)])
    for (const path of ['/nowhere/ws', '/bybit/v5/public/nothing']) {
      const refused = new WebSocket(root.replace('http', 'ws') + path)
      const error = await new Promise<Error>((resolve) => refused.once('error', resolve))
      expect(error.message).toContain('404')
    }
  })

  it('lets the market live faster than the clock', async () => {
    const { sandbox, pass } = await start({ speed: 10 })
    pass(1_000)
    const { body } = await get(sandbox, 'binance', '/fapi/v1/time')
    expect(body.serverTime).toBe(START + 10_000)
  })

  it('lists synthetic assets on every exchange and runs their books when they are asked for', async () => {
    const { sandbox, pass } = await start({ extraAssets: 3 })
    for (const exchange of Object.keys(sandbox.urls)) {
      expect(sandbox.market.view(exchange).listings.filter(({ base }) => base.startsWith('SIM'))).toHaveLength(3)
    }
    const client = await bybit(sandbox)
    client.send({ op: 'subscribe', args: ['orderbook.50.SIM002USDT'], req_id: '1' })
    await client.settled()
    pass(2_000)
    await client.settled()
    expect(bybitBooks(client, 'orderbook.50.SIM002USDT').length).toBeGreaterThan(10)
  })

  it('lets everything out through the gate: what it swallows is a provable gap', async () => {
    let seen = 0
    const { sandbox, pass } = await start({
      gate: (outgoing) => {
        if (outgoing.kind === 'response') outgoing.respond('hang-up')
        else if (outgoing.kind === 'upgrade' || outgoing.topic === undefined || ++seen !== 5) openGate(outgoing)
      },
    })
    const client = await binance(sandbox)
    client.send({ method: 'SUBSCRIBE', params: ['btcusdt@depth@100ms'], id: 1 })
    await client.settled()
    pass(2_000)
    await client.settled()
    const frames = depths(client)
    const breaks = frames.slice(1).filter((frame, i) => frame.pu !== frames[i]?.u)
    expect(breaks).toHaveLength(1)
    await expect(fetch(`${urlOf(sandbox, 'binance')}/fapi/v1/time`)).rejects.toThrow()
  })

  it('cuts a client that takes less than it is sent, and no other', async () => {
    const repeat: Gate = (outgoing) => {
      for (let i = 0; i < (outgoing.kind === 'frame' && outgoing.topic !== undefined ? 20 : 1); i++) openGate(outgoing)
    }
    const { sandbox, pass } = await start({ gate: repeat })
    const [slow, quick] = [await bybit(sandbox), await bybit(sandbox)]
    const args = ['BTC', 'ETH', 'SOL', 'XRP', 'BNB', 'DOGE', 'LTC', 'LINK', 'ADA', 'AVAX'].map(
      (base) => `orderbook.1000.${base}USDT`,
    )
    for (const client of [slow, quick]) client.send({ op: 'subscribe', args, req_id: '1' })
    await Promise.all([slow.settled(), quick.settled()])
    slow.socket.pause()
    const gone = new Promise((resolve) => slow.socket.once('close', resolve))
    for (let i = 0; i < 30; i++) {
      pass(1_000)
      await quick.settled()
    }
    slow.socket.resume()
    await gone
    await quick.settled()
    expect(quick.socket.readyState).toBe(WebSocket.OPEN)
    expect(quick.texts.length).toBeGreaterThan(slow.texts.length)
  })
})
