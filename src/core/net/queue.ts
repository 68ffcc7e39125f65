interface Placed {
  /** Lower ones first. */
  readonly priority: number
  /** Within one priority: when it came first. */
  readonly order: number
}

/** Those who wait for something, in the order in which they will get it. */
export interface Queue<Item extends Placed> {
  readonly length: number
  /** Settles when `item` is let go, refused, or its signal aborts (with the signal's reason). */
  wait(item: Item, signal?: AbortSignal): Promise<void>
  /** Asks for every item, lower priorities first, then first come, whether it may go. */
  release(mayGo: (item: Item) => boolean): void
  refuse(error: () => unknown): void
}

interface Waiter<Item> {
  readonly item: Item
  readonly settle: (outcome: 'go' | { readonly error: unknown }) => void
}

/** `left` is called after an abort: the next one may now have its turn. */
export function createQueue<Item extends Placed>(left: () => void): Queue<Item> {
  let waiters: Waiter<Item>[] = []

  return {
    get length() {
      return waiters.length
    },
    wait(item, signal) {
      return new Promise((resolve, reject) => {
        const aborted = (): void => {
          waiters = waiters.filter((other) => other !== waiter)
          reject(signal?.reason)
          left()
        }
        const waiter: Waiter<Item> = {
          item,
          settle(outcome) {
            signal?.removeEventListener('abort', aborted)
            if (outcome === 'go') resolve()
            else reject(outcome.error)
          },
        }
        signal?.addEventListener('abort', aborted, { once: true })
        const later = waiters.findIndex((other) => isBefore(item, other.item))
        waiters.splice(later === -1 ? waiters.length : later, 0, waiter)
      })
    },
    release(mayGo) {
      const going = new Set(waiters.filter((waiter) => mayGo(waiter.item)))
      if (going.size === 0) return
      waiters = waiters.filter((waiter) => !going.has(waiter))
      for (const waiter of going) waiter.settle('go')
    },
    refuse(error) {
      const refused = waiters
      waiters = []
      for (const waiter of refused) waiter.settle({ error: error() })
    },
  }
}

function isBefore(one: Placed, other: Placed): boolean {
  return one.priority === other.priority ? one.order < other.order : one.priority < other.priority
}
