import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.js'

/** The long run of random faults: `npm run test:faults`. */
const shared = mergeConfig(base, defineConfig({ test: { testTimeout: 300_000, maxConcurrency: 3 } }))

export default { ...shared, test: { ...shared.test, include: ['test/faults/**/*.faults.ts'] } }
