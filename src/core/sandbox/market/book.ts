/**
 * The matching engine's book of one instrument, on the exchange's own grid: whole ticks and whole lots. Every change of a
 * level gets the next engine id. Orders come and go mostly near the touch; trades take what rests there; when the price
 * moves, the levels in its way are consumed. It is never crossed, not even between two changes.
 */
import type { MarketInstrument } from './instrument.js'
import { mix, randomStream } from './random.js'
import { STEPS_PER_MINUTE, type Step } from './time.js'

/** Levels a side. */
const LEAST_LEVELS = 380
export const MOST_LEVELS = 420
/** The book reaches at least so far from the touch, and is cut at three times that. */
const REACH = 0.012
/** Behind so many ranks levels are thinned out where they are too many. */
const DENSE_RANKS = 20
/** Ids leave room for 64 changes a step, so that a later start of the same book gets later ids. */
const IDS_PER_STEP = 64
/** Chance that an order lands on the next rank rather than on this one. */
const NEXT_RANK = 0.88
const SHARE_MODIFIED = 0.7
const SHARE_DELETED = 0.15
const SHARE_FAR = 0.03
/** What rests at one level, in USD, as a share of a day's turnover; levels behind the touch hold more. */
const LEVEL_SHARE = 4e-6
const LEAST_LEVEL_USD = 500
const CHANGES_PER_TRADE = 0.7

/** Best last, so that what changes most is moved least. */
export interface BookSide {
  readonly isBid: boolean
  readonly ticks: number[]
  readonly lots: number[]
}

export interface Book {
  readonly instrument: MarketInstrument
  readonly bids: BookSide
  readonly asks: BookSide
  readonly random: () => number
  readonly typicalLots: number
  /** Mean distance of two levels in ticks, were they spread evenly. */
  readonly meanGap: number
  readonly changesPerStep: number
  readonly reachTicks: number
  lastId: number
  /** Newest changes, to go back by: `undone[id % capacity]` was the level before change `id`. */
  readonly history: History
}

interface History {
  readonly capacity: number
  readonly ticks: Float64Array
  readonly lotsBefore: Float64Array
  readonly isBid: Uint8Array
  /** Id of the oldest state that can be told. */
  oldestId: number
}

/** A fresh book around the price at a step. `lastId` of an earlier book of the instrument is never reached again. */
export function createBook(instrument: MarketInstrument, at: Step, priceTicks: number, keptChanges: number, lastId = 0): Book {
  const { asset } = instrument.path
  const unitPrice = asset.price * instrument.listing.multiplier
  const levelUsd = Math.max(LEAST_LEVEL_USD, asset.dailyTurnover * LEVEL_SHARE)
  const reachTicks = (REACH * unitPrice) / instrument.listing.tickSize
  const stepNumber = at.minute * STEPS_PER_MINUTE + at.step
  const book: Book = {
    instrument,
    bids: { isBid: true, ticks: [], lots: [] },
    asks: { isBid: false, ticks: [], lots: [] },
    random: randomStream(mix(mix(mix(instrument.key, 20), at.minute), at.step)),
    typicalLots: Math.max(5, levelUsd / unitPrice / instrument.listing.lotSize),
    meanGap: Math.max(1, reachTicks / MOST_LEVELS),
    reachTicks,
    changesPerStep: (asset.tradesPerMinute / STEPS_PER_MINUTE) * CHANGES_PER_TRADE * 60,
    lastId: Math.max(lastId + 1, stepNumber * IDS_PER_STEP),
    history: {
      capacity: keptChanges,
      ticks: new Float64Array(keptChanges),
      lotsBefore: new Float64Array(keptChanges),
      isBid: new Uint8Array(keptChanges),
      oldestId: 0,
    },
  }
  changeLevel(book, book.asks, priceTicks + 1, restingLots(book, 0))
  if (priceTicks > 0) changeLevel(book, book.bids, priceTicks, restingLots(book, 0))
  keepDepth(book, book.bids)
  keepDepth(book, book.asks)
  book.history.oldestId = book.lastId
  return book
}

/** Moves the touch to the price without a trade: only where the price left the spread. */
export function followPrice(book: Book, priceTicks: number): void {
  if (priceTicks > bestTicks(book.asks)) moveTouch(book, book.asks, priceTicks)
  else if (priceTicks < bestTicks(book.bids)) moveTouch(book, book.bids, priceTicks)
}

/** A trade at the price: the side that rests there is brought to the touch and gives the lots. */
export function trade(book: Book, priceTicks: number, lots: number, isBuy: boolean): void {
  const side = isBuy ? book.asks : book.bids
  moveTouch(book, side, priceTicks)
  const last = side.lots.length - 1
  const resting = side.lots[last] ?? 0
  if (resting >= lots) changeLevel(book, side, priceTicks, resting - lots)
  else {
    // More came in between to be taken.
    changeLevel(book, side, priceTicks, lots + restingLots(book, 0))
    changeLevel(book, side, priceTicks, (side.lots[last] ?? 0) - lots)
  }
}

/** One step's coming and going of orders. */
export function churn(book: Book): void {
  const { random } = book
  const changes = Math.floor(book.changesPerStep * 2 * random() + random())
  for (let i = 0; i < changes; i++) {
    const side = random() < 0.5 ? book.bids : book.asks
    const rank = Math.min(side.ticks.length - 1, pickRank(random, side.ticks.length))
    const index = side.ticks.length - 1 - rank
    const ticks = side.ticks[index] ?? 0
    const kind = random()
    if (kind < SHARE_MODIFIED) changeLevel(book, side, ticks, restingLots(book, rank))
    else if (kind >= SHARE_MODIFIED + SHARE_DELETED) insertBehind(book, side, index, rank)
    else if (side.ticks.length > LEAST_LEVELS) changeLevel(book, side, ticks, 0)
  }
  keepDepth(book, book.bids)
  keepDepth(book, book.asks)
}

export function bestTicks(side: BookSide): number {
  return side.ticks[side.ticks.length - 1] ?? (side.isBid ? 0 : Number.POSITIVE_INFINITY)
}

/** The sides as they stood when the engine's newest id was `id`; `undefined` when that is too long ago or yet to come. */
export function bookAtId(book: Book, id: number): { readonly bids: BookSide; readonly asks: BookSide } | undefined {
  const { history } = book
  if (id > book.lastId || id < history.oldestId) return undefined
  const bids = copySide(book.bids)
  const asks = copySide(book.asks)
  for (let undo = book.lastId; undo > id; undo--) {
    const place = undo % history.capacity
    setLevel(history.isBid[place] === 1 ? bids : asks, history.ticks[place] ?? 0, history.lotsBefore[place] ?? 0)
  }
  return { bids, asks }
}

/** Ticks of every level that changed after `id`, each once; `undefined` when that is too long ago. */
export function touchedSince({ history, lastId }: Book, id: number): { bids: Set<number>; asks: Set<number> } | undefined {
  if (id < history.oldestId) return undefined
  const touched = { bids: new Set<number>(), asks: new Set<number>() }
  for (let change = id + 1; change <= lastId; change++) {
    const place = change % history.capacity
    const side = history.isBid[place] === 1 ? touched.bids : touched.asks
    side.add(history.ticks[place] ?? 0)
  }
  return touched
}

function copySide(side: BookSide): BookSide {
  return { isBid: side.isBid, ticks: side.ticks.slice(), lots: side.lots.slice() }
}

/** Makes `priceTicks` the best price of `side`; what stands in the way on either side goes first. */
function moveTouch(book: Book, side: BookSide, priceTicks: number): void {
  const other = side.isBid ? book.asks : book.bids
  const sign = side.isBid ? 1 : -1
  while (other.ticks.length > 0 && (bestTicks(other) - priceTicks) * sign <= 0) changeLevel(book, other, bestTicks(other), 0)
  while (side.ticks.length > 0 && (bestTicks(side) - priceTicks) * sign > 0) changeLevel(book, side, bestTicks(side), 0)
  openTouch(book, side, priceTicks)
  const spread = book.random() < 0.15 ? 2 + Math.floor(book.random() * 2) : 1
  const wanted = priceTicks + sign * spread
  if ((bestTicks(other) - wanted) * sign > 0 && wanted > 0) openTouch(book, other, wanted)
}

/** A new best price; more orders follow it, ever sparser, down to what was best before. */
function openTouch(book: Book, side: BookSide, touch: number): void {
  const before = bestTicks(side)
  if (before === touch) return
  const isEmpty = side.ticks.length === 0
  changeLevel(book, side, touch, restingLots(book, 0))
  if (isEmpty) {
    // It was swept away; there is nothing to follow down to.
    keepDepth(book, side)
    return
  }
  const sign = side.isBid ? -1 : 1
  let rank = 1
  let ticks = touch + sign * gap(book, rank)
  while ((before - ticks) * sign > 0) {
    changeLevel(book, side, ticks, restingLots(book, rank))
    rank += 1
    ticks += sign * gap(book, rank)
  }
}

function insertBehind(book: Book, side: BookSide, index: number, rank: number): void {
  const near = side.ticks[index] ?? 0
  const far = side.ticks[index - 1]
  if (far === undefined) return
  const room = Math.abs(near - far) - 1
  if (room < 1) return
  const ticks = near + (side.isBid ? -1 : 1) * (1 + Math.floor(book.random() * room))
  changeLevel(book, side, ticks, restingLots(book, rank))
}

/** Enough levels, not too many, and far enough from the touch, wherever the price has gone. */
function keepDepth(book: Book, side: BookSide): void {
  while ((side.ticks.length < LEAST_LEVELS || distance(side, 0) < book.reachTicks) && addFarLevel(book, side));
  while (side.ticks.length > MOST_LEVELS) {
    const index = distance(side, 0) > 3 * book.reachTicks ? 0 : crowdedIndex(book, side)
    changeLevel(book, side, side.ticks[index] ?? 0, 0)
  }
}

/** False where there is no lower price. */
function addFarLevel(book: Book, side: BookSide): boolean {
  const rank = side.ticks.length
  const ticks = (side.ticks[0] ?? 0) + (side.isBid ? -1 : 1) * gap(book, rank)
  if (ticks < 1) return false
  changeLevel(book, side, ticks, restingLots(book, rank))
  return true
}

/** Of a few levels away from the touch the one that stands closest to its neighbour for its rank. */
function crowdedIndex(book: Book, side: BookSide): number {
  const choices = side.ticks.length - DENSE_RANKS
  let [chosen, least] = [0, Number.POSITIVE_INFINITY]
  for (let i = 0; i < 4; i++) {
    const index = 1 + Math.floor(book.random() * (choices - 1))
    const room = Math.abs((side.ticks[index] ?? 0) - (side.ticks[index - 1] ?? 0)) / (side.ticks.length - index)
    if (room < least) [chosen, least] = [index, room]
  }
  return chosen
}

/** Ticks from the touch to the level at an index. */
function distance(side: BookSide, index: number): number {
  return Math.abs(bestTicks(side) - (side.ticks[index] ?? 0))
}

/** Ticks to the next level: one at the touch, growing behind it. */
function gap(book: Book, rank: number): number {
  return 1 + Math.floor(book.random() * 2 * (book.meanGap - 1) * Math.min(2, rank / (MOST_LEVELS / 2)))
}

function pickRank(random: () => number, levels: number): number {
  if (random() < SHARE_FAR) return Math.floor(random() * levels)
  return Math.floor(Math.log(1 - random()) / Math.log(NEXT_RANK))
}

function restingLots(book: Book, rank: number): number {
  const size = book.typicalLots * (0.4 + rank / 40) * -Math.log(1 - book.random())
  return 1 + Math.floor(size)
}

function changeLevel(book: Book, side: BookSide, ticks: number, lots: number): void {
  book.lastId += 1
  const { history } = book
  const place = book.lastId % history.capacity
  history.lotsBefore[place] = setLevel(side, ticks, lots)
  history.ticks[place] = ticks
  history.isBid[place] = side.isBid ? 1 : 0
  history.oldestId = Math.max(history.oldestId, book.lastId - history.capacity)
}

/** Gives the lots that the level held before. */
function setLevel(side: BookSide, ticks: number, lots: number): number {
  const index = levelIndex(side, ticks)
  if (side.ticks[index] !== ticks) {
    if (lots === 0) return 0
    side.ticks.splice(index, 0, ticks)
    side.lots.splice(index, 0, lots)
    return 0
  }
  const before = side.lots[index] ?? 0
  if (lots > 0) side.lots[index] = lots
  else {
    side.ticks.splice(index, 1)
    side.lots.splice(index, 1)
  }
  return before
}

/** Where the price stands or belongs; searched from the best level on, as most changes are there. */
function levelIndex(side: BookSide, ticks: number): number {
  const sign = side.isBid ? 1 : -1
  let index = side.ticks.length
  const nearest = Math.max(0, index - 16)
  while (index > nearest && ((side.ticks[index - 1] ?? 0) - ticks) * sign >= 0) index -= 1
  if (index > nearest) return index
  let low = 0
  let high = index
  while (low < high) {
    const middle = (low + high) >> 1
    if (((side.ticks[middle] ?? 0) - ticks) * sign < 0) low = middle + 1
    else high = middle
  }
  return low
}
