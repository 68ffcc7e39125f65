import { BaseCommand } from '../../core/cli/base-command.js'
import { textArg, textFlag } from '../../core/cli/flags.js'

export default class ArbExplain extends BaseCommand {
  static override summary = 'Show the proof of a stored opportunity: every fill and fee, and which books they were taken from'
  static override description =
    'ID may be the beginning of one. Where a recording covers the moment (arb scan --watch --record), both books are rebuilt from its frames and held against what was told; else the levels are those that were stored.'
  static override args = { id: textArg('Id, or its beginning') }
  static override examples = [
    '<%= config.bin %> arb explain eeb109d6',
    "<%= config.bin %> arb explain eeb109d6 --json | jq '.data.fills'",
  ]

  static override flags = {
    journal: textFlag({ description: 'Recording; data/journal when not given', helpValue: '<path>' }),
  }

  override async run(): Promise<void> {
    const session = await this.begin(ArbExplain)
    const { explainOpportunity } = await import('../../core/cli/arbitrage/explain.js')
    await explainOpportunity(session, session.args.id, session.flags.journal)
  }
}
