import { spawnSync } from 'node:child_process'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SCHEMA_VERSION } from '../../src/core/storage/migrations/index.js'
import { openReader, type Reader } from '../../src/core/storage/reader.js'
import { needs } from '../support/require.js'
import { largeTrade, START, sample, spread, temporaryFolder, watchedStore } from '../support/storage.js'

const folder = temporaryFolder()
const file = folder.file('crypto_data.db')
let reader: Reader

beforeAll(async () => {
  const { store } = await watchedStore(file)
  for (let row = 0; row < 20; row++) {
    store.write('order_book_samples', sample(row, 3))
    store.write('bid_ask_spreads', spread(row))
    store.write('bid_ask_spreads', spread(row, { exchange: 'bybit', timestamp: START + row * 1000 + 500 }))
    store.write('bid_ask_spreads', spread(row, { symbol: 'ETHUSDT', timestamp: START - 1_000_000 + row }))
    store.write('large_trades', largeTrade(row, { valueUsd: row * 1000, isLiquidation: row % 5 === 0 }))
  }
  const covered = { exchange: 'binance', symbol: 'BTCUSDT', channel: 'book', state: 'live', detail: '' }
  store.write('coverage', { ...covered, startedAt: 1000, endedAt: 2000 })
  store.write('coverage', { ...covered, startedAt: 2000, endedAt: 3000, state: 'gap' })
  store.write('coverage', { ...covered, startedAt: 3000, endedAt: null })
  store.write('coverage', { ...covered, symbol: '', channel: 'trades', startedAt: 2500, endedAt: 2600 })
  await store.close()
  reader = openReader(file)
})

afterAll(() => {
  reader.close()
  folder.remove()
})

describe('reading', () => {
  it('gives the newest rows of all instruments, newest first', () => {
    const rows = reader.spreads({ limit: 5 })
    expect(rows.map(({ exchange, timestamp }) => [exchange, timestamp - START])).toEqual([
      ['bybit', 19_500],
      ['binance', 19_000],
      ['bybit', 18_500],
      ['binance', 18_000],
      ['bybit', 17_500],
    ])
    expect(reader.spreads({ limit: Number.POSITIVE_INFINITY })).toHaveLength(60)
  })

  it('filters by exchange, symbol and time', () => {
    expect(reader.spreads({ exchanges: ['binance'], symbols: ['ETHUSDT'], limit: 1 })).toEqual([
      spread(19, { symbol: 'ETHUSDT', timestamp: START - 1_000_000 + 19 }),
    ])
    const window = reader.spreads({ exchanges: ['binance'], since: START + 3000, until: START + 5000 })
    expect(window.map(({ timestamp }) => timestamp - START)).toEqual([4000, 3000])
    expect(reader.spreads({ exchanges: ['kraken'] })).toEqual([])
  })

  it('finds large trades by value and liquidations', () => {
    const ids = (rows: readonly { tradeId: string }[]): string[] => rows.map(({ tradeId }) => tradeId)
    expect(ids(reader.largeTrades({ minValueUsd: 17_000 }))).toEqual(['19', '18', '17'])
    expect(
      ids(reader.largeTrades({ minValueUsd: 10_000, until: START + 12, symbols: ['BTCUSDT'], exchanges: ['binance'] })),
    ).toEqual(['11', '10'])
    expect(ids(reader.largeTrades({ onlyLiquidations: true }))).toEqual(['15', '10', '5', '0'])
    expect(ids(reader.largeTrades({ onlyLiquidations: true, minValueUsd: 10_000 }))).toEqual(['15', '10'])
    expect(ids(reader.largeTrades({ limit: 2 }))).toEqual(['19', '18'])
  })

  it('gives coverage that overlaps the time asked for, also what still runs and what concerns a whole exchange', () => {
    const found = reader.coverage({ since: 2500, until: 4000 })
    expect(found.map(({ startedAt, symbol }) => [startedAt, symbol])).toEqual([
      [3000, 'BTCUSDT'],
      [2500, ''],
      [2000, 'BTCUSDT'],
    ])
    expect(reader.coverage({ until: 2000 })).toHaveLength(1)
  })

  it('tells the state of the database', () => {
    const status = reader.status()
    expect(status).toMatchObject({ path: file, schemaVersion: SCHEMA_VERSION, pending: [], journalMode: 'wal' })
    expect(status.fileBytes).toBeGreaterThan(10_000)
    expect(status.tables.find(({ table }) => table === 'bid_ask_spreads')).toEqual({
      table: 'bid_ask_spreads',
      rows: 60,
      newest: START + 19_500,
    })
    expect(status.tables.find(({ table }) => table === 'open_interest')).toEqual({ table: 'open_interest', rows: 0, newest: null })
    expect(reader.instruments('bid_ask_spreads')).toEqual([
      { exchange: 'binance', symbol: 'BTCUSDT', newest: START + 19_000 },
      { exchange: 'binance', symbol: 'ETHUSDT', newest: START - 1_000_000 + 19 },
      { exchange: 'bybit', symbol: 'BTCUSDT', newest: START + 19_500 },
    ])
  })
})

describe('a query of any client goes through an index', () => {
  const byInstrument = "exchange = 'binance' AND symbol = 'BTCUSDT'"
  const cases: [string, string][] = [
    ...['order_book_samples', 'exchange_orderbooks', 'bid_ask_spreads', 'funding_rates', 'open_interest', 'large_trades'].map(
      (table): [string, string] => [
        `SELECT * FROM ${table} WHERE ${byInstrument} ORDER BY timestamp DESC LIMIT 10`,
        'exchange=? AND symbol=?',
      ],
    ),
    [
      `SELECT * FROM order_book WHERE ${byInstrument} AND timestamp = 1 AND side = 'bid'`,
      'exchange=? AND symbol=? AND timestamp=?',
    ],
    [`SELECT * FROM stream_stats WHERE ${byInstrument} AND minute >= 5`, 'exchange=? AND symbol=? AND minute>?'],
    [`SELECT * FROM coverage WHERE ${byInstrument} AND started_at >= 5`, 'exchange=? AND symbol=? AND started_at>?'],
    [`SELECT * FROM large_trades WHERE ${byInstrument} AND is_liquidation = 1 ORDER BY timestamp DESC`, 'liquidations_by_time'],
    ['SELECT * FROM large_trades WHERE value_usd >= 1e6', 'large_trades_by_value (value_usd>?)'],
    ['SELECT * FROM large_trades ORDER BY value_usd DESC LIMIT 10', 'large_trades_by_value'],
    ['SELECT * FROM funding_rates ORDER BY funding_rate DESC LIMIT 10', 'funding_rates_by_rate'],
    ['SELECT * FROM funding_rates WHERE funding_rate < -0.001', 'funding_rates_by_rate (funding_rate<?)'],
    [
      "SELECT exchange, symbol FROM large_trades WHERE (exchange, symbol, timestamp) > ('a', 'b', 1) ORDER BY exchange, symbol, timestamp LIMIT 1",
      '(exchange,symbol,timestamp)>(?,?,?)',
    ],
  ]

  it.each(cases)('%s', (sql, index) => {
    const db = new Database(file, { readonly: true })
    const plan = db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => detail)
    db.close()
    const table = plan.filter(
      (step) => /^(SCAN|SEARCH) /.test(step) && !step.includes('VIRTUAL TABLE') && !step.includes('CONSTANT'),
    )
    expect(table.length).toBeGreaterThan(0)
    for (const step of table.filter((each) => !/^SCAN \(|^SCAN level/.test(each))) expect(step).toContain(index)
    expect(plan.join()).not.toContain('TEMP B-TREE')
  })
})

needs('sqlite3')('the plain sqlite3 client', () => {
  const ask = (sql: string): string => {
    const { stdout, stderr } = spawnSync('sqlite3', ['-readonly', file, sql], { encoding: 'utf8' })
    expect(stderr).toBe('')
    return stdout.trim()
  }

  it('reads one row per level from order_book, level 0 the best', () => {
    const [first, second] = [sample(4, 3).bids[0], sample(4, 3).asks[2]]
    expect(
      ask(`SELECT side, level, price, quantity FROM order_book WHERE timestamp = ${sample(4).timestamp} AND level IN (0, 2)`).split(
        '\n',
      ),
    ).toEqual(expect.arrayContaining([`bid|0|${first?.join('|')}`, `ask|2|${second?.join('|')}`]))
    expect(ask('SELECT count(*) FROM order_book')).toBe('120')
    expect(ask("SELECT group_concat(name) FROM pragma_table_info('order_book')")).toBe(
      'exchange,symbol,timestamp,side,level,price,quantity',
    )
  })

  it('reads whole books as JSON from exchange_orderbooks', () => {
    const [bids] = ask(`SELECT bids FROM exchange_orderbooks WHERE timestamp = ${START}`).split('\n')
    expect(JSON.parse(bids ?? '')).toEqual(sample(0, 3).bids)
  })

  it('finds the columns that were promised', () => {
    const promised: Record<string, string> = {
      order_book_samples: 'exchange,symbol,timestamp,sequence,bids,asks,metadata',
      bid_ask_spreads: 'exchange,symbol,timestamp,bid_price,ask_price,spread_absolute,spread_percentage,mid_price,quality',
      funding_rates: 'exchange,symbol,timestamp,kind,funding_rate,predicted_rate,funding_time,interval_hours,metadata',
      open_interest: 'exchange,symbol,timestamp,open_interest,open_interest_usd,metadata',
      large_trades: 'exchange,symbol,trade_id,side,price,size,value_usd,timestamp,is_liquidation,metadata',
      coverage: 'exchange,symbol,channel,started_at,ended_at,state,detail,run',
      stream_stats: 'minute,exchange,symbol,channel,messages,errors,valid_share,latency_mean,latency_p50,latency_p99',
    }
    for (const [table, columns] of Object.entries(promised)) {
      expect(ask(`SELECT group_concat(name) FROM pragma_table_info('${table}')`)).toBe(columns)
    }
  })
})
