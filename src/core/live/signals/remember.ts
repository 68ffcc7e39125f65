import type { Reader } from '../../storage/reader.js'

/** The same reader for the length of one answer: what several strategies ask for is read once. Nobody may change what it gives. */
export function rememberReads(reader: Reader): Reader {
  const known = new Map<string, unknown>()
  const once =
    <Args extends unknown[], Result>(name: string, read: (...args: Args) => Result) =>
    (...args: Args): Result => {
      const key = `${name} ${JSON.stringify(args)}`
      const result = known.has(key) ? (known.get(key) as Result) : read(...args)
      known.set(key, result)
      return result
    }
  return {
    ...reader,
    candleSpans: once('spans', reader.candleSpans),
    candleColumns: once('columns', reader.candleColumns),
    candles: once('candles', reader.candles),
    fundingRates: once('funding', reader.fundingRates),
    macro: once('macro', reader.macro),
    macroVintages: once('vintages', reader.macroVintages),
  }
}
