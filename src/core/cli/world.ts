/** Everything outside that a use case may touch, as one value. Loaded only by commands that need it. */
import type { Clock } from '../clock.js'
import { ConfigError } from '../errors.js'
import type { Endpoints, Exchange } from '../exchanges/contract.js'
import type { Http, HttpAnswer, Sockets } from '../net/contract.js'
import type { Access, Provider } from '../providers/contract.js'
import type { HttpRequest, Service } from '../rest/contract.js'
import type { Config } from './config/settings.js'
import type { Log } from './log.js'
import { stateDirectory } from './paths.js'
import { configuredAccess, configuredBudgets, sandboxAccess, sandboxBudgets } from './provider-access.js'

const HERE_ONLY = 'Request budgets and bans are shared by the runs on this machine only: Redis cannot be asked'
const TOGETHER = 'Request budgets and bans are shared by Redis again'
const ALONE = 'Request budgets and bans are not shared with other runs of mts: the file of their state cannot be used'

export type OnAnswer = (service: Service, request: HttpRequest, answer: HttpAnswer) => void

export interface World {
  readonly clock: Clock
  /** 0 ≤ x < 1. */
  readonly random: () => number
  readonly http: Http
  readonly sockets: Sockets
  readonly log: Log
  readonly signal: AbortSignal
  readonly config: Config
  /** `mts/<version>` */
  readonly userAgent: string
  /** The market is simulated inside this process. */
  readonly isSandbox: boolean
  /** Where this exchange is: its own addresses, the configured ones or the simulated market's. */
  endpoints(exchange: Exchange): Endpoints
  /** Under which plan, where and with which key this provider is asked. Throws `ConfigError` for a key that cannot be one. */
  access(provider: Provider): Access
  close(): Promise<void>
}

export interface WorldOptions {
  readonly config: Config
  readonly signal: AbortSignal
  readonly log: Log
  readonly userAgent: string
  readonly isSandbox: boolean
  /** Told each REST answer before anyone parses it: for the journal. */
  readonly onAnswer?: OnAnswer
  /** Where request budgets and bans are shared with other machines; on this one only when missing. */
  readonly redisUrl?: string | undefined
  /** Who asks repeats requests itself: each is sent once. */
  readonly isTriedOnce?: boolean
}

/** Opens nothing but, with `isSandbox`, the simulated market. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const { config, signal, log, userAgent, isSandbox, onAnswer, isTriedOnce = false } = options
  const [{ systemClock, systemRandom }, { createHttp }, { createSockets }, { createLedger }, { openSharedState }, { proxiesOf }] =
    await Promise.all([
      import('../net/system-clock.js'),
      import('../net/http.js'),
      import('../net/socket.js'),
      import('../net/budget.js'),
      import('../net/shared-state.js'),
      import('../net/proxy.js'),
    ])
  const proxies = proxiesOf(process.env)
  const clock = systemClock()
  const sandbox = isSandbox ? await startMarket(clock) : undefined
  const endpoints = (exchange: Exchange): Endpoints => sandbox?.urls[exchange.id] ?? configuredEndpoints(exchange, config)
  const onProblem = (error: unknown) => log.warn(ALONE, { directory: stateDirectory(), error })
  const openLedger = openSharedState({ directory: stateDirectory(), clock, onProblem })
  const budgets = isSandbox ? undefined : await budgetsInRedis(options, clock, systemRandom)
  const http = createHttp({
    clock,
    openLedger: (service) => {
      const name = `${service.id} ${config.exchanges[service.id]?.restUrl ?? 'its own'}`
      const address = budgets && { name, open: budgets.open }
      const shared = isSandbox ? {} : { machine: openLedger(name), ...(address && { address }) }
      const { budgetShare = config.budgetShare } = service
      // The simulated market is in this process: nobody else asks it, and its providers let everybody ask at once.
      const own = isSandbox ? sandboxBudgets(service) : configuredBudgets(service, config)
      return createLedger(own, clock, budgetShare, shared)
    },
    userAgent,
    proxies,
    requestTimeoutMs: config.requestTimeout,
    retry: { times: isTriedOnce ? 0 : config.retry.attempts - 1, baseMs: config.retry.base, capMs: config.retry.max },
    ...(onAnswer === undefined ? {} : { onAnswer }),
  })
  const sockets = createSockets({ clock, connectionTimeoutMs: config.connectionTimeout, userAgent, proxies })
  return {
    clock,
    random: systemRandom,
    http,
    sockets,
    log,
    signal,
    config,
    userAgent,
    isSandbox: sandbox !== undefined,
    endpoints,
    access: (provider) => sandboxAccess(provider, sandbox?.providerUrls) ?? configuredAccess(provider, config),
    close: async () => {
      await http.close()
      await budgets?.close()
      await sandbox?.close()
    },
  }
}

/** The exchange's addresses with those of the configuration in their place; throws `ConfigError` for a class of socket it lacks. */
export function configuredEndpoints(
  { id, endpoints }: Pick<Exchange, 'id' | 'endpoints'>,
  config: Pick<Config, 'exchanges'>,
): Endpoints {
  const own = config.exchanges[id]
  const unknown = Object.keys(own?.socketUrls ?? {}).find((name) => !(name in endpoints.sockets))
  if (unknown !== undefined) throw new ConfigError('CONFIG_UNKNOWN_KEY', `Unknown setting exchanges.${id}.${unknown}_url`)
  return { rest: own?.restUrl ?? endpoints.rest, sockets: { ...endpoints.sockets, ...own?.socketUrls } }
}

async function budgetsInRedis({ config, log, redisUrl: url }: WorldOptions, clock: Clock, random: () => number) {
  if (url === undefined) return undefined
  const [{ openSharedBudgets }, { placeOf }] = await Promise.all([
    import('../storage/redis/shared-budgets.js'),
    import('../storage/redis/client.js'),
  ])
  const onChange = (state: 'away' | 'back', detail: string) =>
    state === 'away' ? log.warn(HERE_ONLY, { redis: placeOf(url), reason: detail }) : log.info(TOGETHER, { redis: placeOf(url) })
  return openSharedBudgets({ url, address: config.redis.address, clock, random, onChange })
}

async function startMarket(clock: Clock) {
  const { startSandbox } = await import('../sandbox/index.js')
  return startSandbox({ clock, port: 0, seed: 42, speed: 1, hasProviderLimits: false })
}
