import { delimiter } from 'node:path'
import type { Exchange } from '../../exchanges/contract.js'
import { type Diagnosis, diagnose } from '../../live/doctor/index.js'
import type { BaseSession } from '../base-command.js'
import type { Painter } from '../output/color.js'
import type { Column } from '../output/column.js'
import { counted } from '../output/counted.js'
import type { Plain } from '../output/keys.js'
import { configuredEndpoints } from '../world.js'

const CANARY_MS = 10_000

const COLUMNS: readonly Column[] = [
  { key: 'status', text: (status) => MARKS[String(status)] ?? String(status), paint: paintStatus },
  { key: 'check' },
  { key: 'exchange', text: (id) => (id === '' ? '–' : String(id)) },
  { key: 'message', heading: 'found', cut: 'end' },
  { key: 'advice', heading: 'what to do', text: (advice) => String(advice ?? '') },
]

const MARKS: Readonly<Record<string, string>> = { ok: 'ok', warning: 'warning', failure: 'FAILURE' }

/** Looks the machine over and prints what was found; the exit code says whether anything failed. */
export async function runDoctor(session: BaseSession, exchanges: readonly Exchange[]): Promise<void> {
  const { config } = session
  const world = await session.world()
  const wait = await session.progress(`Looking at ${exchanges.map(({ name }) => name).join(', ')}`)
  const diagnosis = await diagnose(world, {
    exchanges,
    configured: (exchange) => configuredEndpoints(exchange, config),
    dataDirectory: config.dataDir,
    databasePath: config.db,
    redisUrl: config.redis.url,
    canaryMs: CANARY_MS,
    program: { nodeVersion: process.versions.node, searchPath: (process.env['PATH'] ?? '').split(delimiter) },
  }).finally(() => wait.end())
  const { findings } = diagnosis
  await session.print({
    data: findings,
    columns: COLUMNS,
    view: { heading: headingOf(findings), rows: findings, columns: COLUMNS },
  })
  process.exitCode = exitCodeOf(diagnosis)
}

/** `Not fit: 1 failure, 2 warnings, 15 ok`. */
function headingOf(findings: Diagnosis['findings']): string {
  const count = (status: string): number => findings.filter((finding) => finding.status === status).length
  const [failures, warnings] = [count('failure'), count('warning')]
  const parts = [
    ...(failures === 0 ? [] : [counted(failures, 'failure')]),
    ...(warnings === 0 ? [] : [counted(warnings, 'warning')]),
    `${count('ok')} ok`,
  ]
  return `${failures === 0 ? 'Fit' : 'Not fit'}: ${parts.join(', ')}`
}

/** 69 when no exchange answered, 4 when something else failed. */
function exitCodeOf({ failures, isNothingReachable }: Diagnosis): number {
  return isNothingReachable ? 69 : failures > 0 ? 4 : 0
}

function paintStatus(text: string, status: Plain, painter: Painter): string {
  if (status === 'failure') return painter.bad(text)
  return status === 'warning' ? painter.warn(text) : painter.good(text)
}
