import { MtsError } from '../errors.js'
import type { BookQuery, Exchange, FundingRow, PageToken, RestCapabilities, RestSource } from '../exchanges/contract.js'
import type { BookUpdate } from '../market/book-update.js'
import type { OpenInterest, Trade } from '../market/event.js'
import type { Instrument } from '../market/instrument.js'
import { readAnswer } from '../net/rest-body.js'
import { strangeIn } from './rest-drift.js'

/** What the live path asks over REST, by what the answer means. */
export interface RestReader {
  instruments(instruments: readonly Instrument[]): void
  snapshot(symbol: string, update: BookUpdate): void
  snapshotFailed(symbol: string, reason: string): void
  openInterest(row: OpenInterest): void
  intervals(rows: readonly { readonly symbol: string; readonly intervalHours: number }[]): void
  funding(rows: readonly FundingRow[]): void
  /** Trades that were asked for by id, or the most recent ones. */
  trades(symbol: string, rows: readonly Trade[], isById: boolean): void
  tradesFailed(symbol: string, reason: string, isById: boolean): void
  failed(what: string, reason: string): void
  /** Something that the answer's declaration does not know. */
  strange(reason: string, sample: string): void
}

export interface RestOutcome {
  /** Token of the next page. */
  readonly next?: PageToken | undefined
  /** Why the answer cannot be used; the reader was told. */
  readonly error?: MtsError
}

/** Recognises an answer by its path (live and from a journal alike), parses it and tells the reader. Never throws. */
export function readRest(exchange: Exchange, url: string, status: number, body: string, reader: RestReader): RestOutcome {
  const { pathname, searchParams } = new URL(url)
  const symbol = searchParams.get('symbol') ?? ''
  const isBook = pathname.endsWith(exchange.rest.orderBook.path)
  const fromId = searchParams.get('fromId')
  const fail = (reason: string) => {
    if (fromId !== null) reader.tradesFailed(symbol, reason, true)
    else if (isOf(exchange.rest.recentTrades, pathname)) reader.tradesFailed(symbol, reason, false)
    if (isBook) reader.snapshotFailed(symbol, reason)
    reader.failed(pathname, reason)
  }
  if (status === 0) {
    fail(body)
    return {}
  }
  const limit = Number(searchParams.get('limit') ?? exchange.book.snapshotDepth)
  try {
    const query = { symbol, depth: limit, fromId: fromId === null ? undefined : Number(fromId) }
    const next = readAnswer(exchange, pathname, { status, body }, (json) => readBody(exchange.rest, pathname, query, json, reader))
    return { next }
  } catch (error) {
    if (!(error instanceof MtsError)) throw error
    fail(error.message)
    return { error }
  }
}

function readBody(
  rest: RestCapabilities,
  path: string,
  query: BookQuery & { readonly fromId: number | undefined },
  body: unknown,
  reader: RestReader,
): PageToken | undefined {
  const page = <Query, Row>(source: RestSource<Query, Row> | undefined, ask: Query, tell: (rows: readonly Row[]) => void) => {
    if (source === undefined || !isOf(source, path)) return false
    const { rows, next } = source.parse(body, ask)
    tell(rows)
    if (source.shape !== undefined) {
      for (const { reason, sample } of strangeIn(body, source.shape)) reader.strange(`${source.path} ${reason}`, sample)
    }
    token = next
    return true
  }
  let token: PageToken | undefined
  const { symbol, fromId } = query
  if (fromId !== undefined && page(rest.tradesFrom, { symbol, fromId }, (rows) => reader.trades(symbol, rows, true))) return token
  page(rest.orderBook, query, (rows) => {
    for (const update of rows) reader.snapshot(symbol, update)
  }) ||
    page(rest.recentTrades, { symbol }, (rows) => reader.trades(symbol, rows, false)) ||
    page(rest.instruments, {}, reader.instruments) ||
    page(rest.openInterest, { symbol }, (rows) => {
      for (const row of rows) reader.openInterest(row)
    }) ||
    page(rest.fundingIntervals, {}, reader.intervals) ||
    page(rest.funding, {}, reader.funding)
  return token
}

function isOf(source: { readonly path: string } | undefined, path: string): boolean {
  return source !== undefined && path.endsWith(source.path)
}
