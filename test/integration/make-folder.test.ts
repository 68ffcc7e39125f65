import { existsSync, writeFileSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { makeFolder } from '../../src/core/files/make-folder.js'
import { temporaryFolder } from '../support/storage.js'

const folder = temporaryFolder()
afterEach(() => folder.remove())

it('makes all that is missing, and does nothing where it is there', () => {
  const deep = folder.file('a/b/c')
  makeFolder(deep)
  makeFolder(deep)
  expect(existsSync(deep)).toBe(true)
})

it('fails below a file, and where the system has no place for folders, instead of trying for ever', () => {
  makeFolder(folder.file('.'))
  writeFileSync(folder.file('plain'), '')
  expect(() => makeFolder(folder.file('plain/below'))).toThrow(/not a directory/)
  expect(() => makeFolder(folder.file('plain'))).toThrow(/is no folder/)
  if (process.platform === 'linux') expect(() => makeFolder('/proc/no-such-folder/below')).toThrow(/ENOENT/)
})
