import type { Track } from './coverage-track.js'

const WHOLE = /^\d{1,15}$/

/** An id as a number; `undefined` when it is none that counts. */
export function wholeId(id: string): number | undefined {
  return WHOLE.test(id) ? Number(id) : undefined
}

/**
 * Of a channel whose ids count one by one: the hole before this id, if there is one. Also after a reconnect, because the
 * last id outlives its connection. An id that came before, or is no number, proves nothing.
 */
export function holeBefore(track: Track, id: string): { readonly lastId: number; readonly nextId: number } | undefined {
  const nextId = track.hasIds ? wholeId(id) : undefined
  const { lastId } = track
  if (nextId === undefined || nextId <= lastId) return undefined
  track.lastId = nextId
  return lastId >= 0 && nextId > lastId + 1 ? { lastId, nextId } : undefined
}
