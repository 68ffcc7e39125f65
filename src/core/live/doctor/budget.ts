import { type ExchangeCheck, finding } from './contract.js'

const MUCH = 0.8

const COUNTED = {
  process: 'by this run alone',
  machine: 'with the runs of this machine, by a file',
  address: 'with all runs of this address, by Redis',
} as const

/** What is left of the request budgets, by the exchange's own count where it gives one: others on this address count too. */
export const checkBudget: ExchangeCheck = async (exchange, { http }) => {
  const budgets = Object.entries(http.usage(exchange))
  const isShort = budgets.some(([, { used, limit }]) => used > limit * MUCH)
  const advice = isShort ? 'Is another program asking from this address? Lower budget_share, or wait a window' : null
  const message = budgets.map(([name, { used, limit }]) => `${name} ${used} of ${limit}`).join(', ')
  const used = Object.fromEntries(
    budgets.flatMap(([name, { used, limit }]) => [[`${name}Used`, used] as const, [`${name}Limit`, limit] as const]),
  )
  const reach = http.reach(exchange)
  return [
    finding('budget', isShort ? 'warning' : 'ok', `used: ${message}; counted ${COUNTED[reach]}`, {
      exchange: exchange.id,
      advice,
      figures: { ...used, reach },
    }),
  ]
}
