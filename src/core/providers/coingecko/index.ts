import { MINUTE_MS } from '../../market/time.js'
import type { CoinProvider, KeyRule } from '../contract.js'
import { choose, largest } from './choose.js'
import { BANS } from './errors.js'
import { chartPlan } from './intervals.js'
import { candles, chart, coins, ranks } from './rest.js'
import { sampled } from './sampling.js'

/** Keys of both plans look the same, so the plan is a setting of its own. */
function key(name: string): KeyRule {
  return {
    pattern: /^CG-[A-Za-z0-9_-]{8,64}$/,
    form: 'CG- and letters and digits',
    from: 'https://www.coingecko.com/en/developers/dashboard',
    sentAs: 'header',
    name,
  }
}

export const provider: CoinProvider = {
  id: 'coingecko',
  name: 'CoinGecko',
  docs: 'https://docs.coingecko.com',
  endpoints: { public: 'https://api.coingecko.com/api/v3', pro: 'https://pro-api.coingecko.com/api/v3' },
  plans: {
    keyless: { endpoint: 'public', budget: 'keyless' },
    demo: { key: key('x-cg-demo-api-key'), endpoint: 'public', budget: 'demo' },
    pro: { key: key('x-cg-pro-api-key'), endpoint: 'pro', budget: 'pro' },
  },
  usualPlan: { withoutKey: 'keyless', withKey: 'demo' },
  budgets: {
    // Without a key the limit is not published and hangs on what others at the same address do: one at a time, 5 a minute.
    keyless: { limit: 1, windowMs: MINUTE_MS / 5, isAligned: false },
    // 30 and 100 a minute are both published.
    demo: { limit: 25, windowMs: MINUTE_MS, isAligned: false },
    // The smallest of the paid plans.
    pro: { limit: 250, windowMs: MINUTE_MS, isAligned: false },
  },
  budgetShare: 1,
  bans: BANS,
  sandbox: { plan: 'keyless', key: undefined },
  notice: 'Data provided by CoinGecko (https://www.coingecko.com)',
  rest: { coins, ranks, chart, candles },
  plan: chartPlan,
  sampled,
  choose,
  largest,
}
