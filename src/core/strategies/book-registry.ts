/** The strategies on order books that come with mts. */
import type { BookStrategy } from './book-contract.js'
import { fundingArbitrage } from './funding-arbitrage.js'
import { marketStructure } from './market-structure.js'
import { spreadArbitrage } from './spread-arbitrage.js'

export const BOOK_STRATEGIES: readonly BookStrategy[] = [fundingArbitrage, marketStructure, spreadArbitrage]
