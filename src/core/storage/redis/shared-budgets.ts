/** Request budgets and bans of all machines with one address, in Redis. Nobody waits for it longer than a moment. */
import { createHash } from 'node:crypto'
import type { Clock } from '../../clock.js'
import type { AddressLedger, OpenAddressLedger, Verdict } from '../../rest/shared-budget.js'
import { BUDGET_SCRIPT } from './budget-script.js'
import { openRedis, type RedisClient } from './client.js'

/** How Redis names a script that it keeps. */
const SCRIPT_HASH = createHash('sha1').update(BUDGET_SCRIPT).digest('hex')
/** At the start a request waits so long for the connection: what others spent, and a ban, is worth that. */
const CONNECT_MS = 1_000
/** An answer that takes longer is none: requests go on by the ledger of their machine. */
const ANSWER_MS = 250

export interface SharedBudgetsOptions {
  readonly url: string
  /** Machines with one public IP address have one name for it. */
  readonly address: string
  readonly clock: Clock
  /** 0 ≤ x < 1 */
  readonly random: () => number
  /** Each is told once: it cannot be asked, and why; it can be asked again. */
  onChange(state: 'away' | 'back', detail: string): void
}

export interface SharedBudgets {
  /** Connects with the first one. */
  readonly open: OpenAddressLedger
  /** Waits for what is being said (a ban that is met last), a moment at most. Never rejects. */
  close(): Promise<void>
}

export function openSharedBudgets(options: SharedBudgetsOptions): SharedBudgets {
  const { address, clock, random } = options
  const process = `${clock.stamp().toString(36)}-${Math.floor(random() * 36 ** 6).toString(36)}`
  const line = createLine(options)
  return {
    open: (name, rules) => {
      line.connect()
      const key = budgetKey(address, name)
      const ruleText = JSON.stringify(rules)
      const ledger: AddressLedger = {
        get isReachable() {
          return line.isReachable
        },
        async say(statement) {
          const answer = await line.ask(key, [process, JSON.stringify(statement), ruleText])
          return answer === undefined ? undefined : (JSON.parse(answer) as Verdict)
        },
      }
      return ledger
    },
    close: () => line.close(),
  }
}

/** Public, as all names in Redis are. `name`: of the service, and where it is asked. */
function budgetKey(address: string, name: string): string {
  return `mts:budget:${address}:${name}`
}

interface Line {
  readonly isReachable: boolean
  connect(): void
  ask(key: string, args: readonly string[]): Promise<string | undefined>
  close(): Promise<void>
}

function createLine(options: SharedBudgetsOptions): Line {
  const { clock } = options
  const news = createNews(options.onChange)
  const asking = new Set<Promise<unknown>>()
  let client: RedisClient | undefined
  let connecting: Promise<void> | undefined
  /** Asked and not answered in time: the next ones would not be either. */
  let late = 0
  let isClosed = false

  const connect = (): Promise<void> =>
    firstConnection(options, news, (opened) => {
      client = opened
      if (isClosed) opened.close()
    })
  const ask = async (asked: RedisClient, rest: readonly string[]): Promise<string | undefined> => {
    let text: string | undefined
    let isLate = false
    const isInTime = await within(clock, ANSWER_MS, (resolve) => {
      const end = (): void => {
        if (isLate) late -= 1
        resolve()
      }
      run(asked, rest)
        .then((answer) => {
          text = answer
          news.back()
        })
        .catch((error: unknown) => news.away(reasonOf(error)))
        .finally(end)
    })
    if (isInTime) return text
    isLate = true
    late += 1
    news.away(`no answer in ${ANSWER_MS} ms`)
    return undefined
  }

  return {
    get isReachable() {
      return client?.isReady === true && !news.isAway
    },
    connect: () => {
      connecting ??= connect()
    },
    async ask(key, args) {
      await connecting
      if (client?.isReady !== true || late > 0 || isClosed) return undefined
      const answer = ask(client, ['1', key, ...args])
      asking.add(answer)
      return answer.finally(() => asking.delete(answer))
    },
    async close() {
      news.end()
      await Promise.all(asking)
      isClosed = true
      client?.close()
    },
  }
}

/** Resolves when it is connected, or not: never later than `CONNECT_MS`. */
async function firstConnection(options: SharedBudgetsOptions, news: News, opened: (client: RedisClient) => void): Promise<void> {
  const isInTime = await within(options.clock, CONNECT_MS, (resolve) => {
    const onReady = (): void => {
      news.back()
      resolve()
    }
    const onLost = (reason: string): void => {
      news.away(reason)
      resolve()
    }
    openRedis({ url: options.url, clock: options.clock, name: 'mts-budget', onReady, onLost }).then(opened, (error: unknown) =>
      onLost(reasonOf(error)),
    )
  })
  if (!isInTime) news.away(`no connection in ${CONNECT_MS} ms`)
}

/** By its hash; the server that does not know it yet is given the whole. */
async function run(client: RedisClient, rest: readonly string[]): Promise<string> {
  try {
    return String(await client.ask(['EVALSHA', SCRIPT_HASH, ...rest]))
  } catch (error) {
    if (!reasonOf(error).startsWith('NOSCRIPT')) throw error
    return String(await client.ask(['EVAL', BUDGET_SCRIPT, ...rest]))
  }
}

interface News {
  readonly isAway: boolean
  away(reason: string): void
  back(): void
  end(): void
}

/** Each change is told once. */
function createNews(onChange: SharedBudgetsOptions['onChange']): News {
  let isAway = false
  let isOver = false
  const told = (state: 'away' | 'back', detail: string): void => {
    if (isAway === (state === 'away') || isOver) return
    isAway = state === 'away'
    onChange(state, detail)
  }
  return {
    get isAway() {
      return isAway
    },
    away: (reason: string) => told('away', reason),
    back: () => told('back', ''),
    end: () => {
      isOver = true
    },
  }
}

/** True: `work` resolved before the time was over. */
function within(clock: Clock, ms: number, work: (resolve: () => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = clock.after(ms, () => resolve(false))
    work(() => {
      timer.cancel()
      resolve(true)
    })
  })
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
