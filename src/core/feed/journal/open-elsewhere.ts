import { readdir, readlink, realpath } from 'node:fs/promises'

/**
 * Does another process have this file open? Known on Linux only, and of processes that we may look into; elsewhere the answer
 * is no, and whoever asks must watch the file's size as well.
 */
export async function isOpenElsewhere(path: string): Promise<boolean> {
  const own = await readlink('/proc/self').catch(nothing)
  if (own === undefined) return false
  const wanted = await realpath(path)
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== own)
  for (const id of processes) {
    const descriptors = (await readdir(`/proc/${id}/fd`).catch(nothing)) ?? []
    for (const descriptor of descriptors) {
      if ((await readlink(`/proc/${id}/fd/${descriptor}`).catch(nothing)) === wanted) return true
    }
  }
  return false
}

/** Processes end while they are looked at, and those of others cannot be looked into. */
function nothing(): undefined {
  return undefined
}
