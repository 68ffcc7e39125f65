#!/usr/bin/env node
import { readFileSync } from 'node:fs'

const argv = process.argv.slice(2)
// `mts --help | head -1`: the reader has what it wanted.
process.stdout.on('error', (error) => {
  if (error.code !== 'EPIPE') throw error
})

const text = answer(argv)
if (text === undefined) {
  // With another value, which may be the user's own, oclif looks for TypeScript sources and warns of its own matters.
  process.env.NODE_ENV = 'production'
  const { main } = await import('../dist/core/cli/main.js')
  await main(argv, import.meta.dirname)
  // A timer or socket that somebody forgot must not keep a finished command alive, in a crontab for ever.
  setTimeout(() => process.exit(), 5000).unref()
} else {
  process.stdout.write(`${text}\n`)
}

/** Help and version from the text made at build time: without loading oclif they take half the time. */
function answer(argv) {
  const isHelp = argv.length === 0 || argv[0] === 'help' || argv.some((arg) => arg === '--help' || arg === '-h')
  const isVersion = argv.length === 1 && ['--version', '-v', 'version'].includes(argv[0])
  if ((!isHelp && !isVersion) || argv.includes('--')) return undefined
  const width = [60, 80, 100].findLast((each) => each <= (process.stdout.columns ?? 80)) ?? 60
  const { version, help } = JSON.parse(readFileSync(new URL(`../dist/help-${width}.json`, import.meta.url), 'utf8'))
  if (isVersion) return `mts/${version} ${process.platform}-${process.arch} node-${process.version}`
  const words = argv[0] === 'help' ? argv.slice(1) : argv
  const firstFlag = words.findIndex((word) => word.startsWith('-'))
  return help[words.slice(0, firstFlag === -1 ? words.length : firstFlag).join(' ')]
}
