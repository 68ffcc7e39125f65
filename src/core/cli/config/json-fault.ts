/**
 * Where a text stops being JSON (RFC 8259). Node does not always tell the place, and quotes the text around it, which may hold a
 * secret.
 */
const SPACE = /[ \t\n\r]*/y
const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy
const OTHER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y

class Fault extends Error {
  readonly at: number

  constructor(at: number) {
    super('no JSON')
    this.at = at
  }
}

/** The place in words, of a text that is not JSON: `look at line 2, column 7`. */
export function jsonFault(text: string): string {
  if (text.trim() === '') return 'it is empty'
  const at = faultAt(text)
  if (at >= text.trimEnd().length) return 'it ends too early'
  const before = text.slice(0, at).split('\n')
  return `look at line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

function faultAt(text: string): number {
  try {
    return after(text, SPACE, endOfValue(text, 0))
  } catch (error) {
    return error instanceof Fault ? error.at : 0
  }
}

function endOfValue(text: string, start: number): number {
  const at = after(text, SPACE, start)
  if (text[at] === '{') return endOfList(text, at, '}', endOfMember)
  if (text[at] === '[') return endOfList(text, at, ']', endOfValue)
  const end = Math.max(after(text, STRING, at), after(text, OTHER, at))
  if (end === at) throw new Fault(at)
  return end
}

function endOfMember(text: string, start: number): number {
  const at = after(text, SPACE, start)
  const end = after(text, STRING, at)
  if (end === at) throw new Fault(at)
  const colon = after(text, SPACE, end)
  if (text[colon] !== ':') throw new Fault(colon)
  return endOfValue(text, colon + 1)
}

function endOfList(text: string, open: number, close: string, endOfItem: (text: string, start: number) => number): number {
  let at = after(text, SPACE, open + 1)
  if (text[at] === close) return at + 1
  for (;;) {
    const next = after(text, SPACE, endOfItem(text, at))
    if (text[next] === close) return next + 1
    if (text[next] !== ',') throw new Fault(next)
    at = next + 1
  }
}

/** The end of what the pattern finds at `at`; `at` itself where it finds nothing. */
function after(text: string, pattern: RegExp, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
