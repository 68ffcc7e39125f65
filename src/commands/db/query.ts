import path from 'node:path'
import { BaseCommand } from '../../core/cli/base-command.js'
import { readSql } from '../../core/cli/database/read-sql.js'
import { optionalTextArg, textFlag } from '../../core/cli/flags.js'

export default class DbQuery extends BaseCommand {
  static override summary = 'Run SQL over the database and the archive together, read-only'
  static override description =
    `Each table holds what the database and the archive have, each row once; live.<table> and archive.<table> are the two apart. The
SQL is DuckDB's. Levels of books are lists: bids[1][1] is the best bid. A query can read nothing else and change nothing.
Rows are printed as they come; a table shows the first 10 000. Examples: the folder examples of this package.`
  static override examples = [
    `<%= config.bin %> db query "SELECT exchange, avg(spread_percentage) FROM bid_ask_spreads GROUP BY ALL"`,
    `<%= config.bin %> db query "SELECT * FROM funding_rates WHERE kind = 'settled'" -o csv > funding.csv`,
    '<%= config.bin %> db query --file examples/trend.sql',
  ]
  static override args = { sql: optionalTextArg('One statement that reads') }
  static override flags = { file: textFlag({ description: 'File with the statement; - is stdin', helpValue: '<trend.sql>' }) }

  override async run(): Promise<void> {
    const { args, flags, config, signal, printRows } = await this.begin(DbQuery)
    const sql = readSql(args.sql, flags.file)
    const { queryHistory } = await import('../../core/storage/archive/query.js')
    const directory = path.join(config.dataDir, 'archive')
    await queryHistory({ database: config.db, directory, signal }, sql, printRows)
  }
}
