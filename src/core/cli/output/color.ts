/** Whether and how there is colour. chalk itself does not obey `NO_COLOR`, so it is decided here. */

export interface ColorInputs {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly isTerminal: boolean
  /** `--no-color`. */
  readonly isRefused: boolean
}

/** Colour that means something: good, bad, worth a look, of less interest, important. */
export interface Painter {
  good(text: string): string
  bad(text: string): string
  warn(text: string): string
  quiet(text: string): string
  strong(text: string): string
}

const same = (text: string): string => text
export const PLAIN_PAINTER: Painter = { good: same, bad: same, warn: same, quiet: same, strong: same }

/** A refusal wins over `FORCE_COLOR`, which wins over the terminal's absence. */
export function hasColor({ env, isTerminal, isRefused }: ColorInputs): boolean {
  if (isRefused || env['NO_COLOR']) return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

export async function createPainter(isColored: boolean): Promise<Painter> {
  if (!isColored) return PLAIN_PAINTER
  const { Chalk } = await import('chalk')
  const chalk = new Chalk({ level: 1 })
  return { good: chalk.green, bad: chalk.red, warn: chalk.yellow, quiet: chalk.dim, strong: chalk.bold }
}
