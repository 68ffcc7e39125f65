import type { Endpoints, Exchange } from '../../exchanges/contract.js'
import type { FeedWorld } from '../../feed/world.js'

export type FindingStatus = 'ok' | 'warning' | 'failure'

/** One line of the report. */
export interface Finding {
  readonly check: CheckName
  /** Empty: the machine as a whole. */
  readonly exchange: string
  readonly status: FindingStatus
  /** What was found, with its figures. */
  readonly message: string
  /** What to do about it; `null` where nothing is to be done. */
  readonly advice: string | null
  /** The figures by themselves, for programs. */
  readonly figures: Readonly<Record<string, number | string | null>>
}

export type CheckName =
  | 'node'
  | 'native-module'
  | 'database'
  | 'disk'
  | 'journal'
  | 'redis'
  | 'retired-endpoints'
  | 'rest'
  | 'clock'
  | 'canary'
  | 'budget'
  | 'drift'

export interface DoctorWorld extends FeedWorld {
  readonly signal: AbortSignal
  endpoints(exchange: Exchange): Endpoints
}

export interface DoctorOptions {
  readonly exchanges: readonly Exchange[]
  /** As the configuration says, also where the simulated market stands in. */
  configured(exchange: Exchange): Endpoints
  readonly dataDirectory: string
  readonly databasePath: string
  /** Where streams are published; not looked at when missing. */
  readonly redisUrl?: string | undefined
  /** How long a channel may keep us waiting for its first data, ms. */
  readonly canaryMs: number
  readonly program: {
    /** `20.20.2` */
    readonly nodeVersion: string
    /** Directories in which programs are looked for. */
    readonly searchPath: readonly string[]
  }
}

/** A check of the machine. It never throws what it was made to find. */
export type MachineCheck = (world: DoctorWorld, options: DoctorOptions) => Promise<readonly Finding[]>
export type ExchangeCheck = (exchange: Exchange, world: DoctorWorld, options: DoctorOptions) => Promise<readonly Finding[]>

type Details = Partial<Pick<Finding, 'exchange' | 'advice' | 'figures'>>

export function finding(check: CheckName, status: FindingStatus, message: string, details: Details = {}): Finding {
  return { check, exchange: '', status, message, advice: null, figures: {}, ...details }
}
