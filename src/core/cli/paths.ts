import { relative } from 'node:path'

/** A path as a person in the working directory would write it; as it is where that is no shorter. */
export function pathFromHere(path: string): string {
  const short = relative(process.cwd(), path)
  return short !== '' && short.length < path.length ? short : path
}
