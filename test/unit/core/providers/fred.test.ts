import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MacroSeries, Observation } from '../../../../src/core/providers/contract.js'
import { loadMacroProvider } from '../../../../src/core/providers/registry.js'

const DAY = 86_400_000
const provider = await loadMacroProvider()
const iso = (ms: number) => new Date(ms).toISOString()
const answer = (body: string, status = 200) => ({ status, headers: {}, body })

function known(id: string): MacroSeries {
  const series = provider.find(id)
  if (series === undefined) throw new Error(`no ${id}`)
  return series
}

describe('files of the graphs', () => {
  const graph = (body: string, status = 200) => provider.rest.graph.parse(answer(body, status), { series: 'VIXCLS' }).rows

  it.each([
    ['an empty cell', 'observation_date,VIXCLS\n2024-03-29,\n'],
    ['a dot, in a file of before', 'DATE,VIXCLS\n2024-03-29,.\n'],
    ['an empty cell after a mark, between lines of Windows', '\ufeffObservation_Date,vixcls\r\n2024-03-29,\r\n\r\n'],
  ])('has one missing value for %s', (_, body) => {
    expect(graph(body)).toEqual([{ date: '2024-03-29', value: null }])
  })

  it('keeps what is negative, zero, and written short', () => {
    expect(graph('observation_date,VIXCLS\n2020-04-20,-36.98\n2020-04-21,0\n2020-04-22,.5\n').map(({ value }) => value)).toEqual([
      -36.98, 0, 0.5,
    ])
  })

  it.each([
    ['another series', 'observation_date,DGS10\n2024-03-28,4.2\n'],
    ['a page of HTML', '<!DOCTYPE html><html></html>'],
    ['nothing at all', ''],
    ['two series', 'observation_date,VIXCLS,DGS10\n2024-03-28,1,2\n'],
    ['a cell that is no number', 'observation_date,VIXCLS\n2024-03-28,1 234\n'],
    ['a hexadecimal number', 'observation_date,VIXCLS\n2024-03-28,0x10\n'],
    ['a number beyond all numbers', 'observation_date,VIXCLS\n2024-03-28,1e999\n'],
    ['a line that was cut', 'observation_date,VIXCLS\n2024-03-28,13.01\n2024-0'],
    ['a day twice', 'observation_date,VIXCLS\n2024-03-28,1\n2024-03-28,2\n'],
    ['days that go back', 'observation_date,VIXCLS\n2024-03-29,1\n2024-03-28,2\n'],
  ])('makes no rows of %s', (_, body) => {
    expect(() => graph(body)).toThrow(expect.objectContaining({ code: 'API_PROTOCOL' }))
  })

  it('wants the day of the vintage in the header', () => {
    const query = { series: 'UNRATE', asOf: '2021-01-08' }
    expect(provider.rest.graphAsOf.parse(answer('observation_date,UNRATE_20210108\n2020-12-01,6.7\n'), query).rows).toHaveLength(1)
    expect(() => provider.rest.graphAsOf.parse(answer('observation_date,UNRATE\n2020-12-01,6.7\n'), query)).toThrow(
      'UNRATE_20210108',
    )
  })

  it.each([
    [404, '<!DOCTYPE html>', 'API_REJECTED'],
    [403, '<html>Access Denied</html>', 'API_REJECTED'],
    [429, '', 'API_RATE_LIMIT'],
    [504, '<html>Gateway Timeout</html>', 'API_CONNECTION'],
    [302, '', 'API_PROTOCOL'],
  ])('says what HTTP %i means', (status, body, code) => {
    expect(() => graph(body, status)).toThrow(expect.objectContaining({ code }))
  })
})

describe('refusals of the interface', () => {
  const parse = (status: number, body: string) => () => provider.rest.observations.parse(answer(body, status), { series: 'VIXCLS' })
  const said = (message: string) => JSON.stringify({ error_code: 400, error_message: `Bad Request.  ${message}` })

  it.each([
    ['no key', 400, said('The value for variable api_key is not set.'), 'CONFIG_KEY_MISSING', 78],
    [
      'a key of another form',
      400,
      said('The value for variable api_key is not a 32 character alpha-numeric lower-case string.'),
      'CONFIG_BAD_KEY',
      78,
    ],
    ['an unknown key', 400, said('The value for variable api_key is not registered.'), 'CONFIG_BAD_KEY', 78],
    ['an unknown series', 400, said('The series does not exist.'), 'API_REJECTED', 69],
    ['an unknown series, told with 200', 200, said('The series does not exist.'), 'API_REJECTED', 69],
    ['a bad date', 400, said('Value is not a YYYY-MM-DD formatted date.'), 'API_REJECTED', 69],
    ['too many vintages', 400, said('exceeds the maximum number of vintage dates allowed (2000).'), 'API_REJECTED', 69],
    ['the second version’s form', 400, JSON.stringify({ code: 400, message: 'The series does not exist.' }), 'API_REJECTED', 69],
    ['too many requests', 429, '', 'API_RATE_LIMIT', 69],
    ['XML', 400, '<?xml version="1.0"?><error code="400"/>', 'API_REJECTED', 69],
    ['a failing server', 502, '<html/>', 'API_CONNECTION', 69],
    ['a page of HTML with 200', 200, '<html/>', 'API_PROTOCOL', 76],
  ])('tells %s for what it is', (_, status, body, code, exitCode) => {
    expect(parse(status, body)).toThrow(expect.objectContaining({ code, exitCode }))
  })
})

describe('pages of observations', () => {
  it('follow each other until all are there', () => {
    const page = (offset: number, dates: readonly string[]) => {
      const observations = dates.map((date) => ({ realtime_start: '2026-11-20', realtime_end: '2026-11-20', date, value: '1' }))
      return provider.rest.observations.parse(answer(JSON.stringify({ count: 3, offset, observations })), { series: 'X' })
    }
    expect(page(0, ['2026-01-01', '2026-01-02']).next).toBe(2)
    expect(page(2, ['2026-01-03'])).not.toHaveProperty('next')
    expect(provider.rest.observations.request({ series: 'X' }, 2).query).toMatchObject({ offset: 2, file_type: 'json' })
  })
})

describe('when a value can be known', () => {
  it.each([
    // Winter and summer time in New York, and the two days on which it changes.
    ['VIXCLS', '2024-01-10', '2024-01-17T05:00:00.000Z'],
    ['VIXCLS', '2024-07-10', '2024-07-17T04:00:00.000Z'],
    ['VIXCLS', '2024-03-03', '2024-03-10T05:00:00.000Z'],
    ['VIXCLS', '2024-03-04', '2024-03-11T04:00:00.000Z'],
    ['VIXCLS', '2024-10-27', '2024-11-03T04:00:00.000Z'],
    ['VIXCLS', '2024-10-28', '2024-11-04T05:00:00.000Z'],
    ['DFF', '2022-03-05', '2022-03-11T05:00:00.000Z'],
    ['CPIAUCSL', '2024-01-01', '2024-02-21T05:00:00.000Z'],
    ['UNRATE', '2024-02-01', '2024-03-11T04:00:00.000Z'],
    ['WALCL', '2024-05-01', '2024-05-05T04:00:00.000Z'],
  ])('%s of %s at %s', (id, date, at) => {
    expect(iso(provider.availableAt(known(id), date))).toBe(at)
  })

  it('DXY of a Monday not in the same week', () => {
    expect(provider.availableAt(known('DXY'), '2026-11-16')).toBeGreaterThan(Date.parse('2026-11-23T00:00:00Z'))
  })

  it('from a day of release at its end in St. Louis: Saturday’s DFF on Tuesday', () => {
    expect(iso(provider.releasedAt('2022-03-08'))).toBe('2022-03-09T06:00:00.000Z')
    expect(iso(provider.releasedAt('2022-07-08'))).toBe('2022-07-09T05:00:00.000Z')
  })

  it('agrees with the time zones of this machine since 1987, and is never early before', () => {
    const clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
      hourCycle: 'h23',
    })
    const daily = { ...known('VIXCLS'), lagDays: 0 }
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1987, 0, 1) / DAY, max: Date.UTC(2035, 0, 1) / DAY }), (day) => {
        const date = iso(day * DAY).slice(0, 10)
        const next = iso((day + 1) * DAY).slice(0, 10)
        expect(clock.format(provider.availableAt(daily, date))).toBe(`${next}, 00:00:00`)
      }),
      { numRuns: 1000 },
    )
    expect(iso(provider.availableAt(daily, '1970-07-01'))).toBe('1970-07-02T05:00:00.000Z')
  })

  it('is later for what nobody knows anything of', () => {
    const lags = (['daily', 'weekly', 'monthly', 'quarterly'] as const).map(
      (frequency) => provider.foreign('abc', { frequency }).lagDays,
    )
    expect(lags).toEqual([7, 14, 45, 95])
    expect(provider.foreign('abc')).toMatchObject({ id: 'ABC', lagFrom: 'frequency', isRevised: true })
    expect(provider.foreign('abc', { lagDays: 1 })).toMatchObject({ lagDays: 1, lagFrom: 'user' })
    expect(iso(provider.availableAt(provider.foreign('GDP', { frequency: 'quarterly' }), '2024-01-01'))).toBe(
      '2024-07-05T04:00:00.000Z',
    )
  })
})

describe('names of series', () => {
  it('are indicators or ids, in any case', () => {
    expect(known('vix')).toBe(known('VIXCLS'))
    expect(known('DXY')).toMatchObject({ id: 'DTWEXBGS', isRevised: true, note: expect.stringContaining('ICE') })
    expect(provider.table.slice(0, 4).map(({ indicator }) => indicator)).toEqual(['VIX', 'DXY', 'DGS10', 'DFF'])
    expect(provider.nearest('VIXX')).toContain('VIX')
  })

  it('stand for one series each', () => {
    const names = provider.table.flatMap(({ id, indicator }) => (id === indicator ? [id] : [id, indicator]))
    expect(new Set(names).size).toBe(names.length)
  })

  it.each(['', ' ', 'a b', '../x', 'DGS10;DROP', 'x'.repeat(41), '💥'])('are refused where they cannot be one: %j', (text) => {
    expect(() => provider.foreign(text)).toThrow(expect.objectContaining({ code: 'USAGE_UNKNOWN_SERIES' }))
  })
})

describe('vintages', () => {
  const row = (date: string, value: number | null, knownFrom: string): Observation => ({ date, value, knownFrom })

  it('are asked for in windows that hold few enough, without a hole between them', () => {
    const releases = Array.from({ length: 4_000 }, (_, i) => iso(Date.UTC(2014, 0, 1) + i * DAY).slice(0, 10))
    const windows = provider.windows(releases)
    expect(windows.at(-1)?.last).toBe('9999-12-31')
    for (const [i, { first, last }] of windows.entries()) {
      expect(releases.filter((day) => day >= first && day <= last).length).toBeLessThanOrEqual(2_000)
      const next = windows[i + 1]
      if (next !== undefined) expect(Date.parse(next.first) - Date.parse(last)).toBe(DAY)
    }
    expect(provider.windows([])).toEqual([])
  })

  it('are one history: what a window cut is no revision', () => {
    const windows = [
      { first: '2020-01-10', last: '2020-12-31' },
      { first: '2021-01-01', last: '9999-12-31' },
    ]
    const told = [
      row('2020-11-01', 6.7, '2020-12-04'),
      row('2020-12-01', 6.5, '2021-01-08'),
      row('2020-11-01', 6.7, '2021-01-01'),
      row('2020-11-01', 6.6, '2021-02-05'),
      row('2020-11-01', 6.7, '2021-03-05'),
    ]
    expect(provider.vintages(known('UNRATE'), told, windows)).toEqual([
      row('2020-11-01', 6.7, '2020-12-04'),
      row('2020-11-01', 6.6, '2021-02-05'),
      row('2020-11-01', 6.7, '2021-03-05'),
      row('2020-12-01', 6.5, '2021-01-08'),
    ])
  })

  it('know nothing of releases before they begin: the lag of what is never revised holds, and nothing of what is', () => {
    const windows = [{ first: '2012-03-01', last: '9999-12-31' }]
    const told = [row('1999-05-03', 1, '2012-03-01'), row('2012-02-29', 2, '2012-03-01')]
    expect(provider.vintages(known('VIX'), told, windows)).toEqual([{ date: '1999-05-03', value: 1 }, told[1]])
    expect(provider.vintages(known('UNRATE'), told, windows)).toEqual(told)
  })
})
