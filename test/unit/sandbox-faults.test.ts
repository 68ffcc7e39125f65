import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../../src/core/clock.js'
import type { ServerPeer, ServerResponse } from '../../src/core/net/server.js'
import { parseFaultFlag } from '../../src/core/sandbox/faults/flag.js'
import { createFaults, type Truth } from '../../src/core/sandbox/faults/index.js'
import type { FaultRule } from '../../src/core/sandbox/faults/rule.js'
import { parseFaultScript } from '../../src/core/sandbox/faults/script.js'

/** 100 frames of two topics, 10 ms apart, through faults; what came out, and what was remembered. */
function play(rules: readonly FaultRule[], seed = 7) {
  const clock = new VirtualClock(1_790_000_000_000)
  const start = clock.now()
  const sent: string[] = []
  const ends: (number | 'cut')[] = []
  const peer: ServerPeer = {
    send: (text) => sent.push(text),
    close: (code) => ends.push(code),
    destroy: () => ends.push('cut'),
    ping: () => undefined,
    bufferedAmount: 0,
  }
  const faults = createFaults({ rules, seed, clock })
  for (let i = 0; i < 100; i++) {
    clock.advanceTo((start + i * 10) * 1000)
    const topic = i % 2 === 0 ? 'a@depth' : 'b@depth'
    faults.gate({ kind: 'frame', exchange: 'x', connection: 1, topic, text: `frame ${i}`, peer })
  }
  clock.advanceTo((start + 60_000) * 1000)
  const numbers = sent.map((text) => Number(/^frame (\d+)$/.exec(text)?.[1] ?? Number.NaN))
  return { sent, numbers, ends, faults, truths: faults.truths(), start }
}

function answer(rule: FaultRule): { got: ServerResponse | 'hang-up' | undefined; truths: readonly Truth[] } {
  const clock = new VirtualClock(1_790_000_000_000)
  const faults = createFaults({ rules: [rule], seed: 7, clock })
  let got: ServerResponse | 'hang-up' | undefined
  faults.gate({
    kind: 'response',
    exchange: 'x',
    path: '/depth',
    query: new URLSearchParams('symbol=BTC'),
    response: { status: 200, body: '{"T":1790000000000}' },
    asOf: (agoMs) => ({ status: 200, body: `${agoMs} ms ago` }),
    respond: (response) => {
      got = response
    },
  })
  clock.advanceTo(1_790_000_060_000_000)
  return { got, truths: faults.truths() }
}

describe('faults of frames', () => {
  it('come again in just the same places with the same seed, and elsewhere with another', () => {
    const rules = parseFaultFlag('drop=0.1,duplicate=0.1,reorder=0.05,garbage=0.05,truncate=0.05')
    expect(play(rules)).toMatchObject({ sent: play(rules).sent, truths: play(rules).truths })
    expect(play(rules, 8).sent).not.toEqual(play(rules).sent)
  })

  it('are remembered one by one: what did not come is what the truths call lost', () => {
    const { numbers, truths } = play([{ kind: 'drop', chance: 0.2 }])
    expect(truths.length).toBeGreaterThan(5)
    expect(truths.every(({ isLoss, kind }) => isLoss && kind === 'drop')).toBe(true)
    expect(numbers).toHaveLength(100 - truths.length)
  })

  it('hit one topic only, so many times, from a moment on', () => {
    const { numbers } = play([{ kind: 'drop', topic: 'A@*', at: 200, times: 3 }])
    const missing = Array.from({ length: 100 }, (_, i) => i).filter((i) => !numbers.includes(i))
    expect(missing).toEqual([20, 22, 24])
  })

  it('swap a frame with the next one of its topic and lose none', () => {
    const { numbers } = play([{ kind: 'reorder', topic: 'a@depth', at: 200 }])
    expect(numbers.slice(19, 24)).toEqual([19, 21, 22, 20, 23])
    expect(numbers).toHaveLength(100)
  })

  it('delay a frame and all behind it, in order', () => {
    const { numbers, truths } = play([{ kind: 'delay', at: 200, by: 300 }])
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => i))
    expect(truths).toMatchObject([{ kind: 'delay', by: 300, isLoss: false }])
  })

  it('silence all topics in a stall, and one of them in a mute', () => {
    expect(play([{ kind: 'stall', at: 200, for: 100 }]).numbers).not.toContain(25)
    const muted = play([{ kind: 'mute', at: 200, for: 100 }]).numbers
    expect(muted).not.toContain(24)
    expect(muted).toContain(25)
  })

  it('end a connection once, or leave it open and say nothing any more', () => {
    expect(play([{ kind: 'cut', at: 200 }]).ends).toEqual(['cut'])
    expect(play([{ kind: 'close', at: 200 }]).ends).toEqual([1008])
    const halfOpen = play([{ kind: 'half-open', at: 200 }])
    expect(halfOpen.numbers).toHaveLength(20)
    expect(halfOpen.ends).toEqual([])
  })

  it('refuse new sockets for as long as a cut lasts', () => {
    const clock = new VirtualClock(0)
    const { gate } = createFaults({ rules: [{ kind: 'cut', at: 1_000, for: 2_000 }], seed: 1, clock })
    const refusals = [500, 1_500, 3_500].map((ms) => {
      clock.advanceTo(ms * 1000)
      let refusal: number | undefined
      gate({ kind: 'upgrade', exchange: 'x', path: '/ws', refuse: (status) => (refusal = status) })
      return refusal
    })
    expect(refusals).toEqual([undefined, 503, undefined])
  })
})

describe('faults of answers', () => {
  it('refuse with and without Retry-After, and remember until when', () => {
    const told = answer({ kind: '429', retryAfter: 5 })
    expect(told.got).toMatchObject({ status: 429, headers: { 'retry-after': '5' } })
    expect(told.truths).toMatchObject([{ status: 429, until: 1_790_000_005_000, symbol: 'BTC' }])
    expect(answer({ kind: '418' }).got).not.toHaveProperty('headers')
    expect(answer({ kind: '403' }).got).toMatchObject({ status: 403 })
    expect(answer({ kind: 'error-body' }).got).toMatchObject({ status: 200 })
  })

  it('tell an old book, hang up, or come late where they are named by their path', () => {
    expect(answer({ kind: 'snapshot-lag' }).got).toMatchObject({ body: '25000 ms ago' })
    expect(answer({ kind: 'drop', path: '*depth' }).got).toBe('hang-up')
    expect(answer({ kind: 'drop' }).got).toMatchObject({ status: 200 })
    expect(answer({ kind: 'delay', path: '*depth' }).truths).toMatchObject([{ kind: 'delay', by: 500 }])
  })

  it('move every time that the exchange tells when its clock is wrong', () => {
    expect(answer({ kind: 'clock-skew', by: -2_000 }).got).toMatchObject({ body: '{"T":1789999998000}' })
  })
})

describe('the language of faults', () => {
  it('reads chances, periods and what belongs to them', () => {
    expect(parseFaultFlag('drop=0.001, cut=30s,stall=60s/5s,429=0.01/5s,delay=0.1/500ms,clock-jump=30s/-2s')).toEqual([
      { kind: 'drop', chance: 0.001 },
      { kind: 'cut', every: 30_000 },
      { kind: 'stall', every: 60_000, for: 5_000 },
      { kind: '429', chance: 0.01, retryAfter: 5 },
      { kind: 'delay', chance: 0.1, by: 500 },
      { kind: 'clock-jump', at: 30_000, by: -2_000 },
    ])
  })

  it.each([
    ['dorp=0.1', /did you mean drop/],
    ['drop', /kind=when/],
    ['drop=2', /neither a chance/],
    ['stall=60s/often', /no span of time/],
  ])('refuses %s and says why', (text, why) => {
    expect(() => parseFaultFlag(text)).toThrow(why)
  })

  it.each([
    ['{', /no JSON/],
    ['{"faults":[]}', /faults/],
    ['{"faults":[{"kind":"drop","chance":2}]}', /faults\.0\.chance/],
    ['{"faults":[{"kind":"cut","at":"soon"}]}', /faults\.0\.at.*not a span of time/],
    ['{"faults":[{"kind":"cut","when":1}]}', /faults\.0.*when/],
  ])('names the place of a mistake in the script %s', (text, place) => {
    expect(() => parseFaultScript(text, 'faults.json')).toThrow(place)
  })

  it('reads spans of a script in words and in milliseconds', () => {
    const text = '{"faults":[{"kind":"stall","at":"2s","for":500,"topic":"btc*"}]}'
    expect(parseFaultScript(text, 'faults.json')).toEqual([{ kind: 'stall', at: 2_000, for: 500, topic: 'btc*' }])
  })
})
