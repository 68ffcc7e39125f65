import type { Config } from './config/settings.js'

/** Where Redis is when nobody says. */
const USUAL_URL = 'redis://127.0.0.1:6379'

export function redisUrl({ redis }: Pick<Config, 'redis'>): string {
  return redis.url ?? USUAL_URL
}

/** Where request budgets are shared with other machines: where there is a Redis and nobody refuses it. `flags`: of any command. */
export function budgetUrl(config: Pick<Config, 'redis'>, flags: object): string | undefined {
  const isWanted = 'redis' in flags ? flags.redis : undefined
  if (isWanted === false) return undefined
  return isWanted === true ? redisUrl(config) : config.redis.url
}
