/** Whether a run over a journal can be had again, and decides by what had been received: it is played once more, and cut. */
import { type Difference, exactly, firstDifference } from '../verify/compare.js'
import type { Check } from '../verify/verify.js'
import { type JournalBacktest, playJournal } from './journal-run.js'
import { journalResult } from './result.js'

export interface JournalVerification {
  readonly checks: readonly Check[]
  readonly dataHash: string
}

/**
 * Plays the whole journal twice (`repeat`), and up to `points` moments, evenly over its steps (`truncation`): what was decided up to there
 * has to be the same. Errors: those of `playJournal`.
 */
export async function verifyJournal(
  request: JournalBacktest,
  points: number,
  onProgress: (done: number, expected: number) => void,
): Promise<JournalVerification> {
  const expected = points + 2
  const outcome = await playJournal(request)
  const whole = journalResult(request, outcome, '')
  onProgress(1, expected)
  const run = async (end?: number) => {
    const cut = end === undefined ? request : { ...request, config: { ...request.config, end } }
    return journalResult(cut, await playJournal(cut), '')
  }
  const again = firstDifference(whole, await run(), exactly(Number.POSITIVE_INFINITY))
  onProgress(2, expected)
  const { timestamps } = whole
  let found: { readonly at: number; readonly difference: Difference } | undefined
  let cuts = 0
  for (let i = 1; i <= points && found === undefined; i++) {
    const at = timestamps[Math.floor((timestamps.length * i) / (points + 1))] ?? 0
    const difference = firstDifference(whole, await run(at), exactly(at))
    cuts += 1
    if (difference !== undefined) found = { at, difference }
    onProgress(2 + i, expected)
  }
  return {
    dataHash: outcome.dataHash,
    checks: [
      { check: 'repeat', holds: again === undefined, points: 1, at: null, difference: again ?? null },
      {
        check: 'truncation',
        holds: found === undefined,
        points: cuts,
        at: found?.at ?? null,
        difference: found?.difference ?? null,
      },
    ],
  }
}
