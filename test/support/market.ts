/** The simulated exchanges in this process, and what points a spawned mts at them. */
import { systemClock } from '../../src/core/net/system-clock.js'
import { startSandbox } from '../../src/core/sandbox/index.js'
import { cleanEnvironment } from './run-mts.js'

export interface Market {
  readonly urls: { readonly rest: string; readonly linear: string }
  /** The environment of a run; `extra` moves single addresses elsewhere. */
  env(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv
  close(): Promise<void>
}

export async function startMarket(): Promise<Market> {
  const sandbox = await startSandbox({ clock: systemClock(), port: 0, seed: 42, speed: 1 })
  const root = `127.0.0.1:${sandbox.port}`
  const addresses = {
    MTS_EXCHANGES__BINANCE__REST_URL: `http://${root}/binance`,
    MTS_EXCHANGES__BINANCE__PUBLIC_URL: `ws://${root}/binance/public/stream`,
    MTS_EXCHANGES__BINANCE__MARKET_URL: `ws://${root}/binance/market/stream`,
    MTS_EXCHANGES__BYBIT__REST_URL: `http://${root}/bybit`,
    MTS_EXCHANGES__BYBIT__LINEAR_URL: `ws://${root}/bybit/v5/public/linear`,
  }
  return {
    urls: { rest: addresses.MTS_EXCHANGES__BYBIT__REST_URL, linear: addresses.MTS_EXCHANGES__BYBIT__LINEAR_URL },
    env: (extra = {}) => cleanEnvironment({ ...addresses, ...extra }),
    close: () => sandbox.close(),
  }
}

/** Each line of a running command's output. */
export function events(stdout: string): { readonly type: string; readonly [key: string]: unknown }[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}
