import { BaseCommand } from '../core/cli/base-command.js'
import { textArg, textFlag } from '../core/cli/flags.js'
import { streamFlags } from '../core/cli/stream/flags.js'

export default class Replay extends BaseCommand {
  static override summary = 'Run recorded frames through the same code as live'
  static override description =
    'PATH is a journal, an exchange or a day in it, or one file. The same journal, configuration and version give the same lines: the summary has their hash, and --expect checks it (exit 4).'
  static override args = { path: textArg('Journal, or a part of it') }
  static override examples = [
    '<%= config.bin %> replay data/journal --no-store --interval 0',
    '<%= config.bin %> replay data/journal/binance/2026-11-21 --speed 10 --symbols BTCUSDT',
    '<%= config.bin %> replay data/journal --no-store --expect sha256:…',
  ]
  static override flags = {
    ...streamFlags,
    speed: textFlag({ description: 'Seconds of the recording in one second, or max', default: 'max', helpValue: '<max|1|10>' }),
    expect: textFlag({ description: 'Hash that the events must have', helpValue: '<sha256:…>' }),
  }

  protected override readonly runs = true

  override async run(): Promise<void> {
    const session = await this.begin(Replay)
    const { runReplayCommand } = await import('../core/cli/stream/run-replay.js')
    const { flags, args } = session
    await runReplayCommand(session, { ...flags, path: args.path, intervalMs: flags.interval, hasStats: flags.stats })
  }
}
