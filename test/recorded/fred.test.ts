/** Real answers and files of FRED, counted here by other means than the parser's. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { loadMacroProvider } from '../../src/core/providers/registry.js'
import { needsFiles } from '../support/require.js'

const FOLDER = path.resolve(import.meta.dirname, '../../../shared/recorded/fred')
const provider = await loadMacroProvider()

function answer(file: string, change = (body: string) => body) {
  const bytes = readFileSync(path.join(FOLDER, file))
  const body = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()
  return { status: 200, headers: {}, body: change(body) }
}

needsFiles(FOLDER)('FRED as it was recorded', () => {
  it.each([
    { file: 'csv/DGS10_19620102-20240208.csv', series: 'DGS10', rows: 16_203, missing: 691, mark: /,\.\r?$/gm },
    { file: 'csv/DFF_19540701-20240709.csv', series: 'DFF', rows: 25_577, missing: 0, mark: /,\.\r?$/gm },
    { file: 'csv/DTWEXBGS_20060102-20251226.csv', series: 'DTWEXBGS', rows: 5_215, missing: 205, mark: /,\r?$/gm },
  ])('keeps the missing days of $series missing', ({ file, series, rows: count, missing, mark }) => {
    // Saved again with `date,value` by whoever kept it; everything else is as it was.
    const named = answer(file, (body) => body.replace(/^date,value/, `DATE,${series}`))
    const { rows } = provider.rest.graph.parse(named, { series })
    expect(rows).toHaveLength(count)
    expect(rows.filter(({ value }) => value === null)).toHaveLength(missing)
    expect(named.body.match(mark)?.length ?? 0).toBe(missing)
    expect(rows.filter(({ value }) => value === 0)).toHaveLength(named.body.match(/,0(\.0+)?\r?$/gm)?.length ?? 0)
    const sum = named.body.split('\n').reduce((total, line) => total + (Number.parseFloat(line.split(',')[1] ?? '') || 0), 0)
    expect(rows.reduce((total, { value }) => total + (value ?? 0), 0)).toBeCloseTo(sum, 6)
  })

  it('refuses a file that names another series', () => {
    expect(() => provider.rest.graph.parse(answer('csv/DFF_19540701-20240709.csv'), { series: 'VIXCLS' })).toThrow(
      expect.objectContaining({ code: 'API_PROTOCOL' }),
    )
  })

  it.each([
    { file: 'observations_GDP_20241030.json', series: 'GDP', count: 315 },
    { file: 'observations_WGS10YR_20241028.json.gz', series: 'WGS10YR', count: 3_278 },
  ])('reads the observations of $series without days of release', ({ file, series, count }) => {
    const got = answer(file)
    const { rows, next } = provider.rest.observations.parse(got, { series })
    expect(rows).toHaveLength(count)
    expect(next).toBeUndefined()
    expect(rows.filter(({ value }) => value === null)).toHaveLength(got.body.match(/"value":"\."/g)?.length ?? 0)
    expect(rows.every((row) => !('knownFrom' in row))).toBe(true)
  })

  it('has the day of each first release', () => {
    const query = { series: 'GDP', isFirstRelease: true }
    const { rows } = provider.rest.observations.parse(answer('observations_GDP_output_type_4_20241030.json'), query)
    expect(rows).toHaveLength(132)
    expect(rows[0]).toEqual({ date: '1991-10-01', value: 5736.6, knownFrom: '1992-01-29' })
  })

  it('reads what a series is, with a time that is no ISO date', () => {
    const [gdp] = provider.rest.series.parse(answer('series_GDP_20241030.json'), { series: 'GDP' }).rows
    expect(gdp).toMatchObject({ id: 'GDP', frequency: 'Quarterly', units: 'Billions of Dollars', isSeasonallyAdjusted: true })
    expect(gdp?.updatedAt).toBe(Date.parse('2024-10-30T12:54:01Z'))
  })
})
