import { BaseCommand } from '../../core/cli/base-command.js'
import { textArg } from '../../core/cli/flags.js'

export default class ArbExplain extends BaseCommand {
  static override summary = 'Show the proof of a stored opportunity: every fill and fee, and which books they were taken from'
  static override description = 'ID may be the beginning of one. The levels are those of the books that were walked when it opened.'
  static override args = { id: textArg('Id, or its beginning') }
  static override examples = [
    '<%= config.bin %> arb explain eeb109d6',
    "<%= config.bin %> arb explain eeb109d6 --json | jq '.data.fills'",
  ]

  override async run(): Promise<void> {
    const session = await this.begin(ArbExplain)
    const { explainOpportunity } = await import('../../core/cli/print-arbitrage.js')
    await explainOpportunity(session, session.args.id)
  }
}
