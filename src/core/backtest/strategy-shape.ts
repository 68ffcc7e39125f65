/** Whether what somebody's file exports is a strategy. What is wrong is named by its place, never found out in the middle of a run. */
import { z } from 'zod'
import { StrategyError } from '../errors.js'
import type { BookNeeds, BookStrategy, BookStrategyRun } from '../strategies/book-contract.js'
import type { Strategy, StrategyRun } from '../strategies/contract.js'
import { describeRange, type Parameter } from '../strategies/parameters.js'

const method = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function', 'has to be a function')
const text = z.string('has to be a text').min(1, 'must not be empty')
const finite = z.number('has to be a number')

const range = { unit: text, min: finite, max: finite, default: finite, description: text }
const parameter = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('integer'), ...range }),
    z.strictObject({ kind: z.literal('number'), ...range }),
    z.strictObject({ kind: z.literal('boolean'), default: z.boolean('has to be true or false'), description: text }),
    z.strictObject({ kind: z.literal('choice'), choices: z.array(text).min(1), default: text, description: text }),
  ],
  "kind has to be 'integer', 'number', 'boolean' or 'choice'",
)

const shape = z.object(
  {
    name: z.string('has to be a text').regex(/^[a-z][a-z0-9-]*$/, 'has to be lower-case letters, digits and -'),
    description: text,
    scope: z.enum(['asset', 'portfolio'], "has to be 'asset' or 'portfolio'").optional(),
    parameters: z.record(text, parameter, 'has to be an object, {} without parameters'),
    warmup: method,
    create: method,
    needs: method.optional(),
    check: method.optional(),
  },
  'has to be an object',
)

const bookShape = shape.omit({ scope: true, warmup: true }).extend({ reads: z.literal('books'), needs: method })

const bookNeeds = z.object({
  stepMs: z.number('has to be a number').int('has to be whole').min(100, 'has to be 100 ms or more'),
  maxBookAgeMs: z.number('has to be a number').positive('has to be above 0'),
})

/** Whether a file is of a strategy on order books: whoever wants bars is told so, and the other way round. */
export function readsBooks(exported: unknown): boolean {
  return typeof exported === 'object' && exported !== null && 'reads' in exported && exported.reads === 'books'
}

/** The same strategy on order books, with what its functions give checked too. Throws `StrategyError` `BACKTEST_STRATEGY_FILE`. */
export function checkedBookStrategy(exported: unknown, file: string): BookStrategy {
  if (!readsBooks(exported)) throw notOne(file, "a strategy on order books has reads: 'books', and onStep in place of onBar")
  failOn(bookShape.safeParse(exported), file, 'the export')
  const strategy = exported as BookStrategy
  for (const [name, each] of Object.entries(strategy.parameters)) checkDefault(file, name, each)
  return {
    name: strategy.name,
    description: strategy.description,
    reads: 'books',
    parameters: strategy.parameters,
    ...(strategy.check !== undefined && { check: (parameters) => strategy.check?.(parameters) }),
    needs: (parameters) => checkNeeds(file, strategy.needs(parameters)),
    create: (parameters) => checkBookRun(file, strategy.create(parameters)),
  }
}

function checkNeeds(file: string, needs: BookNeeds): BookNeeds {
  failOn(bookNeeds.safeParse(needs), file, 'needs(parameters)')
  return needs
}

function checkBookRun(file: string, run: unknown): BookStrategyRun {
  if (typeof run === 'object' && run !== null && 'onStep' in run && typeof run.onStep === 'function') {
    checkSync(file, 'onStep', run.onStep)
    return run as BookStrategyRun
  }
  throw notOne(file, 'create(parameters) has to give an object with onStep(view, sink)')
}

type Parsed = ReturnType<(typeof shape | typeof bookShape | typeof bookNeeds)['safeParse']>

function failOn(checked: Parsed, file: string, whole: string): void {
  if (checked.success) return
  const [first, ...others] = checked.error.issues.map(({ path, message }) => `${path.join('.') || whole} ${message}`)
  throw notOne(file, first ?? 'it has another form', others.slice(0, 5))
}

/** The same strategy, with what its functions give checked too. Throws `StrategyError` `BACKTEST_STRATEGY_FILE`. */
export function checkedStrategy(exported: unknown, file: string): Strategy {
  if (readsBooks(exported)) throw notOne(file, 'it reads order books: run it over a recording with --journal')
  failOn(shape.safeParse(exported), file, 'the export')
  const strategy = exported as Strategy
  for (const [name, each] of Object.entries(strategy.parameters)) checkDefault(file, name, each)
  return {
    name: strategy.name,
    description: strategy.description,
    parameters: strategy.parameters,
    ...(strategy.scope !== undefined && { scope: strategy.scope }),
    ...(strategy.needs !== undefined && { needs: (parameters) => strategy.needs?.(parameters) ?? {} }),
    ...(strategy.check !== undefined && { check: (parameters) => strategy.check?.(parameters) }),
    warmup: (parameters) => checkWarmup(file, strategy.warmup(parameters)),
    create: (parameters) => checkRun(file, strategy.create(parameters)),
  }
}

function checkDefault(file: string, name: string, parameter: Parameter): void {
  if (isFit(parameter)) return
  throw notOne(file, `parameters.${name}.default ${parameter.default} is not ${describeRange(parameter)}`)
}

function isFit(parameter: Parameter): boolean {
  if (parameter.kind === 'boolean') return true
  if (parameter.kind === 'choice') return parameter.choices.includes(parameter.default)
  return parameter.default >= parameter.min && parameter.default <= parameter.max
}

function checkWarmup(file: string, bars: unknown): number {
  if (typeof bars === 'number' && Number.isInteger(bars) && bars >= 0) return bars
  throw notOne(file, `warmup(parameters) has to give a whole number of bars, and gave ${String(bars)}`)
}

function checkRun(file: string, run: unknown): StrategyRun {
  if (typeof run === 'object' && run !== null && 'onBar' in run && typeof run.onBar === 'function') {
    checkSync(file, 'onBar', run.onBar)
    return run as StrategyRun
  }
  throw notOne(file, 'create(parameters) has to give an object with onBar(view, sink)')
}

/** What is said after an `await` is said when the run is over: it would be lost without a word. */
function checkSync(file: string, name: string, called: unknown): void {
  if (Object.prototype.toString.call(called) !== '[object AsyncFunction]') return
  throw notOne(file, `${name}(view, sink) cannot be async: it has to speak before it returns`)
}

function notOne(file: string, what: string, others: readonly string[] = []): StrategyError {
  return new StrategyError('BACKTEST_STRATEGY_FILE', `${file} is no strategy: ${what}`, {
    suggestions: [...others.map((other) => `And ${other}`), 'See one that runs: mts strategies new example'],
  })
}
