/** Keys set once, by a program that ends. One that goes on has a publisher. */
import type { Clock } from '../../clock.js'
import { openRedis, type RedisCommand } from './client.js'

export interface TimedEntry {
  readonly key: string
  readonly text: string
  readonly seconds: number
}

const PATIENCE_MS = 2_000

/** Resolves within two seconds; what is told is why not all keys were set, or undefined. Never rejects for a Redis that is not there. */
export async function setKeys(url: string, clock: Clock, entries: readonly TimedEntry[]): Promise<string | undefined> {
  if (entries.length === 0) return undefined
  return new Promise((resolve, reject) => {
    let why = 'no answer'
    let end = (_said: string | undefined): void => undefined
    const timer = clock.after(PATIENCE_MS, () => end(why))
    const opening = openRedis({
      url,
      clock,
      name: 'mts-signals',
      onReady: () => {
        void opening
          .then((client) => client.send(entries.map(commandOf)))
          .then((replies) => {
            end(replies === undefined ? 'the connection was lost' : replies.find(({ refusal }) => refusal !== undefined)?.refusal)
          }, reject)
      },
      onLost: (reason) => {
        why = reason
      },
    })
    opening.then((client) => {
      end = (said) => {
        timer.cancel()
        client.close()
        resolve(said)
      }
    }, reject)
  })
}

function commandOf({ key, text, seconds }: TimedEntry): RedisCommand {
  return ['SET', key, text, 'EX', String(seconds)]
}
