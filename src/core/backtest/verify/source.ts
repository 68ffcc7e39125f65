/**
 * What a strategy's own file reaches for beside its view. No run can find a strategy out that has the future in a file of its own: it says
 * the same however the data are cut. So its text is read.
 */

export interface OutsideAccess {
  /** Line of the file, from 1. */
  readonly line: number
  readonly what: string
  /** `reads`: data that no cut of the market reaches; `unrepeatable`: another value each time; `unread`: another file, which was not looked at. */
  readonly kind: 'reads' | 'unrepeatable' | 'unread'
}

const RULES: readonly { readonly pattern: RegExp; readonly kind: OutsideAccess['kind'] }[] = [
  { pattern: /\b(?:fetch|WebSocket|XMLHttpRequest|EventSource)\s*\(/, kind: 'reads' },
  { pattern: /\bprocess\s*\.\s*(?:env|argv|stdin|binding|getBuiltinModule)\b/, kind: 'reads' },
  { pattern: /\b(?:eval|Function)\s*\(/, kind: 'reads' },
  { pattern: /\bglobalThis\b|\bglobal\s*\./, kind: 'reads' },
  { pattern: /\bMath\s*\.\s*random\b/, kind: 'unrepeatable' },
  {
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bperformance\s*\.\s*now\b|\bprocess\s*\.\s*(?:hrtime|uptime)\b/,
    kind: 'unrepeatable',
  },
  { pattern: /\bcrypto\s*\.\s*(?:random\w+|getRandomValues)\b/, kind: 'unrepeatable' },
]

const IMPORT = /\b(?:from|import|require|createRequire)\b\s*\(?\s*(['"`])([^'"`]+)\1/
const DYNAMIC = /\b(?:import|require)\s*\(\s*(?!['"`])/
/** Arithmetic only: they can neither read nor differ from run to run. */
const HARMLESS = /^(?:node:)?(?:assert|util|url|path)(?:\/|$)/

/** In the order of the file; empty for one that only looks at its view. */
export function outsideAccess(text: string): OutsideAccess[] {
  const found: OutsideAccess[] = []
  for (const [i, line] of withoutComments(text).split('\n').entries()) {
    const imported = IMPORT.exec(line)?.[2]
    if (imported !== undefined && !HARMLESS.test(imported)) {
      found.push({ line: i + 1, what: imported, kind: imported.startsWith('node:') || isBuiltin(imported) ? 'reads' : 'unread' })
    }
    if (DYNAMIC.test(line)) found.push({ line: i + 1, what: line.trim(), kind: 'unread' })
    for (const { pattern, kind } of RULES) {
      const what = pattern.exec(line)?.[0]
      if (what !== undefined) found.push({ line: i + 1, what: what.replace(/\s*\($/, '()'), kind })
    }
  }
  return found
}

function isBuiltin(name: string): boolean {
  return /^(?:fs|http|https|net|child_process|worker_threads|module|os|process|vm|dgram|tls|sqlite|stream|readline)(?:\/|$)/.test(
    name,
  )
}

/** Line numbers stay: only what is not a line break goes. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' ')).replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
}
