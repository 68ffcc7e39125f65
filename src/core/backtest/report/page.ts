/** One file that holds a whole report: data, style and drawing, nothing that would have to be fetched. */
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { ShownRun } from '../store.js'
import { type Chart, drawdownChart, equityChart, growthChart, priceCharts } from './chart-data.js'
import { CLIENT } from './client.js'
import { comparisonBody } from './comparison.js'
import { embeddedJson, html, type Markup, verbatim } from './html.js'
import * as sections from './sections.js'
import { STYLE } from './style.js'
import { writeWhole } from './write-file.js'

/** A page on one run, or on several beside each other. Throws `StorageError` when it cannot be written. */
export function writeReport(file: string, runs: readonly ShownRun[]): void {
  writeWhole(file, (descriptor) => writeFileSync(descriptor, reportOf(runs)))
}

export function reportOf(runs: readonly ShownRun[]): string {
  const [run, ...others] = runs
  if (run === undefined) return ''
  if (others.length > 0) {
    return pageOf(`${runs.length} backtests beside each other`, comparisonBody(runs), [growthChart(runs)])
  }
  const { document, charts } = run
  const drawn = [equityChart(document, charts), drawdownChart(document, charts), ...priceCharts(document, charts)]
  return pageOf(`${document.strategy}: ${document.assets.map(({ asset }) => asset).join(', ')}`, bodyOf(run), drawn)
}

function bodyOf({ document, charts }: ShownRun): Markup {
  return html`${sections.header(document)}<main>
${sections.keyFigures(document)}
${sections.warningsBox(document.warnings)}
${sections.equitySection(document, charts)}
${sections.monthsSection(document)}
${sections.tradesSection(document, charts)}
${sections.figuresSection(document)}
${sections.costsSection(document)}
${sections.originSection(document)}
</main><footer><p>Made by mts ${document.provenance.version}. A backtest says what would have been, not what will be.</p></footer>`
}

/** A whole page around a body; `charts` are drawn into its elements by their ids. */
export function pageOf(title: string, body: Markup, charts: readonly Chart[]): string {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>${title}</title>
<style>${verbatim(asset('uPlot.min.css'))}</style>
<style>${verbatim(STYLE)}</style>
</head>
<body>
${body}
${embeddedJson('data', { charts })}
<script>${verbatim(asset('uPlot.iife.min.js'))}</script>
<script>${verbatim(CLIENT)}</script>
</body>
</html>
`
  return text
}

function asset(name: string): string {
  return readFileSync(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), 'utf8')
}
