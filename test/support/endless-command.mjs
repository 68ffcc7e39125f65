// A command that prints events until it is stopped, on the real base command: `node endless-command.mjs [--stuck] [flags]`.
import path from 'node:path'
import { BaseCommand } from '../../dist/core/cli/base-command.js'
import { switchFlag } from '../../dist/core/cli/flags.js'
import { untilAborted } from '../../dist/core/cli/lifetime.js'

class Endless extends BaseCommand {
  static id = 'endless'
  static flags = {
    stuck: switchFlag('Ignore that it is to stop'),
    fail: switchFlag('Fail at once'),
    crash: switchFlag('Fail later, out of reach'),
  }
  runs = true

  async run() {
    const { flags, clock, signal, events } = await this.begin(Endless)
    if (flags.fail) throw new TypeError('broken inside')
    const time = await clock()
    const out = await events({ clock: time, fields: ['type', 'symbol', 'count', 'mid'] })
    if (flags.crash)
      time.after(1, () => {
        throw new Error('out of reach')
      })
    let count = 0
    const timer = time.every(2, () => {
      count += 1
      out.write({ type: 'spread', symbol: 'BTCUSDT', count, mid: Number.NaN })
    })
    await (flags.stuck ? new Promise(() => undefined) : untilAborted(signal))
    timer.cancel()
    out.write({ type: 'summary', symbol: '', count })
  }
}

await Endless.run(process.argv.slice(2), path.resolve(import.meta.dirname, '../..'))
