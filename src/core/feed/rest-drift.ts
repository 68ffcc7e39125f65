import type { AnswerShape } from '../exchanges/contract.js'

/** Something in an answer that its declaration does not know, and the first entry that has it. */
export interface Strange {
  /** Short and stable: it is a counter's name. */
  readonly reason: string
  readonly sample: string
}

/** What of an answer is not as declared: each key and each value once, however many entries have it. */
export function strangeIn(body: unknown, { keys = {}, values = {} }: AnswerShape): Strange[] {
  const found = new Map<string, unknown>()
  const note = (reason: string, entry: Entry) => {
    if (!found.has(reason)) found.set(reason, entry)
  }
  for (const [place, known] of Object.entries(keys)) noteKeys(body, place, new Set(known), note)
  for (const [place, known] of Object.entries(values)) noteValues(body, place, new Set(known), note)
  return [...found].map(([reason, entry]) => ({ reason, sample: JSON.stringify(entry) }))
}

type Note = (reason: string, entry: Entry) => void

function noteKeys(body: unknown, place: string, known: ReadonlySet<string>, note: Note): void {
  const prefix = place === '' ? '' : `${place}.`
  for (const entry of entriesAt(body, place)) {
    for (const name of Object.keys(entry)) if (!known.has(name)) note(`${prefix}${name}`, entry)
  }
}

function noteValues(body: unknown, place: string, known: ReadonlySet<string>, note: Note): void {
  const at = place.lastIndexOf('.')
  for (const entry of entriesAt(body, place.slice(0, at))) {
    const value = entry[place.slice(at + 1)]
    if (value !== undefined && !known.has(String(value))) note(`${place} = ${String(value)}`, entry)
  }
}

type Entry = Readonly<Record<string, unknown>>

/** The objects at a place: `a.b` goes into objects, `[]` at the end of a name into each entry of a list. */
function entriesAt(body: unknown, place: string): Entry[] {
  let at: unknown[] = [body]
  for (const part of place === '' ? [] : place.split('.')) {
    const isList = part.endsWith('[]')
    const name = isList ? part.slice(0, -2) : part
    at = at.filter(isEntry).flatMap((entry) => {
      const value = entry[name]
      return isList && Array.isArray(value) ? value : [value]
    })
  }
  return at.filter(isEntry)
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
