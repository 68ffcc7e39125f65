import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type JournalOutcome, playJournal } from '../../src/core/backtest/books/journal-run.js'
import { type BacktestConfig, DEFAULT_CONFIG } from '../../src/core/backtest/config.js'
import { exchange as futures } from '../../src/core/exchanges/binance/index.js'
import { exchange as spot } from '../../src/core/exchanges/binance-spot/index.js'
import { findJournalFiles } from '../../src/core/feed/journal/reader.js'
import { DEFAULT_LIMITS } from '../../src/core/feed/validation.js'
import type { BookStrategy } from '../../src/core/strategies/book-contract.js'
import { fundingArbitrage } from '../../src/core/strategies/funding-arbitrage.js'
import { marketStructure } from '../../src/core/strategies/market-structure.js'
import { spreadArbitrage } from '../../src/core/strategies/spread-arbitrage.js'
import { importRecorded, RECORDED } from '../support/feed.js'
import { needsFiles } from '../support/require.js'

const SPOT = 'binance-spot/btcusdt_depth100ms_bookTicker_trade_20240808.jsonl.gz'
const FUTURES = 'binance-usdm/btcusdt_depth0ms_bookTicker_trade_20240808.jsonl.gz'
const FREE = { maker: 0, taker: 0, fixed: 0 }
const FEES = { binance: { ...futures.fees, fixed: 0 }, 'binance-spot': { ...spot.fees, fixed: 0 } }

needsFiles(...[SPOT, FUTURES].map((name) => path.join(RECORDED, name)))(
  'six minutes of Binance spot and futures, 2024-08-08',
  () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'mts-books-'))
    beforeAll(async () => {
      await importRecorded(spot, SPOT, directory)
      await importRecorded(futures, FUTURES, directory)
    }, 60_000)
    afterAll(() => rmSync(directory, { recursive: true, force: true }))

    const play = async (
      strategy: BookStrategy,
      parameters: BacktestConfig['parameters'],
      feesOf: BacktestConfig['feesOf'] = FEES,
    ): Promise<JournalOutcome> =>
      playJournal({
        ...{ strategy, config: { ...DEFAULT_CONFIG, fill: 'book', latencyMs: 50, parameters, ...(feesOf && { feesOf }) } },
        ...{ largeTrades: { BTC: 100_000, default: 20_000 }, limits: DEFAULT_LIMITS },
        files: await findJournalFiles(directory),
        exchanges: [futures, spot],
        signal: new AbortController().signal,
      })

    it('hold a basis that fees eat up, and that without them wants spot sold short: no signal either time, and the reason', async () => {
      const parameters = { cross_kind: true, min_net_bps: 0, min_confidence: 0 }
      const paid = await play(spreadArbitrage, parameters)
      expect(paid.run.journal.decisions).toEqual([])
      expect(paid.run.decisions.silences[0]?.reason).toBe('no opportunity after fees passes the gates of the detector')
      const free = await play(spreadArbitrage, parameters, { binance: FREE, 'binance-spot': FREE })
      expect(free.run.decisions.silences.map(({ reason }) => reason)).toContain('dear here, but spot cannot be sold short')
      // The perpetual stood below spot all along: to take that, spot would have to be sold.
      expect(free.run.journal.decisions).toEqual([])
    }, 60_000)

    it('have no funding rates, so nothing is said about them, and why', async () => {
      const { run } = await play(fundingArbitrage, {})
      expect(run.journal.decisions).toEqual([])
      expect(run.decisions.silences[0]).toMatchObject({
        reason: 'no funding rate is known, or it is too old',
        asset: 'binance:BTCUSDT',
        steps: 344,
      })
    }, 60_000)

    it('are traded by their flow at half the size among large trades, from books that can be read, and cost more than they bring', async () => {
      const { run } = await play(marketStructure, {})
      const { decisions, fills, trades } = run.journal
      const entries = decisions.filter(({ signal, order }) => signal !== 'flat' && order !== null)
      expect(entries.length).toBe(15)
      for (const { reason, order } of entries) {
        const notional = fills.filter((fill) => fill.order === order).reduce((sum, fill) => sum + fill.quantity * fill.price, 0)
        const share = reason.endsWith('half the size') ? 0.01 : 0.02
        expect(notional / 100_000 / share).toBeGreaterThan(0.99)
        expect(notional / 100_000 / share).toBeLessThan(1.001)
      }
      expect(entries.some(({ reason }) => reason.endsWith('half the size'))).toBe(true)
      // Spot is not sold short, and the market had left the range of the imported snapshot for a while: no step of then was traded.
      expect(run.journal.summary()).toMatchObject([{ reason: 'shorts-not-allowed' }])
      expect(run.markets.map(({ unread }) => unread.get('untrusted-top'))).toEqual([2, 36])
      expect(run.account.cash).toBeCloseTo(100_000 + trades.reduce((sum, { pnl }) => sum + pnl, 0), 6)
      expect(run.account.cash).toBeCloseTo(99_958.3158, 3)
    }, 60_000)
  },
)
