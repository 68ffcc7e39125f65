/** A strategy to begin with: it runs as it is, and says what may be changed. */

export function strategyTemplate(name: string): string {
  return TEMPLATE.replaceAll('NAME', name)
}

const TEMPLATE = `// A strategy of your own. It runs at once:
//
//   mts backtest --strategy ./NAME.mjs --symbols BTC
//   mts backtest verify --strategy ./NAME.mjs --symbols BTC      does it look ahead?
//   mts backtest optimize --strategy ./NAME.mjs --symbols BTC --param fall=0.01:0.05:0.01

// An editor knows every type where the package mts can be found from here (node_modules/mts); it runs without that too.

// What --param may say. Numbers have a unit and a range; the default holds when nothing is said.
const parameters = /** @type {const} */ ({
  bars: { kind: 'integer', unit: 'bars', min: 1, max: 500, default: 6, description: 'bars to measure the move over' },
  fall: { kind: 'number', unit: 'fraction', min: 0.001, max: 0.5, default: 0.02, description: 'fall to buy' },
  rise: { kind: 'number', unit: 'fraction', min: 0.001, max: 0.5, default: 0.02, description: 'rise to sell' },
  patience: { kind: 'integer', unit: 'bars', min: 1, max: 5000, default: 48, description: 'bars to hold at most' },
})

/** @type {import('mts/strategy').StrategyDeclaration<typeof parameters>} */
const strategy = {
  name: 'NAME',
  description: 'Buys a fall within a few bars and sells after a rise or a while',
  parameters,

  // A rule between parameters: a text says what is wrong.
  // check: ({ fall, rise }) => (rise > fall / 4 ? undefined : 'rise is too small to pay for the fees'),

  // What it needs beside its own bars; what is missing ends the run with the command that gets it.
  // needs: () => ({ macro: ['VIX'], series: { daily: { interval: '1d' } }, funding: true, volume: true }),

  // Closed bars that must be there before the first signal counts.
  warmup: ({ bars }) => bars + 1,

  // One instance for each asset. Keep numbers between bars, never the view itself: it is the same object on every bar.
  create: ({ bars, fall, rise, patience }) => {
    let held = 0
    return {
      // Asked once a closed bar. view.bars.close(0) is the bar that has just closed, close(1) the one before; nothing later can be
      // reached. Also there: open, high, low, volume, timestamp; view.position, view.account, view.macro('VIX').value(0).
      onBar(view, sink) {
        if (view.bars.length <= bars) return
        const change = view.bars.close(0) / view.bars.close(bars) - 1
        if (view.position.quantity === 0) {
          held = 0
          // strength and confidence are 0 to 1; how much is bought is the run's --sizing.
          if (change < -fall) sink.signal({ signal: 'long', strength: 1, confidence: 0.5, reason: 'fell ' + percent(change) })
          return
        }
        held += 1
        if (change > rise) sink.signal({ signal: 'flat', strength: 1, confidence: 0.5, reason: 'rose ' + percent(change) })
        else if (held >= patience) sink.signal({ signal: 'flat', strength: 1, confidence: 0.5, reason: 'held ' + held + ' bars' })
        // Why nothing is said: sink.silent('a fixed text'); a run without a trade tells how often.
        // Orders of your own: sink.order({ side: 'buy', type: 'limit', limit: 90000, stopLoss: 85000, reason: 'a bid below' })
      },
      // Its present numbers, when asked.
      analysis: () => ({ held }),
    }
  },
}

export default strategy

/** @param {number} fraction */
function percent(fraction) {
  return (100 * fraction).toFixed(1) + ' %'
}
`
