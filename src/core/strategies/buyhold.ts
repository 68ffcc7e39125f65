import { defineStrategy } from './contract.js'

/** Buys on the first bar and keeps: what every other strategy has to beat. */
export const buyhold = defineStrategy({
  name: 'buyhold',
  description: 'Buys on the first bar and holds to the end: the benchmark of all others',
  parameters: {},
  warmup: () => 1,
  create: () => {
    let hasBought = false
    return {
      onBar(view, sink) {
        if (hasBought || view.position.quantity !== 0 || view.hasWorkingOrders) {
          hasBought ||= view.position.quantity !== 0
          return
        }
        sink.signal({ signal: 'long', strength: 1, confidence: 1, reason: 'buy and hold' })
      },
      analysis: () => ({ bought: hasBought ? 'yes' : 'no' }),
    }
  },
})
