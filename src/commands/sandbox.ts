import { BaseCommand } from '../core/cli/base-command.js'
import { numberFlag, textFlag } from '../core/cli/flags.js'
import { untilAborted } from '../core/cli/lifetime.js'

const FIELDS = [
  'port',
  'seed',
  'speed',
  'urls',
  'type',
  'kind',
  'at',
  'exchange',
  'isLoss',
  'connection',
  'topic',
  'path',
  'symbol',
]

export default class Sandbox extends BaseCommand {
  static override summary = 'Serve the simulated exchanges and providers on loopback until stopped'
  static override description = `Prints one line of JSON with the URLs once it listens. The same seed gives the same market.

With faults it also prints a line for each one as it happens: what a client that misses nothing has to notice. A fault is
kind=when[/what]. When is a chance for each frame or answer, or the time from one to the next. Kinds: drop, duplicate, reorder,
delay, garbage, truncate, 429, 418, 403, error-body, snapshot-lag, old-snapshot, cut, close, half-open, stall, mute, refuse,
clock-skew, clock-jump. Scripts say exactly when and to whom: docs/faults.md.`
  static override examples = [
    '<%= config.bin %> sandbox --port 0',
    '<%= config.bin %> sandbox --port 4600 --seed 42 --speed 10',
    '<%= config.bin %> sandbox --fault drop=0.001,cut=30s,stall=60s/5s,429=0.01/5s --seed 7',
    '<%= config.bin %> sandbox --fault-script faults.json',
  ]
  static override flags = {
    port: numberFlag({ description: 'Port on 127.0.0.1; 0 picks a free one', default: 4600, min: 0, max: 65_535 }),
    seed: numberFlag({ description: 'Seed of the market and of the faults', default: 42, min: 0 }),
    speed: numberFlag({ description: 'Seconds of the market in one second', default: 1, min: 0.001, max: 10_000 }),
    fault: textFlag({ description: 'What goes wrong, with commas between', helpValue: '<drop=0.001,cut=30s>' }),
    'fault-script': textFlag({ description: 'What goes wrong and exactly when, as JSON', helpValue: '<file>' }),
  }

  protected override readonly runs = true

  override async run(): Promise<void> {
    const { flags, clock, signal, events } = await this.begin(Sandbox)
    const { startSandbox } = await import('../core/sandbox/index.js')
    const { createFaults } = await import('../core/sandbox/faults/index.js')
    const { readFaults } = await import('../core/cli/faults.js')
    const time = await clock()
    const { port, seed, speed } = flags
    const rules = await readFaults(flags.fault, flags['fault-script'])
    const out = await events({ clock: time, fields: FIELDS })
    const faults = createFaults({ rules, seed, clock: time, onTruth: (truth) => out.write({ type: 'fault', ...truth }) })
    const sandbox = await startSandbox({ clock: time, port, seed, speed, gate: faults.gate })
    out.write({ port: sandbox.port, seed, speed, urls: { ...sandbox.urls, ...sandbox.providerUrls } })
    await untilAborted(signal)
    await sandbox.close()
  }
}
