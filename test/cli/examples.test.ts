import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { needs } from '../support/require.js'
import { cleanEnvironment, ROOT, RUN, runShell, temporaryFolder } from '../support/run-mts.js'

const EXAMPLES = path.join(ROOT, 'examples')
const names = readdirSync(EXAMPLES).filter((name) => /\.(?:sql|jq)$/.test(name))

needs('jq')('the examples', () => {
  const cwd = temporaryFolder()
  const shell = (line: string) => {
    const here = line
      .replaceAll('examples/', `${EXAMPLES}/`)
      .replaceAll(/\bmts (?=db|stream|collect|macro)/g, `'${process.execPath}' '${RUN}' `)
    return runShell(`set -o pipefail; ${here}`, { cwd, env: cleanEnvironment() })
  }

  beforeAll(async () => {
    const fill = [
      'mts stream --sandbox --channels book --duration 2s > lines.ndjson',
      'mts collect --sandbox --source binance --coins BTC,ETH --days 20 --interval 1h',
      'mts macro --sandbox --indicators DGS10,DFF --days 60',
    ]
    expect(await shell(fill.join(' && '))).toMatchObject({ code: 0 })
  }, 60_000)

  it('are there for SQL and for jq, each with its own command', () => {
    expect(names).toEqual(expect.arrayContaining(['books.jq', 'books.sql', 'macro.jq', 'macro.sql', 'trend.jq', 'trend.sql']))
  })

  it.each(names)('%s runs as its first lines say, and finds something', async (name) => {
    const [, command = ''] = /^(?:--|#) Run: (.+)$/m.exec(readFileSync(path.join(EXAMPLES, name), 'utf8')) ?? []
    expect(command).toContain(`examples/${name}`)
    const { stdout, stderr, code } = await shell(command)
    expect([code, stderr]).toEqual([0, ''])
    const lines = stdout.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(1)
    expect(stdout).not.toContain('NaN')
  })
})
