/** The CSV files behind FRED's and ALFRED's graphs: no key, one series a file. */
import { ProtocolError } from '../../errors.js'
import type { Answer } from '../../rest/contract.js'
import type { GraphQuery, Observation, ProviderSource } from '../contract.js'
import { checkOrder, numberOrMissing } from './api.js'
import { openCsv } from './errors.js'

const ID = 'fred'
const FRED_GRAPH = '/fredgraph.csv'
const ALFRED_GRAPH = '/alfredgraph.csv'
const CSV = { accept: 'text/csv, */*;q=0.1' }
/** Since 2024-12-12, and before. */
const DATE_COLUMNS = ['observation_date', 'date']

export const graph: ProviderSource<GraphQuery, Observation> = {
  path: FRED_GRAPH,
  request: ({ series, from, to }) => ({
    path: FRED_GRAPH,
    query: { id: series, cosd: from, coed: to },
    instead: { endpoint: 'graph', budget: 'graph' },
    headers: CSV,
  }),
  parse: (answer, { series }) => ({ rows: parseGraph(answer, series, [series]) }),
}

export const graphAsOf: ProviderSource<GraphQuery & { readonly asOf: string }, Observation> = {
  path: ALFRED_GRAPH,
  request: ({ series, from, to, asOf }) => ({
    path: ALFRED_GRAPH,
    query: { id: series, cosd: from, coed: to, vintage_date: asOf },
    instead: { endpoint: 'vintageGraph', budget: 'graph' },
    headers: CSV,
  }),
  parse: (answer, { series, asOf }) => ({ rows: parseGraph(answer, series, [`${series}_${asOf.replaceAll('-', '')}`]) }),
}

/** Another column than the one asked for is another series, or a page that is no data: nothing of it is read. */
function parseGraph(answer: Answer, series: string, columns: readonly string[]): Observation[] {
  const about = `graph of ${series}`
  const [header = '', ...lines] = openCsv(answer, about).split(/\r?\n/)
  const [dateColumn = '', valueColumn = '', ...more] = header.split(',').map((cell) => cell.trim())
  const isKnown = DATE_COLUMNS.includes(dateColumn.toLowerCase()) && more.length === 0
  if (!isKnown || !columns.some((column) => column.toLowerCase() === valueColumn.toLowerCase())) {
    throw new ProtocolError(`${ID} ${about}: expected observation_date,${columns[0]}, got ${header.slice(0, 80)}`, ID, {
      suggestions: ['FRED may have changed its files: look for a newer mts'],
    })
  }
  const rows = lines.flatMap((line, i) => (line.trim() === '' ? [] : [rowOf(line, i + 2, about)]))
  checkOrder(rows, about)
  return rows
}

function rowOf(line: string, number: number, about: string): Observation {
  const cells = line.split(',')
  const [date = '', text = ''] = cells
  const value = numberOrMissing(text)
  if (cells.length === 2 && /^\d{4}-\d\d-\d\d$/.test(date.trim()) && value !== undefined) return { date: date.trim(), value }
  throw new ProtocolError(`${ID} ${about}: line ${number} is no observation: ${line.slice(0, 80)}`, ID)
}
