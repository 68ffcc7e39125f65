import type { MacroProvider } from '../contract.js'
import { observations, releases, series } from './api.js'
import { CENTRAL, endOfDay } from './calendar.js'
import { BANS, KEYS_FROM } from './errors.js'
import { graph, graphAsOf } from './graph.js'
import { availableByLag, findSeries, foreignSeries, nearestSeries, TABLE } from './series.js'
import { mergeVintages, vintageWindows } from './vintages.js'

export const provider: MacroProvider = {
  id: 'fred',
  name: 'FRED',
  docs: 'https://fred.stlouisfed.org/docs/api/fred/',
  endpoints: {
    api: 'https://api.stlouisfed.org/fred',
    graph: 'https://fred.stlouisfed.org/graph',
    vintageGraph: 'https://alfred.stlouisfed.org/graph',
  },
  plans: {
    keyless: { endpoint: 'graph', budget: 'graph' },
    key: {
      key: {
        pattern: /^[a-z0-9]{32}$/,
        form: '32 lower-case letters and digits',
        from: KEYS_FROM,
        sentAs: 'query',
        name: 'api_key',
      },
      endpoint: 'api',
      budget: 'api',
    },
  },
  usualPlan: { withoutKey: 'keyless', withKey: 'key' },
  budgets: {
    // 2 a second are told to be the limit.
    api: { limit: 1, windowMs: 1_000, isAligned: false },
    // None is told.
    graph: { limit: 1, windowMs: 2_000, isAligned: false },
  },
  budgetShare: 1,
  bans: BANS,
  sandbox: { plan: 'key', key: '0123456789abcdef0123456789abcdef' },
  notice: 'This product uses the FRED API but is not endorsed or certified by the Federal Reserve Bank of St. Louis',
  rest: { observations, series, releases, graph, graphAsOf },
  table: TABLE,
  find: findSeries,
  nearest: nearestSeries,
  foreign: foreignSeries,
  availableAt: availableByLag,
  // Vintages name the day in St. Louis, not the time.
  releasedAt: (day) => endOfDay(day, CENTRAL),
  vintages: mergeVintages,
  windows: vintageWindows,
}
