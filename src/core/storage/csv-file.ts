/** A CSV file as a crash may have left it. */
import { type FileHandle, open } from 'node:fs/promises'

const NEWLINE = 10
const TAIL_BYTES = 64 * 1024

/**
 * Makes sure that the file exists, begins with `header` and ends with a whole line. True: it ended with half a line, which
 * is cut off, because half a number is a wrong number.
 */
export async function prepareCsvFile(file: string, header: string): Promise<boolean> {
  const handle = await open(file, 'a+')
  try {
    const { size } = await handle.stat()
    const whole = await endOfLastLine(handle, size)
    if (whole < size) await handle.truncate(whole)
    if (whole === 0) await handle.appendFile(header)
    return whole < size && whole > 0
  } finally {
    await handle.close()
  }
}

/** Position after the last newline; 0 where there is none. */
async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(TAIL_BYTES)
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - TAIL_BYTES)
    const { bytesRead } = await handle.read(buffer, 0, end - start, start)
    const at = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE)
    if (at >= 0) return start + at + 1
    end = start
  }
  return 0
}
