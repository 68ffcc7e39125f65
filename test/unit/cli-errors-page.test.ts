import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'

const ROOT = path.resolve(import.meta.dirname, '../..')
const CODE =
  /'((?:USAGE|CONFIG|API|DATA|STORAGE|JOURNAL|LOCKED|CHECK|BACKTEST|REPLAY|BOOK)_[A-Z_]+|CANCELLED|PIPE_CLOSED|UNEXPECTED|BUG)'/g

function codesOfTheProgram(): string[] {
  const files = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const texts = files.map((name) => readFileSync(path.join(ROOT, 'src', name), 'utf8'))
  return [...new Set(texts.flatMap((text) => [...text.matchAll(CODE)].map(([, code = '']) => code)))].sort()
}

it('lists every code that the program can give, and no other', () => {
  const page = readFileSync(path.join(ROOT, 'docs/errors.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code = '']) => code)
  expect(listed.toSorted()).toStrictEqual(codesOfTheProgram())
})
