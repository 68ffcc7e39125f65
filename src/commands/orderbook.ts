import { BaseCommand } from '../core/cli/base-command.js'
import { loadExchanges } from '../core/cli/exchanges.js'
import { durationFlag, exchangesFlag, numberFlag, switchFlag, textArg } from '../core/cli/flags.js'
import { checkEventFields } from '../core/cli/stream/event-fields.js'

export default class Orderbook extends BaseCommand {
  static override summary = 'Show the order book of an instrument with its metrics'
  static override description = 'Once over REST, or with --watch as it changes. SYMBOL is a base asset, a symbol or a pair.'
  static override args = { symbol: textArg('Base asset, symbol or pair') }
  static override examples = [
    '<%= config.bin %> orderbook BTC',
    '<%= config.bin %> orderbook ETH --exchanges bybit --depth 20 --watch',
    "<%= config.bin %> orderbook BTC --json | jq '.data[] | [.exchange, .spread_bps, .buy_slippage_bps]'",
  ]
  static override flags = {
    exchanges: exchangesFlag,
    depth: numberFlag({ description: 'Levels a side', default: 10, min: 1, max: 1000 }),
    notional: numberFlag({ description: 'Order in quote currency for the slippage', default: 100_000, min: 1 }),
    watch: switchFlag('Keep showing it'),
    interval: durationFlag({ description: 'With --watch in a pipe: at most this often', default: 1000 }),
    duration: durationFlag({ min: 1, description: 'With --watch: stop by itself after this time' }),
  }

  protected override readonly runs = this.argv.includes('--watch')

  override async run(): Promise<void> {
    const session = await this.begin(Orderbook)
    const { flags, args, config } = session
    const exchanges = await loadExchanges(flags.exchanges, config)
    if (flags.watch) {
      checkEventFields(flags.fields)
      const { watchOrderBook } = await import('../core/cli/order-book/watch.js')
      const { depth, interval, duration, notional } = flags
      await watchOrderBook(session, { exchanges, symbol: args.symbol, depth, notional, intervalMs: interval, durationMs: duration })
      return
    }
    const { fetchOrderBooks } = await import('../core/live/order-book.js')
    const { orderBookResult } = await import('../core/cli/order-book/table.js')
    const { depth, notional } = flags
    const alignmentToleranceMs = config.alignmentTolerance
    const world = await session.world()
    await session.print(
      orderBookResult(await fetchOrderBooks(world, { exchanges, symbol: args.symbol, depth, notional, alignmentToleranceMs })),
    )
  }
}
