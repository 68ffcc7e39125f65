/** The page of a walk-forward: its tests as the one run that they are, and above it what each window chose and what was left of it. */
import { writeFileSync } from 'node:fs'
import { writeWhole } from '../../storage/whole-file.js'
import type { ParameterValue } from '../../strategies/parameters.js'
import { DEFINITIONS } from '../performance/definitions.js'
import type { ShownRun } from '../store.js'
import type { WalkForward } from '../walkforward/walk-forward.js'
import { drawdownChart, equityChart, priceCharts } from './chart-data.js'
import type { RunDocument } from './document.js'
import { leftText, minuteText, numberText, percentText } from './figures.js'
import { html, type Markup } from './html.js'
import { pageOf } from './page.js'
import * as sections from './sections.js'
import { tone } from './tables.js'

export interface WalkForwardReport extends ShownRun {
  readonly walk: WalkForward
  /** Names of the parameters searched over. */
  readonly names: readonly string[]
  readonly metric: keyof RunDocument['metrics']
}

/** Throws `StorageError` when it cannot be written. */
export function writeWalkForwardReport(file: string, report: WalkForwardReport): void {
  const hint = 'Name another file; the trials are on disk, so the search does not run again'
  writeWhole(file, hint, (descriptor) => writeFileSync(descriptor, walkForwardPage(report)))
}

export function walkForwardPage(report: WalkForwardReport): string {
  const { document, charts } = report
  const drawn = [equityChart(document, charts), drawdownChart(document, charts), ...priceCharts(document, charts)]
  return pageOf(`${document.strategy}: walk-forward`, bodyOf(report), drawn)
}

function bodyOf(report: WalkForwardReport): Markup {
  const { document, charts } = report
  return html`${headerOf(report)}<main>
${sections.keyFigures(document)}
${sections.warningsBox(document.warnings)}
${sections.equitySection(document, charts)}
${windowsSection(report)}
${sections.monthsSection(document)}
${sections.tradesSection(document, charts)}
${sections.figuresSection(document)}
${sections.costsSection(document)}
${sections.originSection(document)}
</main><footer><p>Made by mts ${document.provenance.version}. What was chosen on the past is told by what came after it.</p></footer>`
}

function headerOf({ document, walk }: WalkForwardReport): Markup {
  const { strategy, result, assets, source, interval, period, description } = document
  const made = `${result.totalReturn < 0 ? 'lost' : 'made'} ${percentText(Math.abs(result.totalReturn))}\u00a0%`
  const names = assets.map(({ asset }) => asset).join(', ')
  return html`<header class="top"><p class="eyebrow">Walk-forward, out of sample</p><button id="theme" type="button" hidden>Dark</button>
<h1>${strategy} <span class="${tone(result.totalReturn)}">${made}</span> after all costs</h1>
<p class="lead">${keptText(walk)}</p>
<p class="subject">${description}.<br>${names}, ${source} bars of ${interval}, used from ${minuteText(period.start)} to ${minuteText(period.end)} UTC in ${walk.windows.length} windows; ${numberText(walk.trials, 0)} trials.</p></header>`
}

function keptText({ decay: { inSample, outOfSample, kept } }: WalkForward): string {
  if (inSample === null || outOfSample === null) return 'No window has a number in sample and out of it.'
  const left = kept === null ? '' : `: ${leftText(kept)}`
  return `What scored ${numberText(inSample, 2)} where it was chosen scored ${numberText(outOfSample, 2)} where it was used${left}.`
}

function windowsSection({ walk, names, metric }: WalkForwardReport): Markup {
  const { title } = DEFINITIONS[metric]
  const rows = walk.windows.map(
    (window) =>
      html`<tr data-window="${window.trainTo}" data-values="${JSON.stringify([window.inSample, window.outOfSample, window.totalReturn])}"><td>${minuteText(window.trainTo)}</td><td>${minuteText(window.testTo)}</td>${names.map((name) => html`<td>${valueText(window.parameters[name])}</td>`)}<td>${scoreText(window.inSample)}</td><td>${scoreText(window.outOfSample)}</td><td class="${tone(window.totalReturn ?? 0)}">${percentText(window.totalReturn)}</td><td>${percentText(window.maxDrawdown)}</td><td>${scoreText(window.trades, 0)}</td></tr>`,
  )
  const choices = walk.stability.map(({ name, chosen, changes }) => {
    const list = chosen.map(({ value, windows }) => `${valueText(value)} (${windows}×)`).join(', ')
    return html`<tr><th scope="row">${name}</th><td class="wrap">${list}</td><td>${changes} of ${Math.max(0, walk.windows.length - 1)}</td></tr>`
  })
  return html`<section><h2>Windows</h2><p class="about">In each the best set of the training, by ${title}, was used in the test that follows. The account and its position went on from test to test.</p>
<div class="scroll"><table><thead><tr><th scope="col">Used from (UTC)</th><th scope="col">To</th>${names.map((name) => html`<th scope="col">${name}</th>`)}<th scope="col">${title} in sample</th><th scope="col">Out of sample</th><th scope="col">Return (%)</th><th scope="col">Draw-down (%)</th><th scope="col">Trades</th></tr></thead><tbody>${rows}</tbody></table></div>
<div class="scroll"><table><caption>How steady the choice was</caption><thead><tr><th scope="col" class="text">Parameter</th><th scope="col" class="text">Chosen</th><th scope="col">Changed</th></tr></thead><tbody>${choices}</tbody></table></div></section>`
}

function scoreText(value: number | null, decimals = 2): string {
  return value === null ? '–' : numberText(value, decimals)
}

function valueText(value: ParameterValue | undefined): string {
  return value === undefined ? '–' : String(value)
}
