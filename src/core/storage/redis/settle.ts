/** What is kept of a batch that the server answered: sent again, lost or written. Pure. */

/** Refusals that pass: the server is loading, full, without its leader or without its disk. */
const PASSING = /^(?:LOADING|OOM|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/

/** One item's commands as they are sent, numbered: sent again as they are, a follower knows them by their numbers. */
export interface Unit {
  readonly isCounted: boolean
  readonly commands: readonly string[]
}

export interface Settled {
  /** What a passing refusal kept out: to be sent again. */
  readonly held: Unit[]
  readonly written: number
  /** Refused for good. */
  readonly lost: number
}

/** `refusals`: what the server said instead of doing it, by the place of the command in the batch. */
export function settleUnits(units: readonly Unit[], refusals: ReadonlyMap<number, string>): Settled {
  // Nearly always nothing is refused: then nothing is looked for.
  if (refusals.size === 0) return { held: [], written: countedOf(units), lost: 0 }
  const held: Unit[] = []
  let [written, lost, at] = [0, 0, 0]
  for (const { isCounted, commands } of units) {
    const first = at
    at += commands.length
    const again = commands.filter((_, i) => PASSING.test(refusals.get(first + i) ?? ''))
    if (again.length > 0) held.push({ isCounted, commands: again })
    else if (!isCounted) continue
    else if (commands.some((_, i) => refusals.has(first + i))) lost += 1
    else written += 1
  }
  return { held, written, lost }
}

/** Units that count as events or keys. */
export function countedOf(units: readonly Unit[]): number {
  let count = 0
  for (const { isCounted } of units) if (isCounted) count += 1
  return count
}
