/** From what a capability wants to what is sent: the plan adds root, budget and key. */
import { BugError, ConfigError } from '../errors.js'
import type { HttpRequest, PageToken, Secrets } from '../rest/contract.js'
import type { Access, KeyRule, Plan, Provider, ProviderRequest, ProviderSource } from './contract.js'

export interface Prepared {
  readonly root: string
  readonly request: HttpRequest
}

/** Throws `ConfigError` where a key is needed and none was given. */
export function prepared<Query>(
  provider: Provider,
  access: Access,
  source: Pick<ProviderSource<Query, unknown>, 'request' | 'needsKey'>,
  query: Query,
  page?: PageToken,
): Prepared {
  const plan = planOf(provider, access.plan)
  if (source.needsKey === true && plan.key === undefined) throw missingKey(provider)
  return sentBy(provider, access, plan, source.request(query, page))
}

function sentBy(provider: Provider, access: Access, plan: Plan, { path, query, instead, headers }: ProviderRequest): Prepared {
  const { endpoint, budget } = instead ?? plan
  const root = access.endpoints[endpoint]
  if (root === undefined) throw new BugError(`${provider.id} has no endpoint ${endpoint}`)
  const key = instead === undefined ? plan.key : undefined
  const secrets = key === undefined ? undefined : secretsOf(provider, key, access.key)
  return { root, request: { path, query, budget, weight: 1, ...(headers && { headers }), ...(secrets && { secrets }) } }
}

/** Throws `ConfigError` for a plan that the provider has not, and for a key that cannot be one. */
export function checkedAccess(provider: Provider, wanted: Access): Access {
  const { key } = planOf(provider, wanted.plan)
  if (key === undefined) return { ...wanted, key: undefined }
  if (wanted.key === undefined) throw missingKey(provider)
  // A file or a shell may have left a space or a line's end.
  const given = wanted.key.trim()
  if (key.pattern.test(given)) return { ...wanted, key: given }
  throw new ConfigError('CONFIG_BAD_KEY', `${keyName(provider)} cannot be a key of ${provider.name}: it has to be ${key.form}`, {
    suggestions: [`Get one at ${key.from}`, 'Look for quotes, spaces or a cut end in the environment or .env'],
  })
}

/** The environment's usual name for a provider's key. */
export function keyName({ id }: Pick<Provider, 'id'>): string {
  return `${id.toUpperCase()}_API_KEY`
}

/** The plan that holds when nobody names one. */
export function usualPlan({ usualPlan: usual }: Provider, key: string | undefined): string {
  return key === undefined ? usual.withoutKey : usual.withKey
}

function planOf(provider: Provider, name: string): Plan {
  const plan = provider.plans[name]
  if (plan !== undefined) return plan
  throw new ConfigError('CONFIG_BAD_VALUE', `${provider.name} has no plan ${name}`, {
    suggestions: [`Its plans: ${Object.keys(provider.plans).join(', ')}`],
  })
}

function secretsOf(provider: Provider, rule: KeyRule, key: string | undefined): Secrets {
  if (key === undefined) throw missingKey(provider)
  return rule.sentAs === 'header' ? { headers: { [rule.name]: key } } : { query: { [rule.name]: key } }
}

function missingKey(provider: Provider): ConfigError {
  const from = provider.plans[provider.usualPlan.withKey]?.key?.from ?? provider.docs
  return new ConfigError('CONFIG_KEY_MISSING', `${provider.name} asks for a key, and ${keyName(provider)} is not set`, {
    suggestions: [`Get one at ${from}`, `Set ${keyName(provider)} in the environment or in .env`],
  })
}
