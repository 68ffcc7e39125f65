#!/usr/bin/env -S node --import tsx
// The same from the TypeScript sources, for development.
process.env.NODE_ENV = 'development'
const { main } = await import('../src/core/cli/main.ts')
await main(process.argv.slice(2), import.meta.dirname)
