import { BaseCommand } from '../core/cli/base-command.js'
import { loadExchanges } from '../core/cli/exchanges.js'
import { exchangesFlag } from '../core/cli/flags.js'

export default class Doctor extends BaseCommand {
  static override summary = 'Check whether this machine is fit: storage, clock, network, and whether data really comes'
  static override description =
    'Exit code 0 without a failure, 4 when a check failed, 69 when no exchange can be reached. Each exchange gets a few requests and one subscription for each class of socket, which has to bring data and not only an acknowledgement.'
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --json | jq -r \'.data[] | select(.status != "ok") | [.check, .exchange, .message] | @tsv\'',
  ]
  static override flags = { exchanges: exchangesFlag }

  override async run(): Promise<void> {
    const session = await this.begin(Doctor)
    const exchanges = await loadExchanges(session.flags.exchanges, session.config)
    const { runDoctor } = await import('../core/cli/status/run-doctor.js')
    await runDoctor(session, exchanges)
  }
}
