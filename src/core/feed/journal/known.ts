/**
 * What a run knew beside its feed and went by, as a record on connection 0: a replay knows the same, on whatever machine. `value` is JSON.
 */
export interface KnownFact {
  readonly topic: string
  readonly value: unknown
}

export function encodeKnown({ topic, value }: KnownFact): Buffer {
  return Buffer.from(`known ${topic} ${JSON.stringify(value)}`)
}

/** `undefined`: the record is of another kind. A value that cannot be read is null. */
export function parseKnown(text: string): KnownFact | undefined {
  const [, topic, json] = /^known (\S+) (.*)$/.exec(text) ?? []
  if (topic === undefined || json === undefined) return undefined
  try {
    return { topic, value: JSON.parse(json) }
  } catch {
    // Nothing is known by it; that something was does not make it another kind of record.
    return { topic, value: null }
  }
}
