/** SQL as the user gives it: in the line, or in a file, because text that begins with `--` would be taken for a flag. */
import { readFileSync } from 'node:fs'
import { DataValidationError, UsageError } from '../../errors.js'

export function readSql(sql: string | undefined, file: string | undefined): string {
  if ((sql === undefined) === (file === undefined)) {
    throw new UsageError('USAGE_MISSING_ARGUMENT', 'Give the SQL either as an argument or with --file', {
      suggestions: ['mts db query "SHOW TABLES"', 'mts db query --file examples/trend.sql'],
    })
  }
  if (file === undefined) return sql ?? ''
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new DataValidationError('DATA_SQL_FILE', `The SQL file ${file} cannot be read`, {
      cause: error,
      suggestions: ['Check its path and permissions; - is stdin'],
    })
  }
}
