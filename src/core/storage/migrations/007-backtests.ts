/**
 * Results of backtests. `document` is what the run printed, `charts` what its report draws: kept as text, so that it is shown again
 * as it was. Equity is a row a bar, or a day where bars would be very many (`equity_step` tells). Ids are made of content: the same
 * run is stored once.
 */
export const sql = `
CREATE TABLE backtest_runs (
  id TEXT PRIMARY KEY,
  created_at INTEGER NOT NULL,
  strategy TEXT NOT NULL,
  parameters TEXT NOT NULL,
  assets TEXT NOT NULL,
  source TEXT NOT NULL,
  interval TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  bars INTEGER NOT NULL,
  cash REAL NOT NULL,
  final_equity REAL NOT NULL,
  total_return REAL,
  benchmark_return REAL,
  sharpe REAL,
  max_drawdown REAL,
  trades INTEGER NOT NULL,
  data_hash TEXT NOT NULL,
  config_hash TEXT NOT NULL,
  strategy_hash TEXT,
  seed INTEGER NOT NULL,
  version TEXT NOT NULL,
  equity_step TEXT NOT NULL CHECK (equity_step IN ('bar', 'day')),
  document TEXT NOT NULL,
  charts TEXT NOT NULL
) STRICT;

CREATE INDEX backtest_runs_by_time ON backtest_runs (created_at);

CREATE TABLE backtest_trades (
  run_id TEXT NOT NULL REFERENCES backtest_runs (id) ON DELETE CASCADE,
  trade INTEGER NOT NULL,
  asset TEXT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('long', 'short')),
  entry_time INTEGER NOT NULL,
  exit_time INTEGER NOT NULL,
  quantity REAL NOT NULL,
  entry_price REAL NOT NULL,
  exit_price REAL NOT NULL,
  fees REAL NOT NULL,
  funding REAL NOT NULL,
  pnl REAL NOT NULL,
  return REAL NOT NULL,
  bars INTEGER NOT NULL,
  exit_reason TEXT NOT NULL,
  PRIMARY KEY (run_id, trade)
) STRICT, WITHOUT ROWID;

CREATE TABLE backtest_equity (
  run_id TEXT NOT NULL REFERENCES backtest_runs (id) ON DELETE CASCADE,
  timestamp INTEGER NOT NULL,
  equity REAL NOT NULL,
  benchmark REAL,
  PRIMARY KEY (run_id, timestamp)
) STRICT, WITHOUT ROWID;
`
