/** FRED and ALFRED as the simulated market speaks them: lags, holidays, revisions, refusals. */
import { DAY_MS } from '../../market/time.js'
import type { MacroSeries } from '../contract.js'
import type { ProviderMarket, ProviderSandboxAnswer, ProviderSandboxRequest, SandboxProvider } from '../sandbox-contract.js'
import { addDays, CENTRAL, dayOf, endOfDay } from './calendar.js'
import { factsOf, LATEST } from './sandbox-facts.js'
import { findSeries } from './series.js'

const MOST_VINTAGES = 2_000
const LIMIT_PER_MINUTE = 120
const EARLIEST = '1776-07-04'

interface Call extends ProviderSandboxRequest {
  readonly market: ProviderMarket
  /** In St. Louis. */
  readonly today: string
}
type Handler = (call: Call, series: MacroSeries) => ProviderSandboxAnswer

export const sandbox: SandboxProvider = {
  id: 'fred',
  endpoints: { api: '', graph: '/graph', vintageGraph: '/graph' },
  answer(request, market) {
    const call = { ...request, market, today: todayAt(market.now) }
    // Clients that keep the real address's own `/fred` ask for it twice.
    const path = request.path.replace(/^\/fred(?=\/)/, '')
    if (path === '/graph/fredgraph.csv' || path === '/graph/alfredgraph.csv') return graph(call, path.includes('alfred'))
    const handler = HANDLERS[path]
    if (handler === undefined) return { status: 404, headers: HTML, body: '<!DOCTYPE html><title>404 Not Found</title>' }
    const refusal = refusalFor(call)
    if (refusal !== undefined) return refusal
    const id = call.query.get('series_id')
    if (id === null) return refused(400, 'Bad Request.  The value for variable series_id is not set.')
    const series = findSeries(id)
    return series?.id === id ? handler(call, series) : refused(400, 'Bad Request.  The series does not exist.')
  },
}

const HTML = { 'content-type': 'text/html' }

const HANDLERS: Readonly<Record<string, Handler>> = {
  '/series': seriesInfo,
  '/series/observations': observations,
  '/series/vintagedates': vintageDates,
}

function refusalFor({ query, recent }: Call): ProviderSandboxAnswer | undefined {
  const key = query.get('api_key')
  const help = 'Read https://fred.stlouisfed.org/docs/api/api_key.html for more information.'
  if (key === null || key === '') return refused(400, `Bad Request.  The value for variable api_key is not set.  ${help}`)
  if (!/^[a-z0-9]{32}$/.test(key)) {
    return refused(
      400,
      `Bad Request.  The value for variable api_key is not a 32 character alpha-numeric lower-case string.  ${help}`,
    )
  }
  if (recent > LIMIT_PER_MINUTE) return refused(429, 'Too Many Requests.  Exceeded Rate Limit')
  if (query.get('file_type') === 'json') return undefined
  return {
    status: 400,
    headers: { 'content-type': 'text/xml' },
    body: '<?xml version="1.0" ?><error code="400" message="the sandbox has file_type=json only"/>',
  }
}

function observations(call: Call, series: MacroSeries): ProviderSandboxAnswer {
  const { query, today } = call
  const day = (name: string, fallback: string) => query.get(name) ?? fallback
  const [from, to] = [day('observation_start', EARLIEST), day('observation_end', LATEST)]
  const [start, end] = [day('realtime_start', today), day('realtime_end', today)]
  if ([from, to, start, end].some((text) => !/^\d{4}-\d\d-\d\d$/.test(text))) {
    return refused(400, 'Bad Request.  Value of a date is not a YYYY-MM-DD formatted date.')
  }
  const isFirst = query.get('output_type') === '4'
  const facts = factsOf(series, { ...call, from, to }).filter(({ first, last }) => first <= end && last >= start)
  const vintages = new Set(facts.flatMap(({ first }) => (first >= start ? [first] : []))).size
  if (vintages > MOST_VINTAGES && !isFirst) {
    const message = `There are ${vintages} vintage dates in the real-time period. This exceeds the maximum number of vintage dates allowed (2000).`
    return refused(400, `Bad Request.  ${message}`)
  }
  const kept = isFirst ? facts.filter(({ date }, i) => facts[i - 1]?.date !== date) : facts
  const rows = kept.map(({ date, value, first, last }) => {
    // The window cuts what was in force at its edges.
    return { realtime_start: laterOf(first, start), realtime_end: earlierOf(last, end), date, value }
  })
  const limit = Math.min(100_000, Number(query.get('limit') ?? 100_000))
  const offset = Number(query.get('offset') ?? 0)
  const head = { realtime_start: start, realtime_end: end, observation_start: from, observation_end: to, units: 'lin' }
  const order = { output_type: isFirst ? 4 : 1, file_type: 'json', order_by: 'observation_date', sort_order: 'asc' }
  return ok({ ...head, ...order, count: rows.length, offset, limit, observations: rows.slice(offset, offset + limit) })
}

function laterOf(a: string, b: string): string {
  return a > b ? a : b
}

function earlierOf(a: string, b: string): string {
  return laterOf(a, b) === a ? b : a
}

function seriesInfo({ market, today }: Call, series: MacroSeries): ProviderSandboxAnswer {
  const words = { daily: 'Daily', weekly: 'Weekly', monthly: 'Monthly', quarterly: 'Quarterly' }
  const info = {
    id: series.id,
    realtime_start: today,
    realtime_end: today,
    title: series.name,
    observation_start: dayOf(market.firstTime),
    observation_end: addDays(today, -1),
    frequency: words[series.frequency],
    frequency_short: words[series.frequency].slice(0, 1),
    units: series.units,
    units_short: series.units,
    seasonal_adjustment: 'Not Seasonally Adjusted',
    seasonal_adjustment_short: 'NSA',
    last_updated: `${today} 07:54:01-06`,
    popularity: 50,
    notes: 'Of a simulated economy',
  }
  return ok({ realtime_start: today, realtime_end: today, seriess: [info] })
}

function vintageDates(call: Call, series: MacroSeries): ProviderSandboxAnswer {
  const { query } = call
  const all = [...new Set(factsOf(series, { ...call, from: EARLIEST, to: LATEST }).map(({ first }) => first))].sort()
  const limit = Math.min(10_000, Number(query.get('limit') ?? 10_000))
  const offset = Number(query.get('offset') ?? 0)
  const head = { realtime_start: EARLIEST, realtime_end: LATEST, order_by: 'vintage_date', sort_order: 'asc' }
  return ok({ ...head, count: all.length, offset, limit, vintage_dates: all.slice(offset, offset + limit) })
}

/** Missing values are empty cells; an unknown series is a page of HTML. */
function graph(call: Call, isVintage: boolean): ProviderSandboxAnswer {
  const { query, headers, today } = call
  if ((headers['user-agent'] ?? '') === '') return { status: 403, headers: HTML, body: '<html><title>Access Denied</title></html>' }
  const id = query.get('id') ?? ''
  const series = findSeries(id)
  if (series === undefined || series.id !== id)
    return { status: 404, headers: HTML, body: '<!DOCTYPE html><title>Error - FRED</title>' }
  const asOf = query.get('vintage_date') ?? today
  const facts = factsOf(series, { ...call, from: query.get('cosd') ?? EARLIEST, to: query.get('coed') ?? LATEST })
  const lines = facts
    .filter(({ first, last }) => first <= asOf && last >= asOf)
    .map(({ date, value }) => `${date},${value === '.' ? '' : value}`)
  const column = isVintage ? `${id}_${asOf.replaceAll('-', '')}` : id
  return {
    status: 200,
    headers: { 'content-type': 'application/csv' },
    body: [`observation_date,${column}`, ...lines, ''].join('\n'),
  }
}

/** Releases of a day are out by its end; before noon there yesterday's is the newest. */
function todayAt(now: number): string {
  const day = dayOf(now)
  return now >= endOfDay(day, CENTRAL) - DAY_MS / 2 ? day : addDays(day, -1)
}

function ok(body: unknown): ProviderSandboxAnswer {
  return { status: 200, body: JSON.stringify(body) }
}

function refused(status: number, message: string): ProviderSandboxAnswer {
  return { status, body: JSON.stringify({ error_code: status, error_message: message }) }
}
