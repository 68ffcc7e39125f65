/** A spinner on stderr while something takes its time; silent where nobody watches. */

export interface Progress {
  /** Replaces the text. */
  say(text: string): void
  /** Takes the spinner away; `text` stays as a line when given. */
  end(text?: string): void
}

const SILENT: Progress = { say: () => undefined, end: () => undefined }

export async function startProgress(text: string, stream: NodeJS.WriteStream, isWanted: boolean): Promise<Progress> {
  if (!isWanted || !stream.isTTY) return SILENT
  const { default: ora } = await import('ora')
  // Signals are ours: ora must not take stdin over.
  const spinner = ora({ text, stream, discardStdin: false }).start()
  return {
    say: (next) => {
      spinner.text = next
    },
    end: (last) => {
      if (last === undefined) spinner.stop()
      else spinner.succeed(last)
    },
  }
}
