import { inPath } from '../feed/bus.js'
import type { Outputs } from '../feed/outputs.js'
import { StructureSampler } from '../feed/structure.js'

/** Without states to sum up at each change there is nothing to tell. */
const SHORTEST_MS = 100
const USUAL_MS = 1_000

/** Publishes `structure` events each interval (ms; 0: each second). Nothing looks at books or trades for it unless this is called. */
export function publishStructure(outputs: Outputs, intervalMs: number): void {
  const length = intervalMs === 0 ? USUAL_MS : Math.max(SHORTEST_MS, intervalMs)
  const sampler = new StructureSampler({ intervalMs: length, publish: (event) => outputs.publish(event) })
  outputs.watch((state, kind) => sampler.touch(state, kind))
  outputs.follow(sampler)
  outputs.bus.subscribe(
    inPath('structure', new Set(['trade']), (event) => {
      if (event.type === 'trade') sampler.trade(event)
    }),
  )
}
