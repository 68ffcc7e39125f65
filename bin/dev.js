#!/usr/bin/env node
// The same from the TypeScript sources, for development. The commands themselves are looked for by oclif, in src as well.
import { register } from 'tsx/esm/api'

process.env.NODE_ENV = 'development'
register()
const { main } = await import('../src/core/cli/main.ts')
await main(process.argv.slice(2), import.meta.dirname)
