/**
 * The series that mts knows of, with the lag after which a value is surely public. Lags are calendar days after the date, or
 * after the end of the month; where releases slip over holidays the longest seen is taken, and padded.
 */
import { nearest, UsageError } from '../../errors.js'
import type { Frequency, MacroSeries } from '../contract.js'
import { addDays, EASTERN, endOfDay, lastDayOfPeriod } from './calendar.js'

/** Safe for any series of a frequency of which nothing else is known. */
const LAG_DAYS: Readonly<Record<Frequency, number>> = { daily: 7, weekly: 14, monthly: 45, quarterly: 95 }

const REVISED = true

export const TABLE: readonly MacroSeries[] = [
  series('VIXCLS', 'VIX', 'Cboe volatility index VIX, close', 'daily', 'index', 6, {
    note: 'Since 2022 it has values on most holidays: its missing days are no calendar of holidays',
  }),
  series('DTWEXBGS', 'DXY', 'Nominal broad dollar index', 'daily', 'index, January 2006 = 100', 14, {
    isRevised: REVISED,
    note: "The Federal Reserve's broad index, not ICE's DXY of six currencies; released weekly, and a yearly change of weights rewrites its past",
  }),
  series('DGS10', 'DGS10', 'Treasury yield, 10 years, constant maturity', 'daily', 'percent', 6),
  series('DFF', 'DFF', 'Effective federal funds rate, 7 days a week', 'daily', 'percent', 5),
  series('SOFR', 'SOFR', 'Secured overnight financing rate', 'daily', 'percent', 5),
  series('DGS2', 'DGS2', 'Treasury yield, 2 years, constant maturity', 'daily', 'percent', 6),
  series('DGS3MO', 'DGS3MO', 'Treasury yield, 3 months, constant maturity', 'daily', 'percent', 6),
  series('T10Y2Y', 'T10Y2Y', 'Treasury yields, 10 years minus 2 years', 'daily', 'percentage points', 4),
  series('T10Y3M', 'T10Y3M', 'Treasury yields, 10 years minus 3 months', 'daily', 'percentage points', 4),
  series('T10YIE', 'T10YIE', 'Breakeven inflation, 10 years', 'daily', 'percent', 4),
  series('T5YIFR', 'T5YIFR', 'Forward inflation expectation, 5 years from 5 years on', 'daily', 'percent', 4),
  series('DFII10', 'DFII10', 'Real Treasury yield, 10 years', 'daily', 'percent', 6),
  series('DEXUSEU', 'DEXUSEU', 'Dollars for a euro, noon', 'daily', 'dollars', 14),
  series('DEXJPUS', 'DEXJPUS', 'Yen for a dollar, noon', 'daily', 'yen', 14),
  series('SP500', 'SP500', 'S&P 500, close', 'daily', 'index', 4, { note: 'Only the last 10 years are served' }),
  series('NASDAQCOM', 'NASDAQCOM', 'Nasdaq Composite, close', 'daily', 'index, 5 February 1971 = 100', 4),
  series('BAMLH0A0HYM2', 'HY_SPREAD', 'US high-yield spread, option-adjusted', 'daily', 'percent', 5, {
    note: 'Since April 2026 only a rolling 3 years are served',
  }),
  series('BAMLC0A0CM', 'IG_SPREAD', 'US corporate spread, option-adjusted', 'daily', 'percent', 5, {
    note: 'Since April 2026 only a rolling 3 years are served',
  }),
  series('DCOILWTICO', 'WTI', 'Crude oil WTI, spot', 'daily', 'dollars a barrel', 10, { note: 'Below zero on 2020-04-20' }),
  series('RRPONTSYD', 'RRP', 'Overnight reverse repurchase agreements', 'daily', 'billions of dollars', 2),
  series('WALCL', 'WALCL', 'Total assets of the Federal Reserve, Wednesday', 'weekly', 'millions of dollars', 3),
  series('WTREGEN', 'TGA', 'Treasury general account, week average', 'weekly', 'see the series', 3, {
    note: 'Its units have changed: read them with the data',
  }),
  series('WDTGAL', 'WDTGAL', 'Treasury general account, Wednesday', 'weekly', 'see the series', 3, {
    note: 'Its units have changed: read them with the data',
  }),
  series('M2SL', 'M2', 'Money stock M2, seasonally adjusted', 'monthly', 'billions of dollars', 35, { isRevised: REVISED }),
  series('CPIAUCSL', 'CPI', 'Consumer prices, all items, seasonally adjusted', 'monthly', 'index, 1982-84 = 100', 20, {
    isRevised: REVISED,
    note: 'October 2025 was never collected',
  }),
  series('CPIAUCNS', 'CPIAUCNS', 'Consumer prices, all items, not adjusted', 'monthly', 'index, 1982-84 = 100', 20, {
    note: 'October 2025 was never collected',
  }),
  series('UNRATE', 'UNRATE', 'Unemployment rate, seasonally adjusted', 'monthly', 'percent', 10, {
    isRevised: REVISED,
    note: 'October 2025 was never collected',
  }),
  series('PAYEMS', 'PAYEMS', 'Payrolls outside farms, seasonally adjusted', 'monthly', 'thousands of persons', 10, {
    isRevised: REVISED,
  }),
  series('PCEPILFE', 'CORE_PCE', 'Core consumption prices', 'monthly', 'index, 2017 = 100', 35, { isRevised: REVISED }),
  series('ICSA', 'ICSA', 'Initial claims for unemployment insurance', 'weekly', 'number', 7, { isRevised: REVISED }),
  series('NFCI', 'NFCI', 'Chicago Fed financial conditions', 'weekly', 'index', 7, {
    isRevised: REVISED,
    note: 'Its whole past changes every week',
  }),
  series('STLFSI4', 'STLFSI', 'St. Louis Fed financial stress', 'weekly', 'index', 7, {
    isRevised: REVISED,
    note: 'Its whole past changes every week',
  }),
  series('USEPUINDXD', 'EPU', 'Economic policy uncertainty, 7 days a week', 'daily', 'index', 5, { isRevised: REVISED }),
  series('GVZCLS', 'GVZ', 'Cboe gold volatility index, close', 'daily', 'index', 6),
  series('CBBTCUSD', 'CBBTCUSD', 'Bitcoin at Coinbase, 7 days a week', 'daily', 'dollars', 3),
  series('CBETHUSD', 'CBETHUSD', 'Ether at Coinbase, 7 days a week', 'daily', 'dollars', 3),
]

const BY_NAME = new Map(TABLE.flatMap((each) => [[each.id, each] as const, [each.indicator, each] as const]))
const ID = /^[A-Z0-9_]{1,40}$/

export function findSeries(text: string): MacroSeries | undefined {
  return BY_NAME.get(text.trim().toUpperCase())
}

export function nearestSeries(text: string): readonly string[] {
  return nearest(text.trim(), BY_NAME.keys())
}

/** A series that the table has not; its lag is what is safe for its frequency unless the user says better. */
export function foreignSeries(text: string, known: Partial<Omit<MacroSeries, 'id'>> = {}): MacroSeries {
  const id = text.trim().toUpperCase()
  if (!ID.test(id)) {
    throw new UsageError('USAGE_UNKNOWN_SERIES', `No series of FRED: ${text}`, {
      suggestions: ['Ids are letters, digits and _, such as DGS10: https://fred.stlouisfed.org'],
    })
  }
  const frequency = known.frequency ?? 'daily'
  return {
    indicator: id,
    name: id,
    units: 'see the series',
    isRevised: true,
    ...known,
    id,
    frequency,
    lagDays: known.lagDays ?? LAG_DAYS[frequency],
    lagFrom: known.lagDays === undefined ? 'frequency' : 'user',
  }
}

/** End of the day, in the east of the United States, on which a value is surely public by the series' lag, ms UTC. */
export function availableByLag({ frequency, lagDays }: Pick<MacroSeries, 'frequency' | 'lagDays'>, date: string): number {
  return endOfDay(addDays(lastDay(frequency, date), lagDays), EASTERN)
}

function lastDay(frequency: Frequency, date: string): string {
  if (frequency === 'monthly') return lastDayOfPeriod(date, 1)
  return frequency === 'quarterly' ? lastDayOfPeriod(date, 3) : date
}

function series(
  id: string,
  indicator: string,
  name: string,
  frequency: Frequency,
  units: string,
  lagDays: number,
  { isRevised = false, note }: { readonly isRevised?: boolean; readonly note?: string } = {},
): MacroSeries {
  return { id, indicator, name, frequency, units, lagDays, lagFrom: 'table', isRevised, ...(note !== undefined && { note }) }
}
