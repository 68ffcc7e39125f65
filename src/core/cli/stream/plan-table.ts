import type { Stream } from '../../live/stream.js'
import type { BaseSession } from '../base-command.js'

/** What a stream would do: a row for each connection, and for each exchange its cost and the time to its first books. */
export async function printPlan({ print }: BaseSession, stream: Stream): Promise<void> {
  const { plans, warnings, unreachable } = stream
  await stream.close()
  if (unreachable !== undefined) throw unreachable
  const seconds = Math.max(0, ...plans.map((plan) => plan.secondsToBooks))
  const connections = plans.flatMap((plan) =>
    plan.connections.map((each) => ({
      ...each,
      messages: each.messages.length,
      subscriptions: each.topics.length,
      topics: each.topics.join(' '),
    })),
  )
  const snapshots = plans.filter((plan) => plan.snapshots > 0)
  const cost = snapshots.map((plan) => `${plan.exchange}: ${plan.snapshots} snapshots, weight ${plan.snapshotWeight} in all`)
  await print({
    data: { seconds_to_books: seconds, exchanges: plans },
    warnings,
    view: {
      heading: [`${connections.length} connections; every book readable after about ${seconds.toFixed(1)} s`, ...cost, ''].join(
        '\n',
      ),
      rows: connections,
      columns: [
        { key: 'exchange' },
        { key: 'socket' },
        ...(connections.some(({ copy }) => copy > 1) ? [{ key: 'copy', kind: 'number', decimals: 0 } as const] : []),
        { key: 'messages', kind: 'number', decimals: 0 },
        { key: 'subscriptions', brief: 'topics', kind: 'number', decimals: 0 },
        { key: 'topics', heading: 'subscribes to', cut: 'end' },
      ],
    },
  })
}
