import { BaseCommand } from '../../core/cli/base-command.js'
import { listFlag, textArg, textFlag } from '../../core/cli/flags.js'
import { pathFromHere } from '../../core/cli/paths.js'

export default class JournalImport extends BaseCommand {
  static override summary = 'Turn recordings made elsewhere into a journal'
  static override description =
    'PATH is NAME.jsonl or NAME.jsonl.gz with one raw frame a line, or a directory of them. Receive times (NAME.recv_ns.txt, NAME.recv_s.txt), what was sent (NAME.sent.jsonl) and REST bodies (*.json) beside it are found by their names.'
  static override args = { path: textArg('Recording, or a directory of recordings') }
  static override examples = [
    '<%= config.bin %> journal import frames.jsonl.gz --exchange binance',
    '<%= config.bin %> journal import frames.jsonl --exchange binance --recv times.txt --rest BTCUSDT=depth.json',
  ]
  static override flags = {
    exchange: textFlag({ description: 'Exchange that sent the frames', required: true }),
    recv: textFlag({ description: 'Receive time of each frame: Unix seconds, ms, µs or ns', helpValue: '<file>' }),
    rest: listFlag({ description: 'REST bodies: order books and the list of instruments', helpValue: '<file|SYMBOL=file,…>' }),
  }

  override async run(): Promise<void> {
    const { flags, args, config, clock, print, progress } = await this.begin(JournalImport)
    const [{ importJournal }, { loadExchange }] = await Promise.all([
      import('../../core/live/import-journal.js'),
      import('../../core/exchanges/registry.js'),
    ])
    const exchange = await loadExchange(flags.exchange)
    const wait = await progress(`Reading ${args.path}`)
    const { recv, rest } = flags
    const { dataDir: dataDirectory } = config
    const { blockBytes } = config.journal
    const imported = await importJournal({ path: args.path, exchange, recv, rest, dataDirectory, blockBytes, clock: await clock() })
    wait.end()
    await print({
      data: imported,
      warnings: imported
        .filter(({ frames, unknown }) => frames > 0 && unknown === frames)
        .map((each) => `${each.path}: not one of its frames is known to ${exchange.name}; is it another exchange's?`),
      columns: [
        { key: 'path', text: (path) => pathFromHere(String(path)), cut: 'start' },
        { key: 'frames', kind: 'number' },
        { key: 'rest', kind: 'number' },
        { key: 'sent', kind: 'number' },
        { key: 'unknown', kind: 'number' },
        { key: 'held', kind: 'number' },
        { key: 'times' },
      ],
    })
  }
}
