import type { Config } from './config/settings.js'

/** Where Redis is when nobody says. */
const USUAL_URL = 'redis://127.0.0.1:6379'

export function redisUrl({ redis }: Pick<Config, 'redis'>): string {
  return redis.url ?? USUAL_URL
}
