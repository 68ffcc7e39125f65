/** The interface that needs a key: observations with their vintages, what a series is, when it was released. */
import { z } from 'zod'
import { ProtocolError } from '../../errors.js'
import { parseBody } from '../../rest/wire.js'
import type { Observation, ObservationQuery, ProviderSource, SeriesInfo, SeriesQuery } from '../contract.js'
import { openJson } from './errors.js'

const ID = 'fred'
const OBSERVATIONS = '/series/observations'
const SERIES = '/series'
const VINTAGES = '/series/vintagedates'
const LARGEST_PAGE = 100_000
const LARGEST_VINTAGE_PAGE = 10_000
/** Without it the answer is XML. */
const JSON_FORM = { file_type: 'json' } as const
const FIRST_RELEASES = 4
const EARLIEST = '1776-07-04'
const LATEST = '9999-12-31'

const zDay = z.string().regex(/^\d{4}-\d\d-\d\d$/, 'not a day')
const zValue = z.string().transform((text, context) => {
  const value = numberOrMissing(text)
  if (value !== undefined) return value
  context.addIssue(`not a number: ${text}`)
  return z.NEVER
})
const zObservations = z.object({
  count: z.int(),
  offset: z.int(),
  observations: z.array(z.object({ realtime_start: zDay, date: zDay, value: zValue })),
})

/** A number, `null` for what FRED writes as missing (`.` in JSON and older CSV, nothing in CSV), `undefined` for neither. */
export function numberOrMissing(text: string): number | null | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed === '.') return null
  return /^-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed) && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined
}

export const observations: ProviderSource<ObservationQuery, Observation> = {
  path: OBSERVATIONS,
  needsKey: true,
  request({ series, from, to, known, isFirstRelease }, offset = 0) {
    const window = isFirstRelease ? { first: EARLIEST, last: LATEST } : known
    const query = {
      series_id: series,
      ...JSON_FORM,
      observation_start: from,
      observation_end: to,
      realtime_start: window?.first,
      realtime_end: window?.last,
      output_type: isFirstRelease ? FIRST_RELEASES : undefined,
      limit: LARGEST_PAGE,
      offset,
    }
    return { path: OBSERVATIONS, query }
  },
  parse(answer, { series, known, isFirstRelease }) {
    const about = `${OBSERVATIONS} of ${series}`
    const body = parseBody(zObservations, openJson(answer, about), ID, about)
    const hasVintages = known !== undefined || isFirstRelease === true
    // In a question without a window it is today's date, on every row.
    const rows = body.observations.map(({ realtime_start: knownFrom, date, value }): Observation => {
      return hasVintages ? { date, value, knownFrom } : { date, value }
    })
    if (!hasVintages) checkOrder(rows, about)
    const next = body.offset + rows.length
    return rows.length > 0 && next < body.count ? { rows, next } : { rows }
  },
}

/** Days go up and none comes twice; anything else is not the series that was asked for. */
export function checkOrder(rows: readonly Observation[], about: string): void {
  for (let i = 1; i < rows.length; i++) {
    const [before, row] = [rows[i - 1], rows[i]]
    if (before !== undefined && row !== undefined && row.date <= before.date) {
      throw new ProtocolError(`${ID} ${about}: ${row.date} comes after ${before.date}`, ID)
    }
  }
}

const zSeries = z.object({
  seriess: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        frequency: z.string(),
        units: z.string(),
        seasonal_adjustment_short: z.string(),
        observation_start: zDay,
        observation_end: zDay,
        last_updated: z.string().optional(),
      }),
    )
    .min(1),
})

export const series: ProviderSource<SeriesQuery, SeriesInfo> = {
  path: SERIES,
  needsKey: true,
  request: ({ series: id }) => ({ path: SERIES, query: { series_id: id, ...JSON_FORM } }),
  parse(answer, { series: id }) {
    const about = `${SERIES} ${id}`
    const body = parseBody(zSeries, openJson(answer, about), ID, about)
    return {
      rows: body.seriess.map((row) => ({
        id: row.id,
        title: row.title,
        frequency: row.frequency,
        units: row.units,
        isSeasonallyAdjusted: row.seasonal_adjustment_short !== 'NSA' && row.seasonal_adjustment_short !== 'NA',
        firstDate: row.observation_start,
        lastDate: row.observation_end,
        updatedAt: updatedAt(row.last_updated ?? ''),
      })),
    }
  },
}

/** `2014-07-30 10:36:08-05`: a space, and hours alone as the distance from UTC. */
function updatedAt(text: string): number | null {
  const [, day, time, offset] = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)([+-]\d\d)(?::?00)?$/.exec(text) ?? []
  const ms = day === undefined ? Number.NaN : Date.parse(`${day}T${time}${offset}:00`)
  return Number.isFinite(ms) ? ms : null
}

const zVintages = z.object({ count: z.int(), offset: z.int(), vintage_dates: z.array(zDay) })

export const releases: ProviderSource<SeriesQuery, string> = {
  path: VINTAGES,
  needsKey: true,
  request: ({ series: id }, offset = 0) => {
    const query = {
      series_id: id,
      ...JSON_FORM,
      realtime_start: EARLIEST,
      realtime_end: LATEST,
      limit: LARGEST_VINTAGE_PAGE,
      offset,
    }
    return { path: VINTAGES, query }
  },
  parse(answer, { series: id }) {
    const about = `${VINTAGES} of ${id}`
    const { count, offset, vintage_dates: rows } = parseBody(zVintages, openJson(answer, about), ID, about)
    const next = offset + rows.length
    return rows.length > 0 && next < count ? { rows, next } : { rows }
  },
}
