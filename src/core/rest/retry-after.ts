/** `Retry-After` in seconds or as a date, in ms; `undefined` when it is missing or neither. Past dates give a negative number. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return Number.isFinite(ms) ? ms : undefined
}
