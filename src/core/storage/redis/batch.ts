/** Many commands as one piece of bytes. ioredis makes an object, a promise and a dozen strings of each one: several times the cost of sending it. */
import type { Redis } from 'ioredis'

/** Name and arguments, as in `redis-cli`. */
export type RedisCommand = readonly [name: string, ...args: string[]]

/** A command as it goes over the wire (RESP: an array of strings, each with its length in bytes). */
export function encodeCommand(command: RedisCommand): string {
  let text = `*${command.length}\r\n`
  for (const word of command) text += `$${Buffer.byteLength(word)}\r\n${word}\r\n`
  return text
}

/**
 * Sends encoded commands at once. Resolves with what the server said to each one instead of doing it, by its place; `undefined`: the
 * connection was lost, and nobody knows which of them were executed.
 */
export async function sendEncoded(redis: Redis, encoded: readonly string[]): Promise<ReadonlyMap<number, string> | undefined> {
  if (encoded.length === 0) return new Map()
  const { Command } = await import('ioredis')
  return new Promise((resolve) => {
    const refusals = new Map<number, string>()
    let isLost = false
    let answered = 0
    const answer = (): void => {
      answered += 1
      if (answered === encoded.length) resolve(isLost ? undefined : refusals)
    }
    const command = new Command('batch')
    command.resolve = answer
    command.reject = (error) => {
      if (error.name === 'ReplyError') refusals.set(answered, error.message)
      else isLost = true
      answer()
    }
    command.toWritable = () => ''
    // Or it would make a promise of its own, which nobody settles.
    command.isTraced = true
    // One place in the line of those who wait for an answer for each command, and the bytes of all with the last.
    const nowhere = { isPipeline: true, write: () => true, destination: { redis } } as const
    for (let i = 1; i < encoded.length; i++) redis.sendCommand(command, nowhere)
    command.toWritable = () => bytesOf(encoded.join(''))
    redis.sendCommand(command)
  })
}

/** Nearly all of it is ASCII, which is copied as it is. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8')
}
