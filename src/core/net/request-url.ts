import { ConfigError } from '../errors.js'

/** The full URL of a request; the root may have a path of its own. Throws `ConfigError` when the root is no http(s) URL. */
export function requestUrl(
  service: string,
  root: string,
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): URL {
  const base = URL.canParse(root) ? new URL(root) : undefined
  if (base === undefined || !/^https?:$/.test(base.protocol)) {
    throw new ConfigError('CONFIG_URL', `${service}: '${root}' is no http:// or https:// URL`, {
      suggestions: ['`mts config` shows where the URL comes from'],
    })
  }
  const url = new URL(base.origin + base.pathname.replace(/\/$/, '') + path)
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.append(key, String(value))
  }
  return url
}
