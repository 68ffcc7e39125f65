/**
 * A row of coverage that has not ended names the run that goes on with it. Each run tells many times a second until when everything
 * is on disk: there a row ends that a crash left open.
 */
export const sql = `
CREATE TABLE coverage_runs (
  run INTEGER PRIMARY KEY,
  sealed_at INTEGER NOT NULL
) STRICT;

ALTER TABLE coverage ADD COLUMN run INTEGER;

CREATE INDEX coverage_open ON coverage (run) WHERE run IS NOT NULL;
`
