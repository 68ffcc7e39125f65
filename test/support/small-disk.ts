/** A disk of its own for tests of a full one. */
import { spawnSync } from 'node:child_process'
import { afterAll } from 'vitest'
import { temporaryFolder } from './run-mts.js'

/** Call while tests are collected: it goes with their file. `undefined` where we may not mount one. */
export function smallDisk(kibibytes: number): string | undefined {
  const folder = temporaryFolder()
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', folder])
  if (status !== 0) return undefined
  afterAll(() => spawnSync('umount', [folder]))
  return folder
}

export function growDisk(folder: string, kibibytes: number): void {
  spawnSync('mount', ['-o', `remount,size=${kibibytes}k`, folder])
}
