import type { FundingEvent } from '../market/event.js'

/** Says of each funding event whether it is to be kept: a rate, time or interval changed, or `everyMs` have passed since the last. */
export function fundingNews(everyMs: number): (event: FundingEvent) => boolean {
  const kept = new Map<string, FundingEvent>()
  return (event) => {
    const key = `${event.exchange} ${event.symbol}`
    const last = kept.get(key)
    if (last !== undefined && isSame(last, event) && event.receivedAt - last.receivedAt < everyMs) return false
    kept.set(key, event)
    return true
  }
}

function isSame(a: FundingEvent, b: FundingEvent): boolean {
  return (
    a.fundingRate === b.fundingRate &&
    a.predictedRate === b.predictedRate &&
    a.fundingTime === b.fundingTime &&
    a.intervalHours === b.intervalHours &&
    a.quality === b.quality
  )
}
