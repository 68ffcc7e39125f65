// Only what needs types or what biome cannot say: promises, exhaustive switches, and the doors through which time, chance
// and the network would come in unseen. Everything else is biome's.
import tseslint from 'typescript-eslint'

const CLOCK = 'time comes from the Clock argument (src/core/clock.ts)'
const CHANCE = 'chance comes from a seed'
const NET = 'only net talks to the network'
const MOCKS = 'no mocks of our own modules: pass a fake as an argument'
const SLEEP = 'no sleeps: wait for the event itself, or use VirtualClock'

const EXCHANGES = '/^(binance|bybit|coinbase|deribit|backpack|cme)/'

const timers = [
  { name: 'setTimeout', message: CLOCK },
  { name: 'setInterval', message: CLOCK },
]

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '**/node_modules/', 'data/'] },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'bench/**/*.ts', 'vitest.config.ts'],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { project: ['./tsconfig.check.json'], tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      // A written `default` is a decision; a forgotten member without one is not.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'no-empty': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    ignores: ['src/core/net/system-clock.ts'],
    rules: {
      'no-restricted-globals': ['error', ...timers, { name: 'fetch', message: NET }, { name: 'WebSocket', message: NET }],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: CLOCK },
        { object: 'performance', property: 'now', message: CLOCK },
        { object: 'process', property: 'hrtime', message: CLOCK },
        { object: 'AbortSignal', property: 'timeout', message: CLOCK },
        { object: 'globalThis', property: 'setTimeout', message: CLOCK },
        { object: 'globalThis', property: 'setInterval', message: CLOCK },
        { object: 'globalThis', property: 'fetch', message: NET },
        { object: 'Math', property: 'random', message: CHANCE },
        { object: 'crypto', property: 'randomUUID', message: CHANCE },
        { object: 'crypto', property: 'getRandomValues', message: CHANCE },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            { name: 'node:timers', message: CLOCK },
            { name: 'node:timers/promises', message: CLOCK },
            { name: 'node:perf_hooks', importNames: ['performance'], message: CLOCK },
            { name: 'node:crypto', importNames: ['randomBytes', 'randomInt', 'randomUUID'], message: CHANCE },
          ],
        },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: CLOCK },
        { selector: "CallExpression[callee.name='Date']", message: CLOCK },
        {
          selector: `BinaryExpression[operator=/^[!=]==?$/][left.property.name=/^(id|exchange)$/][right.value=${EXCHANGES}]`,
          message: 'shared code reads a declared property of the exchange, never its name',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    // The one suite whose subject is the system's own timers.
    ignores: ['test/unit/system-clock.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...['mock', 'doMock', 'hoisted', 'spyOn', 'stubGlobal', 'useFakeTimers'].map((property) => ({
          object: 'vi',
          property,
          message: MOCKS,
        })),
      ],
      'no-restricted-imports': ['error', { paths: [{ name: 'node:timers/promises', message: SLEEP }] }],
    },
  },
)
