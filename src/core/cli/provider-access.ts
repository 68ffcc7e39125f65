/** What the configuration says of a provider, as those who ask it need it. */
import { MINUTE_MS } from '../market/time.js'
import type { Access, Provider } from '../providers/contract.js'
import { checkedAccess, usualPlan } from '../providers/prepare.js'
import type { Service } from '../rest/contract.js'
import type { Config } from './config/settings.js'
import { camelToSnake, snakeToCamel } from './output/keys.js'

const WIDE = 1_000_000

type ProviderUrls = Readonly<Record<string, Readonly<Record<string, string>>>>
type Providers = Readonly<Record<string, string | number | undefined>>

/**
 * Plan, addresses and key. `providers.<id>_url` stands for the address of the provider's plans, `providers.<id>_<endpoint>_url`
 * for any other. Throws `ConfigError` for a key that cannot be one, and for a plan that needs one.
 */
export function configuredAccess(provider: Provider, config: Pick<Config, 'providers'>): Access {
  const key = text(provider, config, 'api_key')
  const plan = text(provider, config, 'plan') ?? usualPlan(provider, key)
  const ofPlans = new Set(Object.values(provider.plans).flatMap((each) => (each.key === undefined ? [] : [each.endpoint])))
  const endpoints = Object.entries(provider.endpoints).map(([name, url]) => {
    const own = text(provider, config, ofPlans.has(name) ? 'url' : `${camelToSnake(name)}_url`)
    return [name, own ?? url] as const
  })
  return checkedAccess(provider, { plan, key, endpoints: Object.fromEntries(endpoints) })
}

/** The service with the budgets that the configuration gives it. */
export function configuredBudgets(service: Service, config: Pick<Config, 'providers'>): Service {
  const settings: Providers = config.providers
  const limit = settings[snakeToCamel(`${service.id}_requests`)]
  if (typeof limit !== 'number') return service
  const budgets = Object.keys(service.budgets).map((name) => [name, { limit, windowMs: MINUTE_MS, isAligned: false }] as const)
  return { ...service, budgets: Object.fromEntries(budgets) }
}

/** No key in the simulated market, but what a key gives where there is nothing without one; `undefined` outside of it. */
export function sandboxAccess(provider: Provider, urls: ProviderUrls | undefined): Access | undefined {
  const endpoints = urls?.[provider.id]
  return endpoints === undefined ? undefined : { plan: provider.sandbox.plan, endpoints, key: provider.sandbox.key }
}

/** Budgets so wide that nobody waits: of a simulated provider, which declares a plan for it. */
export function sandboxBudgets(service: Service): Service {
  if (service.budgetShare === undefined) return service
  const budgets = Object.keys(service.budgets).map(
    (name) => [name, { limit: WIDE, windowMs: MINUTE_MS, isAligned: false }] as const,
  )
  return { ...service, budgets: Object.fromEntries(budgets) }
}

function text({ id }: Provider, config: Pick<Config, 'providers'>, name: string): string | undefined {
  const settings: Providers = config.providers
  const value = settings[snakeToCamel(`${id}_${name}`)]
  return typeof value === 'string' ? value : undefined
}
