import type { EventType } from '../../market/event.js'
import { encodeCommand } from './batch.js'
import { addCommand, channelName, HEARTBEAT } from './names.js'

/** The entries of one run of a collector: each has its number in the run and in its stream, so that a follower sees a hole. */
export class NumberedEntries {
  readonly #run: string
  readonly #streamLength: number
  readonly #inStream: Record<string, number> = {}
  #number = 0

  /** `run` begins with the server's ms, so that followers compare it with their own start. */
  constructor(run: string, streamLength: number) {
    this.#run = run
    this.#streamLength = streamLength
  }

  /** For those who follow, and for those who listen. */
  event(type: EventType, text: string): string[] {
    return [this.#entry(type, text), encodeCommand(['PUBLISH', channelName(type), text])]
  }

  /** After everything that it counts. */
  heartbeat(isOver: boolean): string[] {
    return [this.#entry(HEARTBEAT, JSON.stringify({ counts: this.#inStream, isOver }))]
  }

  #entry(type: EventType | typeof HEARTBEAT, body: string): string {
    this.#number += 1
    const inStream = (this.#inStream[type] ?? 0) + 1
    this.#inStream[type] = inStream
    return encodeCommand(addCommand(type, { run: this.#run, number: this.#number, inStream, body }, this.#streamLength))
  }
}
