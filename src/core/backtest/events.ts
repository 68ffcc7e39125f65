/** The events of a run, told to whoever listens while they happen; without a listener none is made. */
import type { OrderKind } from './order.js'
import type { Block, Decision, Fill, FundingPayment } from './result.js'

export interface MarketEvent {
  readonly type: 'market'
  readonly asset: string
  /** Open of the bar, ms UTC; the event is that of its close. */
  readonly timestamp: number
  readonly bar: number
  readonly close: number
  readonly equity: number
}

export interface OrderEvent {
  readonly type: 'order'
  readonly state: 'submitted' | 'triggered' | 'filled' | 'partly-filled' | 'cancelled'
  readonly order: number
  readonly asset: string
  readonly timestamp: number
  readonly kind: OrderKind
  readonly side: 'buy' | 'sell'
  /** Of `cancelled`. */
  readonly block: Block | null
}

export type BacktestEvent =
  | MarketEvent
  | OrderEvent
  | ({ readonly type: 'signal' } & Decision)
  | ({ readonly type: 'fill' } & Fill)
  | ({ readonly type: 'funding' } & FundingPayment)

export type Listener = (event: BacktestEvent) => void
