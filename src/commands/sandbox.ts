import { BaseCommand } from '../core/cli/base-command.js'
import { numberFlag } from '../core/cli/flags.js'
import { untilAborted } from '../core/cli/lifetime.js'

export default class Sandbox extends BaseCommand {
  static override summary = 'Serve the simulated exchanges on loopback until stopped'
  static override description = 'Prints one line of JSON with the URLs once it listens. The same seed gives the same market.'
  static override examples = ['<%= config.bin %> sandbox --port 0', '<%= config.bin %> sandbox --port 4600 --seed 42 --speed 10']
  static override flags = {
    port: numberFlag({ description: 'Port on 127.0.0.1; 0 picks a free one', default: 4600, min: 0, max: 65_535 }),
    seed: numberFlag({ description: 'Seed of the market', default: 42, min: 0 }),
    speed: numberFlag({ description: 'Seconds of the market in one second', default: 1, min: 0.001, max: 10_000 }),
  }

  protected override readonly runs = true

  override async run(): Promise<void> {
    const { flags, clock, signal, events } = await this.begin(Sandbox)
    const { startSandbox } = await import('../core/sandbox/index.js')
    const time = await clock()
    const { port, seed, speed } = flags
    const sandbox = await startSandbox({ clock: time, port, seed, speed })
    const out = await events({ clock: time, fields: ['port', 'seed', 'speed', 'urls'] })
    out.write({ port: sandbox.port, seed, speed, urls: sandbox.urls })
    await untilAborted(signal)
    await sandbox.close()
  }
}
