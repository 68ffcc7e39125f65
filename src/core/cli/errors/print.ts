/** The one place that prints an error and sets the exit code, for commands and for what fails before there is one. */
import { wantsJson } from '../flags.js'
import { pathFromHere, workingDirectory } from '../paths.js'
import { describeError, errorJson, errorText, stackText } from './report.js'

export interface PrintOptions {
  readonly argv: readonly string[]
  readonly redact?: (text: string) => string
}

export function printError(error: unknown, { argv, redact = (text) => text }: PrintOptions): void {
  const report = describeError(error)
  process.exitCode = report.exitCode
  if (wantsJson(argv)) process.stdout.write(`${redact(JSON.stringify(errorJson(report)))}\n`)
  else process.stderr.write(redact(fromHere(errorText(report))))
  if (argv.includes('--verbose')) process.stderr.write(redact(stackText(error)))
}

/** Paths below the working directory as a person there would write them; what else begins with a slash stays. */
function fromHere(text: string): string {
  const here = workingDirectory()
  return text.replaceAll(/(?<=^|\s)\/\S+/g, (path) => (path.startsWith(`${here}/`) ? pathFromHere(path) : path))
}
