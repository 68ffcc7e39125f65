// The text of every help page and the version, so that bin/run.js can answer without loading oclif: dist/help-<columns>.json.
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

// Read by oclif when it is loaded. No colour: the same text everywhere.
process.env.NO_COLOR = '1'
process.env.FORCE_COLOR = '0'
process.env.NODE_ENV = 'production'
const { Config, loadHelpClass } = await import('@oclif/core')

const ROOT = path.resolve(import.meta.dirname, '..')
/** Columns of a terminal for which there is a text. The first one is also for those that are narrower, the second for a pipe. */
const WIDTHS = [60, 80, 100]
const { version } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))

const config = await Config.load(ROOT)
const HelpClass = await loadHelpClass(config)

class CollectedHelp extends HelpClass {
  lines = []

  print(text) {
    this.lines.push(text)
  }
}

async function page(words, width) {
  // oclif's widest lines are two columns wider than it is told.
  const maxWidth = width - 2
  const help = new CollectedHelp(config, { ...config.pjson.oclif.helpOptions, stripAnsi: true, maxWidth })
  await help.showHelp(words)
  return help.lines.join('\n').trimEnd()
}

const ids = [
  ...config.commands.filter((command) => !command.hidden).map((command) => command.id),
  ...config.topics.map((topic) => topic.name),
]

async function pages(width) {
  const help = { '': await page(['--help'], width) }
  for (const id of ids.sort()) help[id.replaceAll(':', ' ')] ??= await page([id], width)
  return help
}

for (const width of WIDTHS) {
  writeFileSync(path.join(ROOT, `dist/help-${width}.json`), `${JSON.stringify({ version, help: await pages(width) })}\n`)
}
