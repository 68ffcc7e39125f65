/** How wide a text is on a terminal, and texts made to fit. */
import { stripVTControlCharacters } from 'node:util'

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u
const PLAIN = /^[\x20-\x7e]*$/

/** Columns that a terminal needs for the text: two for a Chinese character, none for colour. */
export function visibleWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const character of stripVTControlCharacters(text)) width += WIDE.test(character) ? 2 : 1
  return width
}

/** The end of the text, or its beginning, in `width` columns: `…abc`, `abc…`. */
export function cutText(text: string, width: number, side: 'start' | 'end'): string {
  if (visibleWidth(text) <= width) return text
  const characters = [...text]
  if (side === 'start') characters.reverse()
  const kept: string[] = []
  let used = 1
  for (const character of characters) {
    used += visibleWidth(character)
    if (used > width) break
    kept.push(character)
  }
  return side === 'end' ? `${kept.join('')}…` : `…${kept.reverse().join('')}`
}

/** Lines of whole words, at most `width` columns each; a longer word has a line of its own, and makes the others as long. */
export function wrapText(text: string, width: number): string[] {
  const words = text.split(' ')
  const bound = Math.max(width, ...words.map(visibleWidth))
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line !== undefined && visibleWidth(line) + 1 + visibleWidth(word) <= bound) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Each line of the text in as many lines of whole words as it needs. */
export function wrapLines(text: string, width = Number.POSITIVE_INFINITY): string {
  const lines = text.split('\n')
  return lines.flatMap((line) => (visibleWidth(line) <= width ? line : wrapText(line, width))).join('\n')
}

/** `text` in `width` columns, at the right end or the left one. */
export function padText(text: string, width: number, isRight: boolean): string {
  const space = ' '.repeat(Math.max(0, width - visibleWidth(text)))
  return isRight ? space + text : text + space
}
