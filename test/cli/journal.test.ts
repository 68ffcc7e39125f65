import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { needsFiles } from '../support/require.js'
import { ROOT, runMts, temporaryFolder } from '../support/run-mts.js'

const RECORDED = path.resolve(ROOT, '../shared/recorded')
const MIXED = path.join(RECORDED, 'binance-usdm/frames_mixed_2019-2021.jsonl')
const FIVE_ALTS = path.join(RECORDED, 'binance-usdm/five_alts_depth100ms_20210405')

function importing(args: readonly string[]) {
  return runMts(['journal', 'import', ...args], { cwd: temporaryFolder() })
}

needsFiles(RECORDED)('an import', () => {
  it.each([
    ['binance', 'binance-usdm', 3],
    ['binance-spot', 'binance-spot', 1],
    ['bybit', 'bybit-linear', 5],
  ])('knows every frame that %s sent', async (exchange, folder, recordings) => {
    const { stdout, code } = await importing([path.join(RECORDED, folder), '--exchange', exchange, '--json'])
    const { data } = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(data).toHaveLength(recordings)
    for (const each of data) expect(each).toMatchObject({ unknown: 0 })
  })

  it('warns when not one frame is of the exchange that was named', async () => {
    const { stderr, code } = await importing([MIXED, '--exchange', 'bybit'])
    expect(code).toBe(0)
    expect(stderr).toContain("not one of its frames is known to Bybit; is it another exchange's?")
  })

  it('refuses REST bodies of another exchange', async () => {
    const { stderr, code } = await importing([FIVE_ALTS, '--exchange', 'bybit'])
    expect(code).toBe(65)
    expect(stderr).toContain('Code: JOURNAL_REST')
  })

  it('refuses receive times that end before the frames do', async () => {
    const recv = path.join(temporaryFolder(), 'times.txt')
    writeFileSync(recv, '1617647797.1\n1617647797.2\n')
    const { stderr, code } = await importing([MIXED, '--exchange', 'binance', '--recv', recv])
    expect(code).toBe(65)
    expect(stderr).toContain('no receive time in line 3')
  })
})

it('cannot import without the name of an exchange, nor with an unknown one', async () => {
  const [none, unknown] = await Promise.all([importing(['x.jsonl']), importing(['x.jsonl', '--exchange', 'bibyt'])])
  expect(none?.code).toBe(2)
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean bybit?') })
})
