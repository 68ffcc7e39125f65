/** How far apart the rows of a series are. */

export type Order = 'oldest first' | 'newest first' | 'mixed'

/** The most frequent step between neighbours in time of each list, ms; `undefined` where there is none. */
export function usualStep(lists: Iterable<readonly number[]>): number | undefined {
  const counts = new Map<number, number>()
  for (const times of lists) {
    const sorted = [...new Set(times)].sort((a, b) => a - b)
    for (let i = 1; i < sorted.length; i++) {
      // Some exchanges stamp funding a few ms late.
      const step = Math.round(((sorted[i] ?? 0) - (sorted[i - 1] ?? 0)) / 1000) * 1000
      counts.set(step, (counts.get(step) ?? 0) + 1)
    }
  }
  return [...counts].toSorted((a, b) => b[1] - a[1] || a[0] - b[0])[0]?.[0]
}

export function orderOfTimes(lists: Iterable<readonly number[]>): Order {
  let [up, down] = [0, 0]
  for (const times of lists) {
    for (let i = 1; i < times.length; i++) {
      const step = (times[i] ?? 0) - (times[i - 1] ?? 0)
      if (step > 0) up += 1
      if (step < 0) down += 1
    }
  }
  if (down === 0) return 'oldest first'
  return up === 0 ? 'newest first' : 'mixed'
}
