/** Placeholder. */
import type { ShownRun } from '../store.js'

export function writeReport(_file: string, _runs: readonly ShownRun[]): void {
  return
}
