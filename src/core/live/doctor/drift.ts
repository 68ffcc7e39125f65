import { join } from 'node:path'
import { readDrift } from '../../feed/drift-log.js'
import { type ExchangeCheck, type Finding, finding } from './contract.js'

/** What the last week's runs met and did not know. */
export const checkDrift: ExchangeCheck = async ({ id }, _world, { dataDirectory }) => {
  const path = join(dataDirectory, 'logs', 'drift.json')
  const entries = (await readDrift(path)).filter((entry) => entry.exchange === id)
  if (entries.length === 0) return [finding('drift', 'ok', 'nothing unknown in the last 7 days', { exchange: id })]
  return entries.map(({ reason, count, lastAt, samples }): Finding => {
    const when = new Date(lastAt).toISOString().slice(0, 16).replace('T', ' ')
    const message = `${count} × ${reason}, last at ${when} UTC`
    const figures = { reason, count, lastAt, sample: samples[0] ?? null }
    const advice = `The exchange changed something: look for a newer mts; the first samples are in ${path}`
    return finding('drift', 'warning', message, { exchange: id, advice, figures })
  })
}
