/** Several runs on one page: their growth over each other, their figures beside each other. */
import type { MetricName } from '../performance/definitions.js'
import type { ShownRun } from '../store.js'
import { lineColor } from './chart-data.js'
import { figuresOf, minuteText, numberText, percentText } from './figures.js'
import { html, type Markup } from './html.js'
import { tone } from './tables.js'

const COMPARED: readonly MetricName[] = [
  'total_return',
  'cagr',
  'volatility',
  'sharpe',
  'sortino',
  'max_drawdown',
  'max_drawdown_bars',
  'calmar',
  'exposure',
  'turnover',
  'trades',
  'win_rate',
  'profit_factor',
  'expectancy',
  'fees',
  'slippage',
  'funding',
]

interface ComparedLine {
  readonly figure: string
  /** One for each run. */
  readonly texts: readonly string[]
}

interface ComparedFact extends ComparedLine {
  readonly key: string
}

/** What the runs are of. */
export function comparedFacts(runs: readonly ShownRun[]): ComparedFact[] {
  const line = (key: string, figure: string, text: (run: ShownRun) => string) => ({ key, figure, texts: runs.map(text) })
  return [
    line('assets', 'assets', ({ document }) => document.assets.map(({ asset }) => asset).join(' ')),
    line('bars', 'bars', ({ document }) => `${document.source} ${document.interval}`),
    line('period', 'period (UTC)', ({ document: { period } }) => `${minuteText(period.start)} to ${minuteText(period.end)}`),
  ]
}

/** A line for each figure; numbers only mean the same where time and costs do. */
function comparedLines(runs: readonly ShownRun[]): ComparedLine[] {
  const line = (figure: string, text: (run: ShownRun) => string): ComparedLine => ({ figure, texts: runs.map(text) })
  const metrics = COMPARED.map((name) => {
    const { title, unit } = figuresOf((runs[0] as ShownRun).document, [name])[0] ?? { title: name, unit: '' }
    return line(unit === '' ? title : `${title} (${unit})`, ({ document }) => figuresOf(document, [name])[0]?.text ?? '–')
  })
  return [
    line('run', ({ document }) => document.id.slice(0, 8)),
    line('parameters', ({ document }) => parametersText(document.parameters) || '–'),
    ...comparedFacts(runs),
    ...metrics,
    line('Buy and hold (%)', ({ document }) => percentText(document.result.benchmarkReturn)),
  ]
}

/** Why the figures of these runs may not be comparable. */
export function comparisonWarnings(runs: readonly ShownRun[]): string[] {
  const differs = (of: (run: ShownRun) => unknown): boolean => new Set(runs.map((run) => JSON.stringify(of(run)))).size > 1
  const isOtherTime = differs(({ document: { period } }) => [period.start, period.end])
  const isOtherData = differs(({ document }) => [document.source, document.interval, document.assets])
  return [
    ...(isOtherTime ? ['The runs are of different times: their figures are not of the same market'] : []),
    ...(isOtherData ? ['The runs saw other assets, sources or bars'] : []),
    ...(differs(({ document: { config } }) => [config.fees, config.slippage, config.fill])
      ? ['The runs paid different costs or filled in different ways']
      : []),
  ]
}

export function parametersText(parameters: unknown): string {
  return Object.entries(parameters as Record<string, unknown>)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}

export function comparisonBody(runs: readonly ShownRun[]): Markup {
  const warnings = comparisonWarnings(runs)
  const heads = runs.map(
    ({ document }, i) => html`<th scope="col"><i style="color: var(${lineColor(i)})">●</i> ${i + 1}&ensp;${document.strategy}</th>`,
  )
  const rows = comparedLines(runs).map(
    ({ figure, texts }) => html`<tr><th scope="row">${figure}</th>${texts.map((text) => html`<td>${text}</td>`)}</tr>`,
  )
  const commands = runs.map(
    ({ document }, i) =>
      html`<h3>${i + 1}&ensp;${document.strategy}, run ${document.id}</h3><p class="about">${document.answer}</p><pre><code>${document.command}</code></pre>`,
  )
  return html`<header class="top"><p class="eyebrow">Backtests beside each other</p><button id="theme" type="button" hidden>Dark</button>
<h1>${headline(runs)}</h1>
<p class="lead">${numberText(runs.length, 0)} runs, each after its own costs.</p></header><main>
${warnings.length > 0 && html`<aside class="notes"><h2>Before you compare</h2><ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul></aside>`}
<section><h2>Growth</h2><ul class="legend">${runs.map(({ document }, i) => html`<li><i style="border-color: var(${lineColor(i)})"></i>${i + 1}&ensp;${document.strategy} <span class="faint">${parametersText(document.parameters)}</span></li>`)}</ul>
<figure role="group" aria-label="Growth of each run"><div class="chart" id="equity" role="img" aria-label="Growth of each run in percent; the table below has the figures"><p class="reading"></p><div class="plot"></div></div>
<figcaption>Equity to what each run began with.</figcaption></figure></section>
<section><h2>Figures</h2><div class="scroll"><table><thead><tr><th scope="col" class="text">Figure</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></section>
<section><h2>How to have them again</h2>${commands}</section>
</main><footer><p>A backtest says what would have been, not what will be.</p></footer>`
}

/** Which one did best is only said of runs over one time. */
function headline(runs: readonly ShownRun[]): Markup {
  const times = new Set(runs.map(({ document: { period } }) => `${period.start} ${period.end}`))
  const ranked = runs.map(({ document }, i) => ({ i, document }))
  const [best] = ranked.sort((a, b) => b.document.result.totalReturn - a.document.result.totalReturn)
  if (best === undefined || times.size > 1) return html`${runs.length} backtests`
  const { totalReturn } = best.document.result
  return html`${best.document.strategy} (${best.i + 1}) did best: <span class="${tone(totalReturn)}">${percentText(totalReturn)}&nbsp;%</span>`
}
