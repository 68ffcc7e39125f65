import path from 'node:path'
import { defineConfig } from 'vitest/config'

const loopbackOnly = path.resolve(import.meta.dirname, 'test/support/loopback-only.mjs')

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['./test/support/temporary-root.ts'],
    setupFiles: [loopbackOnly],
    // The processes that tests start stay on loopback too.
    env: { NODE_OPTIONS: `--import=${loopbackOnly}` },
    reporters: ['default', './test/support/summary-reporter.ts'],
    // Output goes to the real streams: commands are judged by their bytes.
    disableConsoleIntercept: true,
    // Far more than any test takes: a busy machine is no failure.
    testTimeout: 60_000,
    // Most files wait for programs and sockets: two at a time take little more than half as long.
    maxWorkers: 2,
    coverage: { provider: 'v8', include: ['src/**'], reporter: ['text-summary', 'html'] },
  },
})
