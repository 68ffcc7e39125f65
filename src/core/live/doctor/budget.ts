import { type ExchangeCheck, finding } from './contract.js'

const MUCH = 0.8

/** What is left of the request budgets, by the exchange's own count where it gives one: others on this address count too. */
export const checkBudget: ExchangeCheck = async (exchange, { http }) => {
  const budgets = Object.entries(http.usage(exchange))
  const isShort = budgets.some(([, { used, limit }]) => used > limit * MUCH)
  const advice = isShort ? 'Is another program asking from this address? Lower budget_share, or wait a window' : null
  const message = budgets.map(([name, { used, limit }]) => `${name} ${used} of ${limit}`).join(', ')
  const figures = Object.fromEntries(
    budgets.flatMap(([name, { used, limit }]) => [[`${name}Used`, used] as const, [`${name}Limit`, limit] as const]),
  )
  return [finding('budget', isShort ? 'warning' : 'ok', `used: ${message}`, { exchange: exchange.id, advice, figures })]
}
