/** How long another program's lock is waited for. */
export const BUSY_TIMEOUT_MS = 5000

/** A larger WAL is emptied at the end of a batch. */
export const WAL_LIMIT_BYTES = 16 * 1024 * 1024
