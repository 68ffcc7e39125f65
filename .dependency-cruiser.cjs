// Who may import whom (docs/architecture.md). A row may import the rows above it and, in its own row, only what is named.
const ROWS = [
  { errors: [], clock: [] },
  { market: [], rest: [] },
  { book: [], analysis: ['book'], strategies: ['analysis', 'book'], exchanges: [], providers: [] },
  { files: [], net: ['files'], storage: ['files'] },
  { feed: [], collect: [], signals: ['feed'], backtest: ['feed', 'signals'], sandbox: [] },
  { live: [] },
  { cli: [] },
]

// Where each package may be imported from.
const OWNERS = {
  '(undici|ws)': 'net',
  '(better-sqlite3|ioredis|@duckdb/node-api)': 'storage',
  '(@oclif/core|@oclif/plugin-[a-z]+|chalk|ora|log-update|cli-progress)': 'cli',
}

const inFolders = (names) => `^src/core/(${names.join('|')})(/|\\.ts$)`

function layerRules() {
  const above = []
  const rules = []
  for (const row of ROWS) {
    for (const [folder, beside] of Object.entries(row)) {
      const allowed = [folder, ...beside, ...above]
      rules.push({
        name: `layer-${folder}`,
        severity: 'error',
        from: { path: inFolders([folder]) },
        to: { path: '^(src|test|bench|scripts)/', pathNot: inFolders(allowed) },
      })
    }
    above.push(...Object.keys(row))
  }
  return rules
}

function packageRules() {
  return Object.entries(OWNERS).map(([packages, owner]) => ({
    name: `only-${owner}`,
    comment: `only ${owner} imports ${packages}`,
    severity: 'error',
    from: { path: '^src/', pathNot: inFolders([owner]) },
    to: { path: `(^|node_modules/)${packages}(/|$)` },
  }))
}

const PURE = inFolders([...Object.keys(ROWS[0]), ...Object.keys(ROWS[1]), ...Object.keys(ROWS[2])])

module.exports = {
  forbidden: [
    ...layerRules(),
    ...packageRules(),
    {
      name: 'known-folder',
      comment: 'a new folder needs its row in the table above',
      severity: 'error',
      from: { path: '^src/', pathNot: [inFolders(ROWS.flatMap((row) => Object.keys(row))), '^src/commands/'] },
      to: {},
    },
    {
      name: 'commands-are-the-top',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/commands/' },
    },
    {
      name: 'commands-stay-thin',
      comment: 'a command calls a use case; it does not talk to an exchange, a socket or a book itself',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/core/(book|net|exchanges/[^/]+/|providers/[^/]+/)' },
    },
    {
      name: 'exchange-knows-its-contract-only',
      severity: 'error',
      from: { path: '^src/core/(exchanges|providers)/([^/]+)/' },
      comment: 'and what interfaces of one house share, in a folder named so',
      to: {
        path: '^src/core/$1/',
        pathNot: [
          '^src/core/$1/$2/',
          '^src/core/(exchanges|providers)/(?!registry)[^/]+\\.ts$',
          '^src/core/exchanges/[^/]+-shared/',
        ],
      },
    },
    {
      name: 'registry-alone-knows-the-exchanges',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: [
          '^src/core/exchanges/registry\\.ts$',
          '^src/core/providers/registry\\.ts$',
          '^src/core/(exchanges|providers)/[^/]+/',
        ],
      },
      to: { path: '^src/core/(exchanges|providers)/[^/]+/' },
    },
    {
      name: 'pure-has-no-node',
      comment: 'rows 0 to 2 are pure: no file, no socket, no process',
      severity: 'error',
      from: { path: PURE },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'words-have-no-packages',
      severity: 'error',
      from: { path: inFolders(['errors', 'clock', 'market', 'book', 'analysis']) },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'process-belongs-to-cli',
      severity: 'error',
      from: { path: '^src/', pathNot: inFolders(['cli']) },
      to: { path: '^(node:)?process$' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'what does not resolve is not checked',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    { name: 'no-dev-package', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Type-only imports are imports too: a layer that knows another's types depends on it.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
