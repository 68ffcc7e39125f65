import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { defaultSettings } from '../../src/core/cli/config/keys.js'
import { needs } from '../support/require.js'
import { cleanEnvironment, type Ended, ROOT, RUN, runShell, temporaryFolder } from '../support/run-mts.js'

const README = readFileSync(path.join(ROOT, 'README.md'), 'utf8')

interface Example {
  readonly command: string
  /** Lines that the page shows below it. */
  readonly shown: readonly string[]
}

/** The commands of the blocks that say `console tested`, in order. */
function examples(): Example[] {
  const found: { command: string; shown: string[] }[] = []
  for (const [, block = ''] of README.matchAll(/^```console tested\n([\s\S]*?)^```$/gm)) {
    for (const line of block.trimEnd().split('\n')) {
      if (line.startsWith('$ ')) found.push({ command: line.slice(2), shown: [] })
      else found.at(-1)?.shown.push(line)
    }
  }
  return found
}

/** A line without what changes from run to run: numbers, hashes, times, which way a clock is off, spaces that align. */
function shapeOf(line: string): string {
  return line
    .replaceAll(/[0-9a-f]{64}/g, '#')
    .replaceAll(/[\d,.:-]*\d[\d,.:-]*(?:e-?\d+)?/g, '#')
    .replaceAll(/[#–]+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/# (?:[KM]i)?B\b/g, '# B')
    .replaceAll(/ms (?:ahead|behind)\b/g, 'ms off')
    .trim()
}

needs('jq', 'sqlite3')('the examples of the README', () => {
  const ended = new Map<string, Ended>()
  const folder = temporaryFolder()
  const all = examples()

  beforeAll(async () => {
    const mts = path.join(folder, 'mts')
    writeFileSync(mts, `#!/bin/sh\nexec '${process.execPath}' '${RUN}' "$@"\n`)
    chmodSync(mts, 0o755)
    const env = cleanEnvironment({ PATH: `${folder}:${process.env['PATH'] ?? ''}` })
    const run = async ({ command }: Example): Promise<void> => {
      const once = () => runShell(`set -o pipefail; ${command}`, { cwd: folder, env })
      const first = await once()
      // A live command says so where a busy machine was too slow for it; then it gets a second chance.
      const wasHeldUp = command.includes('--sandbox') && first.stderr !== ''
      ended.set(command, wasHeldUp ? await once() : first)
    }
    // The first ones make what the others read.
    const isReading = (each: Example) => all.indexOf(each) > all.findIndex(({ command }) => command.includes('frames.jsonl'))
    for (const each of all.filter((one) => !isReading(one))) await run(each)
    const reading = all.filter(isReading)
    const next = async (): Promise<void> => {
      for (let each = reading.shift(); each !== undefined; each = reading.shift()) await run(each)
    }
    await Promise.all([next(), next()])
  }, 300_000)

  it.each(all)('$command', ({ command, shown }) => {
    const { stdout, stderr, code } = ended.get(command) ?? {}
    expect(stderr).toBe('')
    expect(code).toBe(0)
    const shapes = new Set((stdout ?? '').split('\n').map(shapeOf))
    for (const line of shown.filter((each) => each !== '…' && each !== '')) expect([...shapes]).toContain(shapeOf(line))
  })
})

describe('the README', () => {
  it('names every setting with its default', () => {
    for (const { key, setting } of defaultSettings().filter((each) => !each.key.startsWith('exchanges.'))) {
      const [row] = README.split('\n').filter((line) => line.startsWith(`| \`${key}\` |`))
      expect(row, key).toBeDefined()
      const isPlain = ['number', 'boolean'].includes(typeof setting.fallback) && setting.unit !== 'ms'
      if (isPlain && key !== 'budget_share') expect(row).toContain(`\`${String(setting.fallback)}\``)
    }
  })

  it('names only files and folders that are there', () => {
    const links = [...README.matchAll(/\]\((?!https?:)([^)#]+)\)/g), ...README.matchAll(/`((?:test|docs|src)\/[^`*]+)`/g)]
    expect(links.length).toBeGreaterThan(15)
    for (const [, name = ''] of links) expect(existsSync(path.join(ROOT, name)), name).toBe(true)
  })
})
