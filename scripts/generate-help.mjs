// The text of every help page and the version, so that bin/run.js can answer without loading oclif: dist/help.json.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// Read by oclif when it is loaded. 100 columns, no colour: the same text everywhere.
process.env.OCLIF_COLUMNS = '100'
process.env.NO_COLOR = '1'
process.env.FORCE_COLOR = '0'
process.env.NODE_ENV = 'production'
const { Config, Help } = await import('@oclif/core')

const ROOT = path.resolve(import.meta.dirname, '..')
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

class CollectedHelp extends Help {
  lines = []

  log(...parts) {
    this.lines.push(parts.join(' '))
  }
}

const config = await Config.load(ROOT)

async function page(words) {
  const help = new CollectedHelp(config, { ...config.pjson.oclif.helpOptions, stripAnsi: true })
  await help.showHelp(words)
  // Not the platform of the machine that builds.
  return help.lines.join('\n').replaceAll(config.userAgent, `mts/${version}`).trimEnd()
}

const ids = [
  ...config.commands.filter((command) => !command.hidden).map((command) => command.id),
  ...config.topics.map((topic) => topic.name),
]
const help = { '': await page(['--help']) }
for (const id of ids.sort()) help[id.replaceAll(':', ' ')] ??= await page([id])
writeFileSync(path.join(ROOT, 'dist/help.json'), `${JSON.stringify({ version, help })}\n`)
