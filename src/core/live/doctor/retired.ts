import { type ExchangeCheck, type Finding, finding } from './contract.js'

/** Addresses that an exchange has given up: some of them still open, acknowledge, and stay silent for ever. */
export const checkRetired: ExchangeCheck = async (exchange, _world, { configured }) => {
  const { rest, sockets } = configured(exchange)
  const findings: Finding[] = []
  for (const [name, url] of [['rest', rest] as const, ...Object.entries(sockets)]) {
    const retired = exchange.retired?.find(({ pattern }) => pattern.test(url))
    if (retired === undefined) continue
    const { since, instead } = retired
    const message = since === undefined ? `${url} is an old name` : `${url} is retired since ${since}`
    const advice = `Set exchanges.${exchange.id}.${name}_url to ${instead}, or leave it out`
    const status = since === undefined ? 'warning' : 'failure'
    findings.push(finding('retired-endpoints', status, message, { exchange: exchange.id, advice, figures: { url } }))
  }
  if (findings.length > 0) return findings
  return [finding('retired-endpoints', 'ok', 'no retired address is configured', { exchange: exchange.id })]
}
