/** One directory for everything that a run of the tests leaves on the disk; gone with the run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

export default function temporaryRoot(): () => void {
  const root = mkdtempSync(path.join(tmpdir(), 'mts-test-'))
  // Workers, and the processes that tests start, inherit it.
  process.env['TMPDIR'] = root
  return () => rmSync(root, { recursive: true, force: true })
}
