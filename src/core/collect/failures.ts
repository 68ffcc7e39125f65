import { ApiError, ConnectionError, DataValidationError, type MtsError, StorageError, TimeoutError } from '../errors.js'

export type Category = 'network' | 'api' | 'data' | 'storage'

/** What kind of trouble an error of a history job is; `undefined`: none of these, and it ends the job. */
export function categoryOf(error: MtsError): Category | undefined {
  if (error instanceof ConnectionError || error instanceof TimeoutError) return 'network'
  if (error instanceof ApiError) return 'api'
  if (error instanceof DataValidationError) return 'data'
  return error instanceof StorageError ? 'storage' : undefined
}

export interface JobFailure {
  readonly source: string
  /** What it was about: a coin, an indicator. */
  readonly series: string
  readonly category: Category
  readonly code: string
  readonly message: string
}

interface Outcome {
  readonly failure: MtsError | undefined
}

/**
 * The failures of a job for its output. When every part failed and nothing was stored there is no half success to tell of: throws
 * the first error, whose exit code is that of its kind.
 */
export function failuresOf<Each extends Outcome>(
  results: readonly Each[],
  about: (result: Each) => { readonly source: string; readonly series: string; readonly hasStored: boolean },
): JobFailure[] {
  const failed = results.filter(({ failure }) => failure !== undefined)
  const [first] = failed
  const isTotal = failed.length === results.length && !results.some((each) => about(each).hasStored)
  if (first?.failure !== undefined && isTotal) throw first.failure
  return failed.flatMap((each) => {
    const { failure } = each
    const category = failure === undefined ? undefined : categoryOf(failure)
    if (failure === undefined || category === undefined) return []
    const { source, series } = about(each)
    return [{ source, series, category, code: failure.code, message: failure.message }]
  })
}
