import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { loadExchange } from '../../../../src/core/exchanges/registry.js'
import { Pipeline } from '../../../../src/core/feed/pipeline.js'
import { strangeIn } from '../../../../src/core/feed/rest-drift.js'
import { DEFAULT_LIMITS } from '../../../../src/core/feed/validation.js'
import { RECORDED } from '../../../support/feed.js'
import { needsFiles } from '../../../support/require.js'

const SHAPE = {
  keys: { '': ['list', 'time'], 'list[]': ['symbol', 'kind', 'filter'], 'list[].filter': ['tick'] },
  values: { 'list[].kind': ['perpetual', 'future'] },
}

it('tells each key and value that was not declared once, with the first entry that has it', () => {
  const list = [
    { symbol: 'A', kind: 'perpetual', filter: { tick: 1 } },
    { symbol: 'B', kind: 'option', filter: { tick: 1, lot: 2 } },
    { symbol: 'C', kind: 'option', filter: { tick: 1, lot: 2 }, colour: 'red' },
    { symbol: 'D' },
  ]
  expect(strangeIn({ list, time: 1 }, SHAPE).map(({ reason, sample }) => [reason, JSON.parse(sample).symbol])).toEqual([
    ['list[].colour', 'C'],
    ['list[].filter.lot', undefined],
    ['list[].kind = option', 'B'],
  ])
  expect(strangeIn({ list: list.slice(0, 1), time: 1 }, SHAPE)).toEqual([])
  expect(strangeIn([1, null], SHAPE)).toEqual([])
})

it('is counted for each answer of the live path and of a replay, with the first three kept', async () => {
  const binance = await loadExchange('binance')
  const kept: string[] = []
  const nothing = () => undefined
  const pipeline = new Pipeline(binance, {
    publish: nothing,
    changed: nothing,
    cover: nothing,
    cure: nothing,
    control: nothing,
    unknown: nothing,
    strange: (exchange, reason, sample) => kept.push(`${exchange} ${reason} ${sample}`),
    limits: DEFAULT_LIMITS,
  })
  const body = JSON.stringify({ lastUpdateId: 1, E: 1, T: 1, bids: [], asks: [], venue: 'x' })
  for (let i = 1; i <= 5; i++) pipeline.rest(i, 'https://fapi.binance.com/fapi/v1/depth?symbol=BTCUSDT&limit=1000', 200, body)
  expect([...pipeline.drift.answers]).toEqual([['/fapi/v1/depth venue', 5]])
  expect(kept).toEqual(Array(3).fill(`binance /fapi/v1/depth venue ${body}`))
  expect(pipeline.drift.total).toBe(0)
})

const FILES = [
  ['binance', 'binance-usdm/rest/exchangeInfo_trimmed.json'],
  ['binance', 'binance-usdm/four_alts_depth100ms_20210722/exchangeInfo.json'],
  ['bybit', 'bybit-linear/rest/instruments-info_linear_20260809.json.gz'],
] as const
needsFiles(...FILES.map(([, file]) => path.join(RECORDED, file)))('what exchanges really answered', () => {
  it.each(FILES)('has nothing strange: %s, %s', async (id, file) => {
    const bytes = readFileSync(path.join(RECORDED, file))
    const body: unknown = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString())
    const { instruments } = (await loadExchange(id)).rest
    expect(instruments.shape === undefined ? 'no shape' : strangeIn(body, instruments.shape)).toEqual([])
  })
})
