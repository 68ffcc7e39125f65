/** Minutes of a price that walks at random, the same in every run. */
export function barColumns(count) {
  const names = ['timestamp', 'open', 'high', 'low', 'close', 'volume']
  const columns = Object.fromEntries(names.map((name) => [name, new Float64Array(count)]))
  let state = 42
  let price = 100
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const open = price
    price *= Math.exp((state / 2 ** 32 - 0.5) * 0.002)
    columns.timestamp[i] = i * 60_000
    columns.open[i] = open
    columns.high[i] = Math.max(open, price) * 1.0005
    columns.low[i] = Math.min(open, price) * 0.9995
    columns.close[i] = price
    columns.volume[i] = 10
  }
  return columns
}
