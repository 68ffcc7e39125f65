/** What SQLite and the file system say, in words that help. */
import { MtsError, StorageError } from '../errors.js'

interface Explanation {
  readonly code: string
  says(path: string): string
  readonly suggestion: string
}

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  SQLITE_BUSY: {
    code: 'STORAGE_LOCKED',
    says: (path) => `The database ${path} is locked by another program`,
    suggestion: 'Wait for the other program, or close it; see who it is with: lsof FILE',
  },
  SQLITE_CORRUPT: {
    code: 'STORAGE_CORRUPT',
    says: (path) => `The database ${path} is damaged`,
    suggestion: 'Save what can be read with: sqlite3 FILE .recover | sqlite3 NEW_FILE; or move it away and start with an empty one',
  },
  SQLITE_NOTADB: {
    code: 'STORAGE_NOT_A_DATABASE',
    says: (path) => `${path} is not an SQLite database`,
    suggestion: 'Give the path of another file with --db',
  },
  SQLITE_FULL: {
    code: 'STORAGE_FULL',
    says: (path) => `No space left for the database ${path}`,
    suggestion: 'Free some space, or put the database on another disk with --db; what was stored before is safe',
  },
  SQLITE_READONLY: {
    code: 'STORAGE_READONLY',
    says: (path) => `The database ${path} cannot be written: it, or its directory, is read-only`,
    suggestion: 'Change the permissions, or give another path with --db',
  },
  SQLITE_CANTOPEN: {
    code: 'STORAGE_OPEN',
    says: (path) => `${path} cannot be opened`,
    suggestion: 'Check that the path is a file, that its directory exists and that you may write there',
  },
  SQLITE_IOERR: {
    code: 'STORAGE_IO',
    says: (path) => `The disk failed under ${path}`,
    suggestion: "Look at the system's log; check the disk",
  },
}

/** Names of the same troubles: locks by the same process, file-system errors. */
const ALIASES: Readonly<Record<string, string>> = {
  SQLITE_LOCKED: 'SQLITE_BUSY',
  SQLITE_PERM: 'SQLITE_READONLY',
  SQLITE_AUTH: 'SQLITE_READONLY',
  EACCES: 'SQLITE_READONLY',
  EPERM: 'SQLITE_READONLY',
  EROFS: 'SQLITE_READONLY',
  ENOSPC: 'SQLITE_FULL',
  EDQUOT: 'SQLITE_FULL',
  EIO: 'SQLITE_IOERR',
  ENOENT: 'SQLITE_CANTOPEN',
  ENOTDIR: 'SQLITE_CANTOPEN',
  EEXIST: 'SQLITE_CANTOPEN',
  EISDIR: 'SQLITE_CANTOPEN',
}

/** Any error met while using the file at `path`, as a `StorageError` with its cause. */
export function storageError(error: unknown, path: string): StorageError {
  if (error instanceof StorageError) return error
  const explanation = EXPLANATIONS[familyOf(codeOf(error))]
  if (explanation === undefined) {
    const text = error instanceof Error ? error.message : String(error)
    return new StorageError('STORAGE_FAILED', `Storage failed at ${path}: ${text}`, { cause: error })
  }
  const suggestions = [explanation.suggestion.replaceAll('NEW_FILE', `${path}.recovered`).replaceAll('FILE', path)]
  return new StorageError(explanation.code, explanation.says(path), { cause: error, suggestions })
}

/** Runs `work` and turns whatever it throws, errors of ours apart, into a `StorageError`. */
export function guarded<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw error instanceof MtsError ? error : storageError(error, path)
  }
}

/** A row that breaks a rule of its table: this row is at fault, not the storage. */
export function isRejectedRow(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_CONSTRAINT') || codeOf(error) === 'SQLITE_MISMATCH' || error instanceof TypeError
}

export function isLocked(error: unknown): boolean {
  return familyOf(codeOf(error)) === 'SQLITE_BUSY'
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : ''
}

/** `SQLITE_IOERR_WRITE` → `SQLITE_IOERR`: extended codes only add where it happened. */
function familyOf(code: string): string {
  const primary = code.startsWith('SQLITE_') ? code.split('_').slice(0, 2).join('_') : code
  return ALIASES[primary] ?? primary
}
