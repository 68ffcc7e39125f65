/** Rows of coverage that have not ended: they reach as far as their run has told that everything is on disk. */
import type { Connection } from './database.js'

/** A run tells it four times a second; one that was silent for so long is over, or will tell its rows again. */
const OVER_AFTER_MS = 60_000

/**
 * The end of a row of `coverage`, in SQL. A row does not reach into the next one of its channel: where rows were lost on their way, the
 * end of the last one before them may be among those.
 */
export const COVERAGE_END = `CASE WHEN run IS NULL THEN ended_at ELSE max(ended_at, min(
  coalesce((SELECT sealed_at FROM coverage_runs AS own WHERE own.run = coverage.run), ended_at),
  coalesce((SELECT min(next.started_at) FROM coverage AS next
    WHERE next.exchange = coverage.exchange AND next.symbol = coverage.symbol AND next.channel = coverage.channel
      AND next.started_at > coverage.started_at), ${Number.MAX_SAFE_INTEGER}))) END`

/** Ends what crashes left open, so that the table says it to everybody. Rows of a run that goes on are left alone. */
export function endCoverageOfCrashes(db: Connection, nowMs: number): void {
  const going = 'SELECT run FROM coverage_runs WHERE sealed_at >= ?'
  db.transaction((since: number) => {
    db.prepare(`UPDATE coverage SET ended_at = ${COVERAGE_END}, run = NULL WHERE run IS NOT NULL AND run NOT IN (${going})`).run(
      since,
    )
    db.prepare('DELETE FROM coverage_runs WHERE sealed_at < ?').run(since)
  }).immediate(nowMs - OVER_AFTER_MS)
}
